"""Erases people: all of a batch in one transaction, children first, with the step of each item recorded in the store itself.

Promises: an item that was done before is left alone; what is planned and what is done come from the same decisions; rows of
others change only where they held something of the erased person. Refuses a plan that would have to guess: `check_ready`
tells beforehand what a data map leaves open; and to call rows deleted that the database let stand (`StillThere`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from avow.stores.duty import Done, Hold, Person, Planned
from avow.stores.postgres.duty import fates, hits, people
from avow.stores.postgres.duty.catalogue import statement, template
from avow.stores.postgres.duty.spelling import (
    Held,
    Mapped,
    T,
    World,
    as_text,
    cleaned,
    kinds_of,
    neutral,
    normal_sql,
    of,
)

Connection = psycopg.Connection[tuple[Any, ...]]
_ACTIONS = {"d": "delete", "a": "anonymise", "s": "anonymise", "e": "anonymise", "c": "clean", "k": "keep"}
_MARKER = "INSERT INTO avow.step (run, item) SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING item"


class StillThere(Exception):
    """Rows of `table` that were to be deleted stand there still: something moved them, or hid them from this login."""

    def __init__(self, table: str, rows: int) -> None:
        super().__init__(table)
        self.table, self.rows = table, rows


def record_steps(connection: Connection, run: str, items: Sequence[str]) -> set[str]:
    """Marks the items as done in this transaction; gives those that were not done before."""
    return {row[0] for row in connection.execute(_MARKER, [run, list(items)]).fetchall()}


def plan(connection: Connection, world: World, person: Person, holds: Sequence[Hold]) -> tuple[Planned, ...]:
    """What an erasure would do to one person's rows."""
    _collect(connection, world, {"": person}, {"": holds}, frozenset())
    counts = _counts(connection)
    grounds = {table.number: table.spec.ground for table in world.tables}
    said = {hold.table: hold.ground for hold in holds}
    names = {table.number: table.name for table in world.tables}
    return tuple(
        Planned(names[t], action, rows, (said.get(names[t]) or grounds[t]) if action == "keep" else "")
        for _, t, action, rows in sorted(counts, key=lambda c: (names[c[1]], c[2]))
    )


def erase(
    connection: Connection,
    world: World,
    run: str,
    wanted: Mapping[str, Person],
    holds: Mapping[str, Sequence[Hold]],
) -> dict[str, Done]:
    """Erases the people of the items that were not done before. Raises StillThere, and has done nothing then."""
    fresh = record_steps(connection, run, sorted(wanted))
    done = {item: Done(again=True) for item in wanted if item not in fresh}
    batch = {item: person for item, person in wanted.items() if item in fresh}
    if not batch:
        return done
    straight = _straight(world) if not any(holds.get(item) for item in batch) else frozenset()
    items, ordered = _collect(connection, world, batch, holds, straight)
    fated = connection.execute("SELECT t, fate::text, count(*) FROM avow_row GROUP BY t, fate").fetchall()
    changed, deleted = (
        {t for t, fate, _ in fated if fate in "asec"},
        {t: rows for t, fate, rows in fated if fate == "d"},
    )
    gone: list[tuple[Mapped, psycopg.Cursor[tuple[Any, ...]]]] = []
    # rows of these may go before their turn
    cascading = {r.table for r in world.catalogue.references if r.on_delete == "c"}
    with connection.pipeline():  # nothing of this looks at an answer before the counts
        if len(items) >= people.MANY:
            connection.execute("ANALYZE avow_row")
        if changed:
            people.describe(connection, world)
        for table in ordered:
            if table.number in deleted and table.name in cascading and table.live.key:
                connection.execute(_note_keys(table))
        _delete_straight(connection, world, [table for table in ordered if table.number in straight])
        for table in (
            ordered
        ):  # children are done with before a change of their parent can set their marks anew, and so move them
            if table.number in changed:
                _change(connection, world, table)
            if table.number in deleted:
                gone.append((table, connection.execute(_delete(table))))
        done |= _done(connection, world, items)
    for table, cursor in gone:
        missing = deleted[table.number] - cursor.rowcount
        if missing > 0 and table.name in cascading:
            missing = connection.execute(_standing(table)).fetchall()[0][0]
        if missing > 0:
            raise StillThere(table.name, missing)
    return done


