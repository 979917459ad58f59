"""Which rows are about the people of a batch: along the owner paths, by identifiers, and by mentions in texts.

Promises: a row that a path leads to is found by that path alone; identifiers and mentions find only rows that no path leads
to, and only by identifiers that are the person's own. Everything is one statement per table at most; nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Literal

from avow.stores.duty import PathSpec
from avow.stores.postgres.duty.catalogue import template
from avow.stores.postgres.duty.spelling import (
    Held,
    Mapped,
    T,
    World,
    any_of,
    key_of_path,
    mention_text,
    normal_sql,
    of,
    path_joins,
    row_id,
)

Connection = psycopg.Connection[tuple[Any, ...]]
KEYS = SQL("pg_temp.avow_key")
_FEW = 60  # up to so many patterns are looked for as one; more are found by the words of the texts
_INSERT = "INSERT INTO pg_temp.avow_hit (t, part, at, n, how, held) "


def collect_paths(connection: Connection, world: World, tables: Iterable[Mapped]) -> None:
    """Rows that an owner path leads to, in one statement for all tables."""
    arms = [_path_arm(world, table, path) for table in tables for path in world.people_of(table)]
    if arms:
        connection.execute(SQL(_INSERT) + SQL(" UNION ").join(arms))


def _path_arm(world: World, table: Mapped, path: PathSpec) -> Composed:
    return SQL("SELECT {}, t.tableoid, t.ctid, k.n, 'p'::\"char\", false FROM {} WHERE k.subject = {}").format(
        Literal(table.number), path_joins(world, table, path, KEYS), Literal(path.subject)
    )


def collect_identifiers(connection: Connection, world: World, tables: Iterable[Mapped]) -> None:
    """Rows in which an identifier of a person is the whole value of a column."""
    arms = [_identifier_arm(table, column) for table in tables for column in table.identifying]
    arms = [arm for arm in arms if arm is not None]
    if arms:
        connection.execute(SQL(_INSERT) + SQL(" UNION ").join(arm for arm in arms if arm is not None))


def _identifier_arm(table: Mapped, column: Held) -> Composed | None:
    clock = identifier_clock(table, column)
    if clock is None:
        return None
    return template("identified").format(
        number=Literal(table.number), table=table.ident, value=normal_sql(T, column),
        kind=Literal(column.spec.identifies), clock=clock, unknown=_unknown(table, SQL("f.n")),
    )  # fmt: skip


def identifier_clock(table: Mapped, column: Held) -> Composable | None:
    """The condition of time: many people have an address of the network one after the other, so without a clock it finds
    nobody (None)."""
    if column.spec.identifies != "ip":
        return SQL("")
    clock = table.live.columns.get(table.spec.clock)
    if clock is None or clock.category != "D":
        return None
    return SQL(" AND {0} >= i.since::timestamptz AND {0} <= i.until::timestamptz").format(of(T, table.spec.clock))


def _unknown(table: Mapped, n: Composable) -> Composed:
    """No path leads from person `n` to the row `t`."""
    return SQL(
        "NOT EXISTS (SELECT FROM pg_temp.avow_hit h WHERE h.t = {} AND h.part = t.tableoid AND h.at = t.ctid AND h.n = {})"
    ).format(Literal(table.number), n)


def collect_mentions(connection: Connection, world: World, tables: Iterable[Mapped]) -> None:
    """Rows in whose texts a person is mentioned by an identifier."""
    patterns = [
        row[0] for row in connection.execute("SELECT mention FROM pg_temp.avow_person WHERE mention <> ''").fetchall()
    ]
    if not patterns:
        return
    for table in tables:
        if table.cleanable:
            connection.execute(_mentions(table, patterns))


def _mentions(table: Mapped, patterns: Sequence[str]) -> Composed:
    texts = [mention_text(column) for column in table.cleanable]
    exact = any_of(SQL("{} ~* p.mention").format(text) for text in texts)
    head = SQL(_INSERT + "SELECT {}, t.tableoid, t.ctid, p.n, 'm'::\"char\", false FROM {} t ").format(
        Literal(table.number), table.ident
    )
    tail = SQL(" AND {} AND {}").format(exact, _unknown(table, SQL("p.n")))
    if len(patterns) <= _FEW:
        whole = Literal("|".join(patterns))
        rough = any_of(SQL("{} ~* {}").format(text, whole) for text in texts)
        return head + SQL("JOIN pg_temp.avow_person p ON p.mention <> '' WHERE {}").format(rough) + tail
    return head + SQL("CROSS JOIN LATERAL ({}) w JOIN pg_temp.avow_person p ON p.n = w.n WHERE true").format(
        words_of(texts)
    ) + tail  # fmt: skip


def words_of(texts: Sequence[Composable]) -> Composed:
    """People whose identifiers stand among the words of the texts of a row `t`: rather too many than too few."""
    whole = SQL("lower(concat_ws(E'\\n', {}))").format(SQL(", ").join(texts))
    return template("words").format(whole=whole)


def somebody_else(world: World, table: Mapped, path: PathSpec) -> Composed:
    """The row `t` leads along the path to a person outside the batch."""
    return template("somebody_else").format(key=key_of_path(world, path, table), subject=Literal(path.subject))


def mark_held(connection: Connection, world: World, holds: Iterable[Any]) -> None:
    """Marks the hits that a hold keeps: a whole table, or one row by its key."""
    if not holds:
        return
    connection.execute(
        "UPDATE pg_temp.avow_hit h SET held = true FROM pg_temp.avow_hold d WHERE d.n = h.n AND d.t = h.t AND d.row_id = ''"
    )
    numbers = {
        row[0] for row in connection.execute("SELECT DISTINCT t FROM pg_temp.avow_hold WHERE row_id <> ''").fetchall()
    }
    for table in (t for t in world.tables if t.number in numbers):
        connection.execute(
            SQL(
                "UPDATE pg_temp.avow_hit h SET held = true FROM pg_temp.avow_hold d, {} t WHERE d.n = h.n AND d.t = h.t"
                " AND h.t = {} AND t.tableoid = h.part AND t.ctid = h.at AND d.row_id = {}"
            ).format(table.ident, Literal(table.number), row_id(table))
        )


def counted(connection: Connection) -> Iterator[tuple[int, str, int]]:
    """(table's number, how, rows) of what was collected."""
    yield from connection.execute("SELECT t, how::text, count(*) FROM pg_temp.avow_hit GROUP BY t, how").fetchall()
