"""The auditor's bundle: what it holds, and a verifier that needs nothing of Avow. Refuses to hold a person's value."""
