"""Seals values under keys of their own, each wrapped by a key outside the database; dropping one erases every copy.

Refuses to log or to name what it seals.
"""