def _collect(
    connection: Connection,
    world: World,
    batch: Mapping[str, Person],
    holds: Mapping[str, Sequence[Hold]],
    straight: frozenset[int],
) -> tuple[list[str], tuple[Mapped, ...]]:
    """Finds the rows and decides on them; tables of `straight` need no decision."""
    ordered = fates.in_order(world)
    tables = [table for table in ordered if table.number not in straight]
    few = people.has_few_numbers(batch)
    with connection.pipeline():  # nothing of this looks at an answer before the mentions
        items = people.fill(connection, world, batch, holds)
        people.disown(connection, world, few)
        hits.collect_paths(connection, world, tables)
        hits.collect_identifiers(connection, tables, few)
        hits.collect_mentions(connection, tables)
        hits.mark_held(connection, world, [hold for listed in holds.values() for hold in listed])
        found = list(hits.counted(connection))
    hit: dict[int, set[str]] = {}
    for number, how, _ in found:
        hit.setdefault(number, set()).add(how)
    if len(items) >= people.MANY:
        connection.execute("ANALYZE avow_hit")
    fates.decide(connection, world, ordered, hit)
    return items, ordered


def _straight(world: World) -> frozenset[int]:
    """Tables whose rows need no decision: one path, always deleted, nothing refers to them, nothing to find but the path."""
    return frozenset(
        table.number
        for table in world.tables
        if table.spec.erasure == "delete"
        and len(paths := world.people_of(table)) == 1
        and len(paths[0].steps) == 1
        and not table.spec.key
        and not table.identifying
        and not table.mentionable
        and not world.catalogue.to_table(table.name)
        and not any(step.to_table == table.name for t in world.tables for p in t.spec.paths for step in p.steps)
    )


def _delete_straight(connection: Connection, world: World, tables: Sequence[Mapped]) -> None:
    """All of them in one statement: nothing refers to their rows, so their order does not matter."""
    if not tables:
        return
    parts, names = [], []
    for table in tables:
        path = world.people_of(table)[0]
        column, name = path.steps[0].column, Identifier(f"gone{table.number}")
        parts.append(
            template("straight").format(
                name=name, table=table.ident, subject=Literal(path.subject), link=of(T, column),
                kind=SQL(table.live.columns[column].type), number=Literal(table.number),
            )
        )  # fmt: skip
        names.append(SQL("SELECT n, t FROM {}").format(name))
    connection.execute(
        SQL("WITH {} INSERT INTO avow_count SELECT n, t, 'd', count(*) FROM ({}) g GROUP BY n, t").format(
            SQL(", ").join(parts), SQL(" UNION ALL ").join(names)
        )
    )


def _delete(table: Mapped) -> Composed:
    return SQL(
        "DELETE FROM {} t USING avow_row r WHERE r.t = {} AND r.fate = 'd' AND t.tableoid = r.part AND t.ctid = r.at"
    ).format(table.ident, Literal(table.number))


def _note_keys(table: Mapped) -> Composed:
    """What the rows that are to go are known by, wherever a trigger moves them."""
    key = SQL(", ").join(as_text(T, column) for column in table.live.key)
    return SQL(
        "INSERT INTO avow_doomed SELECT {}, ARRAY[{}] FROM {} t JOIN avow_row r ON t.tableoid = r.part AND t.ctid = r.at"
        " WHERE r.t = {} AND r.fate = 'd'"
    ).format(Literal(table.number), key, table.ident, Literal(table.number))


def _standing(table: Mapped) -> Composed:
    """How many rows that were to go are there: by their key; without one by their place, where whoever moves them is not seen."""
    if not table.live.key:
        return SQL(
            "SELECT count(*) FROM avow_row r JOIN {} t ON t.tableoid = r.part AND t.ctid = r.at WHERE r.t = {} AND r.fate = 'd'"
        ).format(table.ident, Literal(table.number))
    same = SQL(" AND ").join(
        SQL("{} = d.key[{}]::{}").format(of(T, column), Literal(place), SQL(table.live.columns[column].type))
        for place, column in enumerate(table.live.key, 1)
    )
    return SQL("SELECT count(*) FROM avow_doomed d JOIN {} t ON {} WHERE d.t = {}").format(
        table.ident, same, Literal(table.number)
    )


def _change(connection: Connection, world: World, table: Mapped) -> None:
    """Empties, unlinks and cleans the rows of one table that stay."""
    sets = [*_unlinked(world, table), *(s for column in table.columns for s in _emptied(world, table, column))]
    if not sets:
        return
    connection.execute(
        template("change").format(table=table.ident, sets=SQL(", ").join(sets), number=Literal(table.number))
    )


def _unlinked(world: World, table: Mapped) -> list[Composed]:
    """Links of one step to an erased person become nothing, where the column allows it."""
    subjects: dict[str, list[str]] = {}
    for path in world.people_of(table):
        if len(path.steps) == 1 and fates.link_can_go(world, table, path.steps[0].column):
            subjects.setdefault(path.steps[0].column, []).append(path.subject)
    found = []
    for column, reached in subjects.items():
        nobody = _nobody(world, table, column, reached)
        said = SQL(" OR ").join(
            SQL("position(E'\\x01' || {} || ' ' || {} || E'\\x01' IN x.keys) > 0").format(
                Literal(subject), as_text(T, column)
            )
            for subject in reached
        )
        found.append(
            SQL("{} = CASE WHEN x.fate <> 'c' AND ({}) THEN {} ELSE {} END").format(
                Identifier(column), said, nobody, of(T, column)
            )
        )
    return found


