"""PostgreSQL 15 and newer as a target: plan, apply, remove.

Promises: the rules that compile are kept by the database alone, with every process of ours stopped.
Refuses by name what it cannot keep: `docs/reference/fragment.md` is the boundary.
"""
