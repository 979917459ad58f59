"""The people of one batch in the working tables: keys, identifiers, holds, and the values by which their data is known.

Promises: an identifier that another person or an organisation holds as well is not the erased person's own: it is compared in
rows of that person only, and never taken out of anybody else's row. Refuses a key that its table cannot have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from avow.stores.duty import Hold, Person
from avow.stores.identifying import find_forms, find_pattern
from avow.stores.postgres.duty.catalogue import statement, template
from avow.stores.postgres.duty.spelling import T, World, as_text, kinds_of, near_sql, normal_sql

Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]
FEW = 8  # up to so many identifiers of a kind are looked for one by one
MANY = 100  # from so many people on, the planner should know how many there are
_INTO: Mapping[str, tuple[str, ...]] = {
    "avow_item": ("int", "text"),
    "avow_key": ("int", "text", "text"),
    "avow_ident": ("int", "int", "text", "text", "text", "text", "boolean"),
    "avow_form": ("int", "int", "text", "text"),
    "avow_hold": ("int", "int", "text"),
}


def fill(
    connection: Connection,
    world: World,
    people: Mapping[str, Person],
    holds: Mapping[str, Sequence[Hold]],
) -> list[str]:
    """Puts the people into the working tables, numbered from 0 in the order of the items; gives that order."""
    items = list(people)
    rows: dict[str, list[Row]] = {name: [] for name in _INTO}
    numbers = {table.name: table.number for table in world.tables}
    code = world.spec.calling_code
    for n, item in enumerate(items):
        person = people[item]
        rows["avow_item"].append((n, item))
        rows["avow_key"] += [
            (n, key.table, key.key) for key in dict.fromkeys(person.keys) if fits(world, key.table, key.key)
        ]
        for i, one in enumerate(dict.fromkeys(person.identifiers)):
            bounded = one.kind != "ip" or bool(one.since and one.until)
            rows["avow_ident"].append((n, i, one.kind, find_pattern(one, code), one.since, one.until, bounded))
            rows["avow_form"] += [(n, i, one.kind, form) for form in sorted(find_forms(one, code))]
        rows["avow_hold"] += [(n, numbers[h.table], h.row) for h in holds.get(item, ()) if h.table in numbers]
    connection.execute(statement("fill"), [column for name in _INTO for column in _columns(name, rows[name])])
    if len(items) >= MANY:
        connection.execute("ANALYZE avow_key, avow_form, avow_ident, avow_item")
    return items


def _columns(name: str, rows: list[Row]) -> list[list[Any]]:
    """The rows turned on their side, for `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in _INTO[name]]


def fits(world: World, table: str, key: str) -> bool:
    """A key of a whole-number column is a whole number; anything else points at nobody."""
    found = world.find(table)
    if found is None or not found.spec.key:
        return False
    base = found.live.columns[found.spec.key].base
    return base not in ("int2", "int4", "int8") or key.removeprefix("-").isdigit()


def has_few_numbers(people: Mapping[str, Person]) -> bool:
    """Whether the people of a batch have so few telephone numbers that each is looked for by itself."""
    return sum(one.kind == "phone" for person in people.values() for one in person.identifiers) <= FEW


def others_arms(world: World, few: bool = True) -> list[Composed]:
    """For each identifying column of a subject table: identifiers that stand in the row of somebody outside the batch."""
    arms: list[Composed] = []
    for table in world.subjects:
        key = table.find(table.spec.key)
        if key and key.spec.identifies:
            continue
        for column in table.identifying:
            if column.spec.identifies == "ip":
                continue
            arms.append(
                template("others_have").format(
                    table=table.ident, value=normal_sql(T, column), kind=Literal(column.spec.identifies),
                    subject=Literal(table.name), key=as_text(T, table.spec.key), near=near_sql(T, column, few),
                )
            )  # fmt: skip
    return arms


def disown(connection: Connection, world: World, few: bool) -> None:
    """Marks identifiers that stand in a subject row of somebody else as not the person's own. A subject table whose key is
    itself an identifier (a list of addresses) says nothing about who else has it."""
    arms = others_arms(world, few)
    if arms:
        others = SQL(" UNION ").join(arms)
        connection.execute(
            SQL("UPDATE avow_ident i SET own = false FROM ({}) o WHERE o.n = i.n AND o.i = i.i").format(others)
        )


def describe(connection: Connection, world: World) -> None:
    """One line per person: link keys, values (of the own subject rows and the own identifiers) and patterns, for comparing."""
    arms: list[Composable] = [
        SQL("SELECT f.n, f.kind, f.form FROM avow_form f JOIN avow_ident i USING (n, i) WHERE i.own")
    ]
    for table in world.subjects:
        if table.spec.organisation:
            continue
        kind = SQL(table.live.columns[table.spec.key].type)
        found = [c for c in table.personal if c.spec.kind == "value" and c.telling]
        if not found:
            continue
        values = SQL(", ").join(
            SQL("({}, {})").format(Literal(word), normal_sql(T, c)) for c in found for word in kinds_of(c)
        )
        arms.append(
            template("values").format(
                table=table.ident,
                column=Identifier(table.spec.key),
                kind=kind,
                values=values,
                subject=Literal(table.name),
            )
        )
    connection.execute(template("describe").format(known=SQL(" UNION ALL ").join(arms)))
