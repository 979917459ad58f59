"""Which rows are about the people of a batch: along the owner paths, by identifiers, and by mentions in texts.

Promises: a row that a path leads to is found by that path alone; identifiers and mentions find only rows that no path leads
to, and only by identifiers that are the person's own. Everything is one statement per table at most; nothing is changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Literal

from avow.stores.duty import PathSpec
from avow.stores.postgres.duty.catalogue import template
from avow.stores.postgres.duty.people import FEW
from avow.stores.postgres.duty.spelling import (
    Held,
    Mapped,
    T,
    World,
    key_of_path,
    mention_text,
    near_sql,
    normal_sql,
    of,
    path_joins,
    row_id,
)

Connection = psycopg.Connection[tuple[Any, ...]]
KEYS, HITS = SQL("avow_key"), SQL("avow_hit")
_NEAR = ("email", "phone")
_KINDS = "SELECT kind, count(*) FROM avow_ident WHERE own AND pattern <> '' AND kind <> 'name' GROUP BY kind"
_INSERT = "INSERT INTO avow_hit (t, part, at, n, how, held) "


def collect_paths(connection: Connection, world: World, tables: Iterable[Mapped]) -> None:
    """Rows that an owner path leads to, in one statement for all tables."""
    arms = [path_arm(world, table, path) for table in tables for path in world.people_of(table)]
    if arms:
        connection.execute(SQL(_INSERT) + SQL(" UNION ").join(arms))


def path_arm(world: World, table: Mapped, path: PathSpec) -> Composed:
    """The rows of a table that one path leads to."""
    return SQL("SELECT {}, t.tableoid, t.ctid, k.n, 'p'::\"char\", false FROM {} WHERE k.subject = {}").format(
        Literal(table.number), path_joins(world, table, path, KEYS), Literal(path.subject)
    )


def collect_identifiers(connection: Connection, tables: Iterable[Mapped], few: bool) -> None:
    """Rows in which an identifier of a person is the whole value of a column."""
    arms = [identifier_arm(table, column, few=few) for table in tables for column in table.identifying]
    arms = [arm for arm in arms if arm is not None]
    if arms:
        connection.execute(SQL(_INSERT) + SQL(" UNION ").join(arm for arm in arms if arm is not None))


def identifier_arm(table: Mapped, column: Held, hits: Composable = HITS, few: bool = True) -> Composed | None:
    """None where the column finds nobody by itself; `hits` is what the paths lead to."""
    clock = identifier_clock(table, column)
    if clock is None:
        return None
    return template("identified").format(
        number=Literal(table.number), table=table.ident, value=normal_sql(T, column),
        kind=Literal(column.spec.identifies), clock=clock, unknown=unknown(table, SQL("f.n"), hits),
        near=near_sql(T, column, few),
    )  # fmt: skip


def identifier_clock(table: Mapped, column: Held) -> Composable | None:
    """The condition of time: many people have an address of the network one after the other, so without a clock it finds
    nobody (None)."""
    if column.spec.identifies != "ip":
        return SQL("")
    if not is_dated(table):
        return None
    return SQL(" AND {0} >= i.since::timestamptz AND {0} <= i.until::timestamptz").format(of(T, table.spec.clock))


def is_dated(table: Mapped) -> bool:
    """A column says when each row was."""
    clock = table.live.columns.get(table.spec.clock)
    return clock is not None and clock.category == "D"


def unknown(table: Mapped, n: Composable, hits: Composable = HITS) -> Composed:
    """No path leads from person `n` to the row `t`."""
    return SQL(
        "NOT EXISTS (SELECT FROM {} h WHERE h.t = {} AND h.part = t.tableoid AND h.at = t.ctid AND h.n = {})"
    ).format(hits, Literal(table.number), n)


def collect_mentions(connection: Connection, tables: Iterable[Mapped]) -> None:
    """Rows in whose texts a person is mentioned by an identifier of one's own."""
    mentionable = [table for table in tables if table.mentionable]
    counts: dict[str, int] = dict(connection.execute(_KINDS).fetchall()) if mentionable else {}
    few = {kind for kind, count in counts.items() if count <= FEW}
    words = counts.get("customer_number", 0) + counts.get("cookie", 0)
    for table in mentionable if counts else ():
        kinds: list[str] = [kind for kind in ("email", "phone") if kind in counts]
        kinds += ["word" if words <= FEW else "words"] if words else []
        connection.execute(SQL(_INSERT) + SQL(" UNION ").join(mention_arms(table, kinds, few=few)))


def mention_arms(
    table: Mapped, kinds: Iterable[str], hits: Composable = HITS, few: Collection[str] = ("email", "phone")
) -> Iterator[Composed]:
    """The rows of a table that mention a person, one query for each way to look. Of a kind with `few` identifiers, texts in
    which none of them can stand are not taken apart; for thousands of them that would cost more than it spares."""
    texts = SQL(", ").join(mention_text(column) for column in table.mentionable)
    text = SQL("concat_ws(E'\\n', {})").format(texts)
    for kind in kinds:
        near = template(f"near_{kind}").format(text=text) if kind in few and kind in _NEAR else SQL("true")
        yield template(f"mention_{kind}").format(
            number=Literal(table.number), table=table.ident, text=text, near=near,
            unknown=unknown(table, SQL("f.n"), hits),
        )  # fmt: skip


def somebody_else(world: World, table: Mapped, path: PathSpec) -> Composed:
    """The row `t` leads along the path to a person outside the batch."""
    return template("somebody_else").format(key=key_of_path(world, path, table), subject=Literal(path.subject))


def mark_held(connection: Connection, world: World, holds: Iterable[Any]) -> None:
    """Marks the hits that a hold keeps: a whole table, or one row by its key."""
    if not holds:
        return
    connection.execute(
        "UPDATE avow_hit h SET held = true FROM avow_hold d WHERE d.n = h.n AND d.t = h.t AND d.row_id = ''"
    )
    numbers = {row[0] for row in connection.execute("SELECT DISTINCT t FROM avow_hold WHERE row_id <> ''").fetchall()}
    for table in (t for t in world.tables if t.number in numbers):
        connection.execute(
            SQL(
                "UPDATE avow_hit h SET held = true FROM avow_hold d, {} t WHERE d.n = h.n AND d.t = h.t"
                " AND h.t = {} AND t.tableoid = h.part AND t.ctid = h.at AND d.row_id = {}"
            ).format(table.ident, Literal(table.number), row_id(table))
        )


def counted(connection: Connection) -> Iterator[tuple[int, str, int]]:
    """(table's number, how, rows) of what was collected."""
    yield from connection.execute("SELECT t, how::text, count(*) FROM avow_hit GROUP BY t, how").fetchall()
