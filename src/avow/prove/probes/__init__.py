"""Probes: each tries to break one kind of rule on the live system and says what it saw.

Every probe can fail: there is a sabotage test that makes it fail. Refuses to read a value of a real person's row: rights,
definitions, counts and synthetic rows only.
"""
