"""Remove: everything that apply made is undone, from what the store itself recorded.

Promises: needs no policy and no map; rights, settings and row security are as before the first apply; people's choices
are given back to the caller before they are dropped. Refuses to run beside an apply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row

from avow.compilers.plan import Plan, Statement
from avow.compilers.postgres.objects import undo_order
from avow.compilers.postgres.planning import check_not_a_copy
from avow.compilers.postgres.running import applying, execute, patiently
from avow.compilers.postgres.survey import Recorded, Survey, get_survey
from avow.datamap.model import Pair
from avow.errors import Diagnostic, Place, StoreError

SWITCHED = ("setting", "revoke", "leave", "inherit", "rls", "check", "connect")


@dataclass(frozen=True)
class Choice:
    """One person's state that the store held: keys of the store, for the caller's own export."""

    subject_table: str
    subject_key: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Removed:
    plan: Plan
    choices: tuple[Choice, ...]


def plan_remove(conn: Connection[Any], store: str) -> Plan:
    """The statements that would undo every apply, and how many people would become reachable again."""
    survey = get_survey(conn)
    statements = [
        Statement("switch", r.key, r.undo, r.create, tuple(r.why), f"take back {r.key}", table=r.on_table)
        for r in undo_order(survey.recorded)
        if r.undo and _stands(survey, r)
    ]
    people = len(_choices(conn)) if survey.known else 0
    warnings: tuple[str, ...] = (
        (f"{people} people have choices in this store: without Avow nothing keeps them",) if people else ()
    )
    if figures := _figures(conn):
        warnings += (
            f"{figures} figures of rows that went stand in avow.kept_figure: copy them first if they are to stay",
        )
    return Plan(store, survey.target, "", tuple(statements), (), warnings)


def _figures(conn: Connection[Any]) -> int:
    cur = conn.cursor(row_factory=tuple_row)
    if cur.execute("SELECT to_regclass('avow.kept_figure')").fetchone() == (None,):
        return 0
    row = cur.execute("SELECT count(*) FROM avow.kept_figure").fetchone()
    return int(row[0]) if row else 0


def apply_remove(
    dsn: str,
    store: str,
    progress: Callable[[str, int, int], None] | None = None,
    keep: Callable[[tuple[Choice, ...]], None] = lambda choices: None,
) -> Removed:
    """Undo all in one transaction; gives the choices that were kept there. `keep` must have made them durable when it
    returns: it is called before anything is undone, while no choice can change (again after a lock that was not to be
    had), and what it raises undoes nothing. Raises ApplyError, StoreError."""
    with applying(dsn) as conn:
        survey = get_survey(conn)
        check_not_a_copy(survey)
        plan = plan_remove(conn, store)
        choices: tuple[Choice, ...] = ()

        def work() -> None:
            nonlocal choices
            if survey.known:
                execute(conn, "LOCK TABLE avow.subject_state IN EXCLUSIVE MODE", "lock:avow.subject_state")
                choices = tuple(_choices(conn))
                keep(choices)
            for index, statement in enumerate(plan.statements, 1):
                if progress:
                    progress(statement.says, index, len(plan.statements))
                execute(conn, statement.sql, statement.key)

        patiently(conn, work, "remove")
    return Removed(plan, choices)


def pair_roles(conn: Connection[Any]) -> dict[Pair, tuple[str, str]]:
    """{pair: (role, schema)} as applied; empty where nothing is. Raises StoreError where the login may not look."""
    cur = conn.cursor(row_factory=tuple_row)
    try:
        with conn.transaction():
            rows = cur.execute(
                "SELECT purpose, recipient, role, schema FROM avow.pair JOIN pg_roles ON rolname = role ORDER BY number"
            ).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return {}
    except psycopg.errors.InsufficientPrivilege as problem:
        raise StoreError(_may_not_look(conn)) from problem
    return {Pair(purpose, recipient): (role, schema) for purpose, recipient, role, schema in rows}


def _may_not_look(conn: Connection[Any]) -> Diagnostic:
    return Diagnostic(
        Place(f"database {conn.info.dbname}"), "store.no-right",
        "this login may not read what was applied: run again what `avow grants` prints",
        "do so as a database administrator: the schema `avow` and the pairs' roles are there only after the first apply",
        "nothing in this store is looked at; every promise that it carries stays unproven",
    )  # fmt: skip


def off_sql(conn: Connection[Any]) -> str:
    """A script for psql alone that gives the logins back what they had, without removing anything."""
    return _script(
        "psql -v ON_ERROR_STOP=1 -f off.sql: old rights back, row security off; on.sql enforces again",
        [r.undo for r in _switched(conn)],
    )


def on_sql(conn: Connection[Any]) -> str:
    """The script that enforces again after `off_sql`."""
    return _script(
        "psql -v ON_ERROR_STOP=1 -f on.sql: enforce again what off.sql took back",
        [r.create for r in reversed(_switched(conn))],
    )


def _switched(conn: Connection[Any]) -> list[Recorded]:
    """What changes behaviour: settings, rights, row security, checks, and the refusal of rows without a source."""
    recorded = undo_order(get_survey(conn).recorded)
    return [
        r for r in recorded if r.undo and (r.key.partition(":")[0] in SWITCHED or r.key.endswith(":zz_avow_source"))
    ]


def _script(header: str, statements: list[str]) -> str:
    return "\n".join(
        [f"-- {header}", "BEGIN;", "SET LOCAL lock_timeout = '5s';", *(f"{s};" for s in statements), "COMMIT;", ""]
    )


def _choices(conn: Connection[Any]) -> list[Choice]:
    cur = conn.cursor(row_factory=tuple_row)
    cur.execute("SELECT subject_table, subject_key, marks FROM avow.subject_state WHERE marks <> '{}' ORDER BY 1, 2")
    return [Choice(table, key, tuple(marks)) for table, key, marks in cur.fetchall()]


def _stands(survey: Survey, recorded: Recorded) -> bool:
    return (not recorded.on_table or recorded.on_table in survey.relations) and (
        not recorded.on_role or recorded.on_role in survey.roles
    )