def _nobody(world: World, table: Mapped, column: str, subjects: Sequence[str]) -> Composable:
    """NULL; where the link is required, a value that is no key of the subjects: 0, else the smallest number of the type."""
    live = table.live.columns[column]
    value = neutral(live)
    if not live.required or value is None:
        return SQL("NULL")
    if live.category != "N":
        return value
    subject = world.find(subjects[0])
    assert subject is not None
    lowest = {"int2": "-32768", "int4": "-2147483648"}.get(live.base, "-9223372036854775808")
    return SQL("CASE WHEN EXISTS (SELECT FROM {} z WHERE z.{} = 0) THEN {}::{} ELSE 0 END").format(
        subject.ident, Identifier(subject.spec.key), Literal(lowest), SQL(live.type)
    )


def _emptied(world: World, table: Mapped, column: Held) -> list[Composed]:
    """One column's new value in each of the fates; nothing for links, keys and columns that hold nothing personal."""
    links = {path.steps[0].column for path in world.people_of(table) if len(path.steps) == 1}
    if column.spec.kind in ("link", "plain") or column.live.generated or column.name in {table.spec.key, *links}:
        return []
    if column.name in table.live.key:
        return []
    nothing, value = neutral(column.live), of(T, column.name)
    stays = SQL("CASE WHEN x.pattern IS NOT NULL THEN {} ELSE {} END").format(cleaned(column, SQL("x.pattern")), value)
    if not column.cleanable:
        stays = SQL("{}").format(value)
    if nothing is None:
        return [SQL("{} = {}").format(Identifier(column.name), stays)] if column.cleanable else []
    whens = [SQL("WHEN x.fate = 'e' THEN {}").format(nothing)]
    if column.spec.kind == "value" and column.telling:
        whens.append(SQL("WHEN x.fate = 'a' THEN {}").format(nothing))
        whens.append(SQL("WHEN x.fate = 's' AND {} THEN {}").format(_is_theirs(world, table, column), nothing))
    return [SQL("{} = CASE {} ELSE {} END").format(Identifier(column.name), SQL(" ").join(whens), stays)]


def _is_theirs(world: World, table: Mapped, column: Held) -> Composed:
    """The value is one of an erased person's, and not also one of a person who stays on the row."""
    said = SQL(" OR ").join(
        SQL("position(E'\\x01' || {} || ' ' || {} || E'\\x01' IN x.vals) > 0").format(
            Literal(kind), normal_sql(T, column)
        )
        for kind in kinds_of(column)
    )
    others = [other for path in world.people_of(table) for other in _also_of(world, path, column)]
    return SQL("({}){}").format(said, SQL("").join(SQL(" AND NOT {}").format(other) for other in others))


def _also_of(world: World, path: Any, column: Held) -> list[Composed]:
    """Another person on the row, who stays, has the same value."""
    subject = world.find(path.subject)
    assert subject is not None
    kinds = set(kinds_of(column))
    same = [c for c in subject.columns if c.spec.kind == "value" and kinds & set(kinds_of(c))]
    if not path.steps or len(path.steps) > 1 or not same:
        return []
    alias = Identifier("z")
    equal = SQL(" OR ").join(SQL("{} = {}").format(normal_sql(alias, c), normal_sql(T, column)) for c in same)
    return [
        SQL(
            "EXISTS (SELECT FROM {} z WHERE {} = {} AND position(E'\\x01' || {} || ' ' || {} || E'\\x01' IN x.keys) = 0 AND ({}))"
        ).format(
            subject.ident, of(alias, path.steps[0].to_column), of(T, path.steps[0].column), Literal(subject.name),
            as_text(alias, subject.spec.key), equal,
        )
    ]  # fmt: skip


def _counts(connection: Connection) -> list[tuple[int, int, str, int]]:
    """(person, table, action, rows)."""
    found: dict[tuple[int, int, str], int] = {}
    for n, t, fate, count in connection.execute(statement("counts")).fetchall():
        key = (n, t, _ACTIONS[fate])
        found[key] = found.get(key, 0) + count
    return [(*key, count) for key, count in found.items()]


def _done(connection: Connection, world: World, items: Sequence[str]) -> dict[str, Done]:
    names = {table.number: table.name for table in world.tables}
    rows: dict[str, dict[str, int]] = {item: {} for item in items}
    for n, t, action, count in _counts(connection):
        rows[items[n]][f"{names[t]} {action}"] = count
    return {item: Done(dict(sorted(found.items()))) for item, found in rows.items()}
