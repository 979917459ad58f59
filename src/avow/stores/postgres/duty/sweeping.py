"""Takes away what is due: set-based, batch by batch, partition by partition, each batch one transaction.

Promises: what is deleted was due at that moment and under no hold; a batch that died left nothing half done, and the next run goes
on with what is still due; rows that another row still refers to stay and are counted. Refuses to look at values: it compares dates
and keys alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from avow.errors import Diagnostic, Place, StoreError
from avow.stores.duty import PathSpec
from avow.stores.postgres.duty.catalogue import statement

Connection = psycopg.Connection[tuple[Any, ...]]
BATCH = 5_000


@dataclass(frozen=True)
class Due:
    """What a sweep is about: rows of `table` whose `dated_by` lies `days` before a moment. `by_licence`: the day is the one that
    the row's delivery states. `clear`: columns that lose their values; none: the row goes. `held`: subject table -> keys of people
    whose rows stay, found by `paths`; `only`: these keys alone."""

    table: str
    key: str
    dated_by: str
    days: int
    by_licence: bool = False
    clear: tuple[str, ...] = ()
    paths: tuple[PathSpec, ...] = ()
    held: Mapping[str, tuple[str, ...]] = ()  # type: ignore[assignment]
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """How many rows are due, how many of them a hold keeps, how many of the others stay because another row refers to them; the
    oldest date that is due."""

    due: int
    held: int
    referred: int
    oldest: date | None


class PostgresSweeper:
    """One connection, in autocommit mode: of the duty credential to sweep, of any that may read to look."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def parts(self, table: str) -> list[str]:
        """The partitions that hold rows, oldest bound first; the table itself where it is not partitioned."""
        return [row[0] for row in self._run(statement("parts"), [table])]

    def sweep(self, due: Due, at: datetime, part: str) -> int:
        """One batch of one partition, committed; gives how many rows. 0: nothing is due there any more. Raises StoreError."""
        chosen = SQL("SELECT t.ctid FROM ONLY {} t WHERE {} LIMIT {} FOR UPDATE SKIP LOCKED").format(
            _table(part), self._wanted(due, at), Literal(BATCH)
        )
        if due.clear:
            sets = SQL(", ").join(SQL("{} = {}").format(Identifier(c), self._empty(due.table, c)) for c in due.clear)
            verb = SQL("UPDATE {} x SET {} FROM due d WHERE x.ctid = d.ctid").format(_table(part), sets)
        else:
            verb = SQL("DELETE FROM {} x USING due d WHERE x.ctid = d.ctid").format(_table(part))
        query = SQL("WITH due AS MATERIALIZED ({}) {}").format(chosen, verb)
        with self._connection.transaction():
            return self._run(query).rowcount

    def standing(self, due: Due, at: datetime) -> Standing:
        """How it stands now."""
        referred = SQL("false") if due.clear else self._referred(due)
        query = SQL(
            "SELECT count(*), count(*) FILTER (WHERE {}), count(*) FILTER (WHERE {} AND NOT ({})), min({})::date FROM {} t WHERE {}"
        ).format(self._held(due), referred, self._held(due), self._date(due), _table(due.table), self._dated(due, at))
        row = self._run(query).fetchone()
        assert row is not None
        return Standing(*row)

    def when(self, due: Due) -> list[tuple[date, int]]:
        """(first day of a month, rows that are due in it), oldest first."""
        month = SQL("date_trunc('month', ({} + make_interval(days => {}))::timestamp)::date").format(
            self._date(due), Literal(due.days)
        )
        query = SQL("SELECT {} m, count(*) FROM {} t WHERE {} IS NOT NULL AND {} GROUP BY 1 ORDER BY 1").format(
            month, _table(due.table), self._date(due), self._filled(due)
        )
        return [(first, int(count)) for first, count in self._run(query)]

    # -- conditions ------------------------------------------------------------------------------------------------------

    def _wanted(self, due: Due, at: datetime) -> Composable:
        parts = [self._dated(due, at), SQL("NOT ({})").format(self._held(due))]
        if not due.clear:
            parts.append(SQL("NOT ({})").format(self._referred(due)))
        return SQL(" AND ").join(parts)

    def _dated(self, due: Due, at: datetime) -> Composable:
        cut = SQL("({}::timestamptz - make_interval(days => {}))").format(Literal(at), Literal(due.days))
        parts: list[Composable] = [
            SQL("{} < {}{}").format(self._date(due), cut, SQL("::date" if due.by_licence else "")),
            self._filled(due),
        ]
        if due.only:
            parts.append(SQL("t.{}::text = ANY ({})").format(Identifier(due.key), Literal(list(due.only))))
        return SQL(" AND ").join(parts)

    def _filled(self, due: Due) -> Composable:
        """A row that has lost its values is done."""
        if not due.clear:
            return SQL("true")
        left = [SQL("t.{} IS DISTINCT FROM {}").format(Identifier(c), self._empty(due.table, c)) for c in due.clear]
        return SQL("({})").format(SQL(" OR ").join(left))

    def _date(self, due: Due) -> Composable:
        if due.by_licence:
            return SQL("(SELECT (b.facts ->> 'licensed_until')::date FROM avow.batch b WHERE b.id = t.avow_batch)")
        return SQL("t.{}").format(Identifier(due.dated_by))

    def _held(self, due: Due) -> Composable:
        found: list[Composable] = []
        for path in due.paths:
            keys = dict(due.held).get(path.subject, ())
            if keys and (path.steps or due.key):
                found.append(_leads_to(path, due.key, keys))
        return SQL(" OR ").join(found) if found else SQL("false")

    def _referred(self, due: Due) -> Composable:
        """Another table's row points here by a declared key."""
        tests: list[Composable] = []
        for child, column, target in self._run(statement("children"), [due.table]):
            home, _, name = child.rpartition(".")
            tests.append(
                SQL("EXISTS (SELECT FROM {} c WHERE c.{} = t.{})").format(
                    Identifier(home, name), Identifier(column), Identifier(target)
                )
            )
        return SQL(" OR ").join(tests) if tests else SQL("false")

    def _empty(self, table: str, column: str) -> Composable:
        """Null, or where the table refuses null what its type has for nothing."""
        kinds = {name: (kind, bare) for name, kind, bare in self._run(statement("nullable"), [table])}
        kind, nullable = kinds.get(column, ("text", True))
        if nullable:
            return SQL("NULL")
        nothing = {"inet": "0.0.0.0", "date": "0001-01-01", "jsonb": "{}", "json": "{}"}
        number = kind in ("integer", "bigint", "smallint") or kind.startswith("numeric")
        return SQL("{}::{}").format(Literal("0" if number else nothing.get(kind, "")), SQL(kind))

    def _run(self, query: Composed | bytes, values: Sequence[object] | None = None) -> psycopg.Cursor[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values)
        except psycopg.Error as error:
            cause = f"the store refused a sweep (SQLSTATE {error.sqlstate or 'none'})"
            help = "look at the rights of the duty login (`avow grants`) and at keys that lead to the table"
            so = "what is due stays until the next run"
            raise StoreError(Diagnostic(Place("retention"), "store.sweep-refused", cause, help, so)) from None

    def close(self) -> None:
        self._connection.close()


