"""Everything that leaves goes through one outbox, held until mail is bound to this very database. Never sends from a copy."""
