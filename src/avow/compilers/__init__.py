"""Promises and a data map in, enforcement out: what each pair may reach, and the plan that makes a store keep it.

Doors (PostgreSQL 15 and newer):

- `reach(version, vocabulary, store_map) -> Matrix`: pure; for each pair and table the readable and writable columns, the
  formula of their rows, the promises that say so, and the gates: constructs that no database enforces.
- `plan_postgres(conn, version, vocabulary, store_map) -> Plan`: touches nothing; empty where the store stands as wanted.
- `apply_plan(dsn, version, vocabulary, store_map, progress=None) -> Applied`: prepare, switch, settle; resumable.
- `doctor(conn, version, vocabulary, store_map) -> tuple[Difference, ...]`: what was altered behind Avow's back.
- `plan_remove(conn, store) -> Plan`, `apply_remove(dsn, store, progress=None) -> Removed`: back to how it was.
- `off_sql(conn) -> str`, `on_sql(conn) -> str`: scripts for psql alone.
- `pair_roles(conn) -> {Pair: (role, schema)}`: which role a session takes for a pair.
- `grants_sql(store_map, get_standing(conn), pair_roles(conn)) -> str`: the least rights of each of Avow's credentials.

Refuses by name (`CompileRefused`) what a target cannot enforce; never grants what it cannot keep to its rows.
"""

from avow.compilers.plan import Gate, Plan, Statement
from avow.compilers.postgres.apply import Applied, apply_plan
from avow.compilers.postgres.credentials import get_standing, grants_sql
from avow.compilers.postgres.planning import Difference, doctor, plan_postgres
from avow.compilers.postgres.remove import Choice, Removed, apply_remove, off_sql, on_sql, pair_roles, plan_remove
from avow.compilers.reach import Matrix, Right, reach

__all__ = [
    "Applied",
    "Choice",
    "Difference",
    "Gate",
    "Matrix",
    "Plan",
    "Removed",
    "Right",
    "Statement",
    "apply_plan",
    "apply_remove",
    "doctor",
    "get_standing",
    "grants_sql",
    "off_sql",
    "on_sql",
    "pair_roles",
    "plan_postgres",
    "plan_remove",
    "reach",
]
