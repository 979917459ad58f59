"""Changes of the account tables, in order."""