def _leads_to(path: PathSpec, key: str, keys: Sequence[str]) -> Composable:
    """The row leads to one of the people, from the row inwards."""
    if not path.steps:
        return SQL("t.{}::text = ANY ({})").format(Identifier(key), Literal(list(keys)))
    inner: Composable = SQL("{}::text = ANY ({})").format(Identifier(path.steps[-1].column), Literal(list(keys)))
    for before in reversed(path.steps[:-1]):
        following = SQL("SELECT {} FROM {} WHERE {}").format(
            Identifier(before.to_column), _table(before.to_table), inner
        )
        inner = SQL("{} IN ({})").format(Identifier(before.column), following)
    return SQL("coalesce({}, false)").format(inner)


def open_sweeper(dsn: str, store: str) -> PostgresSweeper:
    """Raises StoreError `store.unreachable`."""
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=10, application_name="avow retention")
    except psycopg.Error as error:
        cause, help = (
            f"store `{store}` does not answer ({type(error).__name__})",
            "start it, or correct its connection string",
        )
        place, so = Place(f"store `{store}`"), "nothing is taken away there until the next run"
        raise StoreError(Diagnostic(place, "store.unreachable", cause, help, so)) from None
    connection.execute("SELECT set_config('statement_timeout', '60s', false), set_config('lock_timeout', '2s', false)")
    return PostgresSweeper(connection)


def _table(name: str) -> Identifier:
    home, _, table = name.rpartition(".")
    return Identifier(home, table)
