"""Takes away what is due: set-based, batch by batch, partition by partition, each batch one transaction.

Promises: what is deleted was due at that moment and under no hold, and so was everything that went with it by a cascade: a row
that would take along a row of a held person, or of a person whom it does not lead to, waits; a batch that died left nothing half
done, and the next run goes on with what is still due; rows that another row still refers to stay. Whatever waits is counted, and
the tables that it waits for are named. A whole partition is dropped at once only where every row of it may go now. How many
rows each transaction took is written in the store itself, in that transaction: whoever dies, the count is kept. Where figures
stay, they are written before. Refuses to look at values: it compares dates and keys alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import errors
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from avow.errors import Diagnostic, Place, StoreError
from avow.stores.duty import PathSpec
from avow.stores.postgres.duty.cascading import (
    Chain,
    Edge,
    Owned,
    any_of,
    chains_from,
    held_by,
    leads_to,
    others_by,
    refused_by,
    table_of,
    taken_along,
)
from avow.stores.postgres.duty.catalogue import statement
from avow.stores.postgres.duty.figures import DAY, Figure, FigureSpec, Kept, fresh_periods, period_of, write_statement

Connection = psycopg.Connection[tuple[Any, ...]]
Seal = Callable[[int], None]
BATCH = 5_000
_MARK = b"INSERT INTO avow.step (run, item) SELECT %s, gen_random_uuid() || ' took ' || %s"
_TAKEN = b"SELECT coalesce(sum(split_part(item, ' took ', 2)::bigint), 0) FROM avow.step WHERE run = %s"
_ONE_AT_A_TIME = b"SELECT pg_advisory_xact_lock(hashtext('avow.kept_period'), hashtext(%s))"
_PICKED = SQL("unnest(%s::bigint[], %s::text[]::tid[]) d (part, at)")
_IS_PICKED = SQL("t.tableoid = d.part::oid AND t.ctid = d.at")


def _no_seal(taken: int) -> None:
    """For whoever keeps no record of what went."""


@dataclass(frozen=True)
class Due:
    """What a sweep is about: rows of `table` whose `dated_by` lies `days` before a moment. `by_licence`: the day is the one that
    the row's delivery states. `clear`: columns that lose their values; none: the row goes. `held`: subject table -> keys of people
    whose rows stay, found by `paths`; `owned`: whose the rows of other tables are; `only`: these keys alone. `figures` are written
    under the name of the `rule`, of groups of `at_least` people, before rows go; with `only` none are."""

    table: str
    key: str
    dated_by: str
    days: int
    by_licence: bool = False
    clear: tuple[str, ...] = ()
    paths: tuple[PathSpec, ...] = ()
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    owned: Mapping[str, Owned] = field(default_factory=dict)
    rule: str = ""
    figures: tuple[FigureSpec, ...] = ()
    at_least: int = 0


@dataclass(frozen=True)
class Standing:
    """How many rows are due; how many of them a hold keeps, on themselves or on rows that would go along; how many of the others
    stay because another row refers to them, and how many of the rest because they would take along rows of another person; the
    oldest date that is due. `waits` names (table, how many due rows wait for what stands there)."""

    due: int
    held: int
    referred: int
    oldest: date | None
    others: int = 0
    waits: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class _Blocks:
    """Tests of what keeps a due row `t`, by table where they are about rows that would go along."""

    chains: tuple[Chain, ...]
    held: Composable
    held_along: Mapping[str, Composable]
    referred: Sequence[Composable]
    others: Mapping[str, Composable]


class PostgresSweeper:
    """One connection, in autocommit mode: of the duty credential to sweep, of any that may read to look."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sweep(self, due: Due, at: datetime, run: str = "", seal: Seal = _no_seal) -> int:
        """One batch, committed; gives how many rows. 0: nothing is left that may go now. `run` names the run that it counts for, ""
        none. `seal` is called with the count before the commit: where it raises, nothing went. Raises StoreError."""
        with self._connection.transaction():
            blocks = self._blocks(due)
            picked = self._pick(due, at, blocks)
            if not picked[0]:
                return 0
            for alias, tables, tied in taken_along(blocks.chains, _owned(due)):
                lock = SQL("SELECT FROM {} t, {}, {} WHERE {} AND {} FOR UPDATE OF {}")
                self._run(lock.format(table_of(due.table), _PICKED, tables, _IS_PICKED, tied, alias), picked)
            self._count_periods(due, SQL("{} t, {} WHERE {}").format(table_of(due.table), _PICKED, _IS_PICKED), picked)
            # asked again: what came along meanwhile is seen now, and nothing more can come, for the rows are locked
            taken = self._take(due, self._wanted(due, at, blocks), picked)
            self._mark(run, taken, seal)
            return taken

    def due_parts(self, due: Due, at: datetime) -> list[str]:
        """Partitions whose every row is past its day, oldest first; none where they cannot be dropped: values alone go, keys
        refer to the table, or the store has no door for it."""
        if due.clear or due.only or due.by_licence or self._blocks(due).chains:
            return []
        rows = self._run(statement("due_parts"), [due.dated_by, due.table, at - timedelta(days=due.days)])
        return [row[0] for row in rows]

    def drop(self, due: Due, at: datetime, part: str, run: str = "", seal: Seal = _no_seal) -> int | None:
        """Drops one partition of `due_parts`, committed; gives how many rows it had. None: somebody is held there, or it is in
        use, and its rows are left to `sweep`. Raises StoreError."""
        stays = SQL("{} t WHERE t.tableoid = {}::regclass AND {} AND ({}) IS NOT TRUE").format(
            table_of(due.table), Literal(part), self._dated(due, at), self._wanted(due, at, self._blocks(due))
        )
        here = SQL("{} t WHERE t.tableoid = {}::regclass AND {}")
        source = here.format(table_of(due.table), Literal(part), self._dated(due, at))
        try:
            with self._connection.transaction() as undone:
                if self._count(stays) or not self._call("lock_part", due, part) or self._count(stays):
                    return None
                self._count_periods(due, source)
                seen, dropped = self._count(source), int(self._call("drop_part", due, part))
                if seen != dropped:  # rows that this login does not see may be anybody's
                    raise psycopg.Rollback(undone)
                self._mark(run, dropped, seal)
                return dropped
        except (errors.LockNotAvailable, errors.DeadlockDetected, errors.DependentObjectsStillExist):
            return None
        except psycopg.Error as error:
            raise _refused(error) from None

    def _count(self, source: Composable) -> int:
        row = self._run(SQL("SELECT count(*) FROM {}").format(source)).fetchone()
        return int(row[0]) if row else 0

    def _call(self, door: str, due: Due, part: str) -> Any:
        query = SQL("SELECT avow.{}(%s, %s)").format(Identifier(door))
        row = self._connection.execute(query, [due.table, part]).fetchone()
        return row[0] if row else None

    def _mark(self, run: str, taken: int, seal: Seal) -> None:
        if taken and run:
            self._run(_MARK, [run, str(taken)])
        if taken:
            seal(taken)

    def taken(self, run: str) -> int:
        """How many rows all transactions of a run took that were committed."""
        row = self._run(_TAKEN, [run]).fetchone()
        return int(row[0]) if row else 0

    def _count_periods(self, due: Due, source: Composable, picked: Sequence[object] | None = None) -> None:
        """Writes the figures of the periods of which the first row goes now. One at a time for a table: what a rival counts
        meanwhile, by any limit, is seen."""
        if not due.figures or due.only:
            return
        query = SQL("SELECT DISTINCT {} FROM {}").format(period_of(self._date(due), DAY), source)
        days = sorted(row[0] for row in self._run(query, picked))
        if not days:
            return
        self._run(_ONE_AT_A_TIME, [due.table])
        begun = {
            (grain, day) for grain, day in self._run(statement("begun_periods"), [due.table, days[0].replace(day=1)])
        }
        for grain, periods in fresh_periods(days, begun, due.days).items():
            written = Counter(period for spec in due.figures for period in self._write(due, spec, grain, periods))
            counts = [written[period] for period in periods]
            self._run(statement("mark_periods"), [due.table, grain, due.rule, periods, counts])

    def _write(self, due: Due, spec: FigureSpec, grain: str, periods: Sequence[date]) -> list[date]:
        """The period of each figure that was written."""
        query = write_statement(spec, due.rule, due.table, self._date(due), grain, due.at_least, periods)
        return [row[0] for row in self._run(query)]

    def figures(self, due: Due) -> list[Figure]:
        """What stays of rows of the table that went, oldest period first."""
        return [Figure(*row) for row in self._run(statement("kept_figures"), [due.table])]

    def kept(self, due: Due) -> Kept:
        """How those figures stand, beside the marks that were set with them."""
        row = self._run(statement("kept_stand"), {"table": due.table, "least": due.at_least}).fetchone()
        assert row is not None
        return Kept(*map(int, row))

    def _pick(self, due: Due, at: datetime, blocks: _Blocks) -> tuple[list[int], list[str]]:
        """(partition, place) of rows that may go, locked; what a rival holds is left for later."""
        query = SQL("SELECT t.tableoid::bigint, t.ctid::text FROM {} t WHERE {} LIMIT {} FOR UPDATE OF t SKIP LOCKED")
        found = self._run(query.format(table_of(due.table), self._wanted(due, at, blocks), Literal(BATCH))).fetchall()
        return [part for part, _ in found], [place for _, place in found]

    def _take(self, due: Due, wanted: Composable, picked: tuple[list[int], list[str]]) -> int:
        table = table_of(due.table)
        if due.clear:
            sets = SQL(", ").join(SQL("{} = {}").format(Identifier(c), self._empty(due.table, c)) for c in due.clear)
            verb = SQL("UPDATE {} t SET {} FROM {}").format(table, sets, _PICKED)
        else:
            verb = SQL("DELETE FROM {} t USING {}").format(table, _PICKED)
        return self._run(SQL("{} WHERE {} AND {}").format(verb, _IS_PICKED, wanted), picked).rowcount

    def standing(self, due: Due, at: datetime) -> Standing:
        """How it stands now."""
        blocks = self._blocks(due)
        held = any_of([blocks.held, *blocks.held_along.values()])
        referred, others = any_of(blocks.referred), any_of(list(blocks.others.values()))
        waits = [*blocks.held_along.items(), *blocks.others.items()]
        counts = [SQL("count(*)"), _count(held), _count(referred, held), _count(others, held, referred)]
        counts += [_count(test) for _, test in waits]
        query = SQL("SELECT min({})::date, {} FROM {} t WHERE {}").format(
            self._date(due), SQL(", ").join(counts), table_of(due.table), self._dated(due, at)
        )
        row = self._run(query).fetchone()
        assert row is not None
        oldest, total, kept, refers, another, *told = row
        named = tuple((table, int(n)) for (table, _), n in zip(waits, told, strict=True) if n)
        return Standing(total, kept, refers, oldest, another, named)

    def when(self, due: Due) -> list[tuple[date, int]]:
        """(first day of a month, rows that are due in it), oldest first."""
        month = SQL("date_trunc('month', ({} + make_interval(days => {}))::timestamp)::date").format(
            self._date(due), Literal(due.days)
        )
        query = SQL("SELECT {} m, count(*) FROM {} t WHERE {} IS NOT NULL AND {} GROUP BY 1 ORDER BY 1").format(
            month, table_of(due.table), self._date(due), self._filled(due)
        )
        return [(first, int(count)) for first, count in self._run(query)]

    # -- conditions ------------------------------------------------------------------------------------------------------

    def _blocks(self, due: Due) -> _Blocks:
        """What keeps a due row. Values alone are taken from a row that stays: then nothing goes along."""
        held = any_of([leads_to(p, due.key, due.held[p.subject]) for p in due.paths if due.held.get(p.subject)])
        if due.clear:
            return _Blocks((), held, {}, [], {})
        found = self._run(statement("cascades"), [due.table])
        edges = [Edge(a, tuple(b), c, tuple(d), *more) for a, b, c, d, *more in found]
        chains, owned = chains_from(due.table, edges), _owned(due)
        return _Blocks(
            chains, held, held_by(chains, owned, due.held), refused_by(chains), others_by(chains, owned, due.table)
        )

    def _wanted(self, due: Due, at: datetime, blocks: _Blocks) -> Composable:
        kept = [blocks.held, *blocks.held_along.values(), *blocks.referred, *blocks.others.values()]
        return SQL(" AND ").join([self._dated(due, at), *(SQL("NOT {}").format(one) for one in kept)])

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

    def _empty(self, table: str, column: str) -> Composable:
        """Null, or where the table refuses null what its type has for nothing."""
        kinds = {name: (kind, bare) for name, kind, bare in self._run(statement("nullable"), [table])}
        kind, nullable = kinds.get(column, ("text", True))
        if nullable:
            return SQL("NULL")
        nothing = {"inet": "0.0.0.0", "date": "0001-01-01", "jsonb": "{}", "json": "{}"}
        number = kind in ("integer", "bigint", "smallint") or kind.startswith("numeric")
        return SQL("{}::{}").format(Literal("0" if number else nothing.get(kind, "")), SQL(kind))

    def _run(
        self, query: Composed | bytes, values: Sequence[object] | Mapping[str, object] | None = None
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values)
        except psycopg.Error as error:
            raise _refused(error) from None

    def close(self) -> None:
        self._connection.close()


def _refused(error: psycopg.Error) -> StoreError:
    cause = f"the store refused a sweep (SQLSTATE {error.sqlstate or 'none'})"
    help = "run `avow apply` and what `avow grants` prints once more, and look at keys that lead to the table"
    so = "what is due stays until the next run"
    return StoreError(Diagnostic(Place("retention"), "store.sweep-refused", cause, help, so))


def _owned(due: Due) -> dict[str, Owned]:
    return {**due.owned, due.table: Owned(due.key, due.paths)}


def _count(test: Composable, *unless: Composable) -> Composable:
    nots = [SQL("NOT {}").format(one) for one in unless]
    return SQL("count(*) FILTER (WHERE {})").format(SQL(" AND ").join([test, *nots]))


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
    connection.execute(
        "SELECT set_config('statement_timeout', '60s', false), set_config('lock_timeout', '2s', false),"
        " set_config('timezone', 'UTC', false)"
    )
    return PostgresSweeper(connection)
