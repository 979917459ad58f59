"""Random small companies for the law of erasure, and what a person with pencil and paper would do to each of their rows.

The reference goes row by row over plain dictionaries, in the words of the data map; it shares nothing with the stores but the
frozen values of their port.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from avow.stores.duty import ColumnSpec, Hold, Identifier, PathSpec, Person, StepSpec, StoreSpec, SubjectKey, TableSpec

Value = int | str | None
Cells = dict[str, Value]
GONE = "[erased]"


@dataclass
class Part:
    """A table beside the people: links `a` and `b` to people, `parent` to the part before it."""

    name: str
    links: tuple[str, ...]
    parent: str
    erasure: str
    required: frozenset[str]
    declared: frozenset[str]
    parent_declared: bool


@dataclass
class World:
    parts: list[Part]
    rows: dict[str, list[Cells]]
    spec: StoreSpec
    batch: dict[str, Person]
    holds: dict[str, list[Hold]]
    statements: list[str] = field(default_factory=list)


def address(number: int) -> str:
    return f"p{number}@people.example"


def name(number: int) -> str:
    return f"Given{number} Family{number}"


def make_world(seed: int) -> World:
    """A company of up to eight people and four parts, and who of them is to be forgotten."""
    dice = random.Random(seed)
    people = dice.randint(2, 8)
    parts: list[Part] = []
    for number in range(dice.randint(1, 4)):
        links = ("a", "b")[: dice.randint(0, 2)]
        led = [p for p in parts if p.links and not p.parent]
        parent = dice.choice(led).name if led and (not links or dice.random() < 0.2) and dice.random() < 0.7 else ""
        links = () if parent else links
        parts.append(
            Part(
                f"part{number}", links, parent, dice.choice(("delete", "delete", "anonymise", "keep")),
                frozenset(link for link in links if dice.random() < 0.3), frozenset(link for link in links if dice.random() < 0.5),
                bool(parent) and dice.random() < 0.5,
            )
        )  # fmt: skip
    rows: dict[str, list[Cells]] = {
        "firms": [{"id": 1, "email": dice.choice(("office@firm.example", address(1))), "note": _note(dice, people)}],
        "people": [_person(dice, number, people) for number in range(1, people + 1)],
    }
    for part in parts:
        rows[part.name] = [_row(dice, part, number, people, rows) for number in range(1, dice.randint(1, 9) + 1)]
    rows["old"] = [_old(dice, people) for _ in range(dice.randint(0, 4))]
    erased = dice.sample(range(1, people + 1), dice.randint(1, max(1, people // 2)))
    batch = {f"item{n}": _as_person(n, rows["people"][n - 1]) for n in erased}
    holds = {
        item: [Hold(f"w.{dice.choice(parts).name}", dice.choice(("", "1", "2")), "a claim")]
        for item in batch
        if dice.random() < 0.25
    }
    made = World(parts, rows, _spec(parts, dice.choice(("delete", "anonymise"))), batch, holds)
    made.statements = _statements(made)
    return made


def _as_person(number: int, row: Cells) -> Person:
    return Person(
        (SubjectKey("w.people", str(number)),),
        (Identifier("email", str(row["email"])), Identifier("name", str(row["name"]))),
    )


def _note(dice: random.Random, people: int) -> Value:
    words = [dice.choice((address, name))(dice.randint(1, people)) for _ in range(dice.randint(0, 2))]
    return None if dice.random() < 0.3 else " and ".join(["note", *words, "end"])


def _person(dice: random.Random, number: int, people: int) -> Cells:
    other = dice.randint(1, people) if dice.random() < 0.15 else number
    return {"id": number, "name": name(number), "email": address(other), "note": _note(dice, people)}


def _row(dice: random.Random, part: Part, number: int, people: int, rows: dict[str, list[Cells]]) -> Cells:
    row: Cells = {"id": number}
    for link in part.links:
        row[link] = None if link not in part.required and dice.random() < 0.3 else dice.randint(1, people)
    if part.parent:
        row["parent"] = None if dice.random() < 0.2 else dice.choice(rows[part.parent])["id"]
    row["email"] = None if dice.random() < 0.6 else address(dice.randint(1, people))
    return row | {"note": _note(dice, people), "fact": dice.randint(1, 9)}


def _old(dice: random.Random, people: int) -> Cells:
    number = dice.randint(1, people)
    return {"ref": dice.randint(1, 3), "name": name(number), "email": address(number), "note": _note(dice, people)}


def _statements(world: World) -> list[str]:
    text = "email text, note text"
    made = [
        f"CREATE TABLE w.firms (id int PRIMARY KEY, {text})",
        f"CREATE TABLE w.people (id int PRIMARY KEY, name text, {text})",
    ]
    for part in world.parts:
        columns = ["id int PRIMARY KEY"]
        for link in part.links:
            required = " NOT NULL" if link in part.required else ""
            columns.append(f"{link} int{required}" + (" REFERENCES w.people" if link in part.declared else ""))
        columns += (
            [f"parent int{f' REFERENCES w.{part.parent}' if part.parent_declared else ''}"] if part.parent else []
        )
        made.append(f"CREATE TABLE w.{part.name} ({', '.join([*columns, text, 'fact int'])})")
        made += [
            f"CREATE INDEX ON w.{part.name} ({link})" for link in (*part.links, *(["parent"] if part.parent else []))
        ]
    return [*made, f"CREATE TABLE w.old (ref int, name text, {text})"]


def _spec(parts: list[Part], old: str) -> StoreSpec:
    def value(column: str, kind: str) -> ColumnSpec:
        return ColumnSpec(column, "value", (f"contact.{kind}",), kind)

    note, email, named = ColumnSpec("note", "text", ("any.personal",)), value("email", "email"), value("name", "name")
    ids = {column: ColumnSpec(column, "link", telling=False) for column in ("id", "a", "b", "parent", "ref")}
    fact = ColumnSpec("fact", "value", ("payment.invoice",), telling=False)
    to = {link: PathSpec("w.people", (StepSpec(link, "w.people", "id"),)) for link in ("a", "b")}
    by_name = {part.name: part for part in parts}
    tables = [
        TableSpec(
            "w.firms", (ids["id"], email, note), (PathSpec("w.firms", organisation=True),), "id", True, "anonymise"
        ),
        TableSpec("w.people", (ids["id"], named, email, note), (PathSpec("w.people"),), "id"),
    ]
    for part in parts:
        paths = [to[link] for link in part.links]
        if part.parent:
            step = StepSpec("parent", f"w.{part.parent}", "id")
            paths = [PathSpec("w.people", (step, *to[link].steps)) for link in by_name[part.parent].links]
        columns = (
            ids["id"],
            *(ids[link] for link in part.links),
            *((ids["parent"],) if part.parent else ()),
            email,
            note,
            fact,
        )
        tables.append(TableSpec(f"w.{part.name}", columns, tuple(paths), erasure=part.erasure, ground="a law"))
    tables.append(TableSpec("w.old", (ids["ref"], named, email, note), erasure=old))
    return StoreSpec("w", "postgresql", "uk", tuple(tables))


# -- with pencil and paper ----------------------------------------------------------------------------------------------


class Paper:
    """What is left of a world when its batch was forgotten."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before = {table: [dict(row) for row in rows] for table, rows in world.rows.items()}
        self.erased = {int(p.keys[0].key): item for item, p in world.batch.items()}
        self.emails = {n: str(self._person(n)["email"]) for n in self.erased}
        self.own = {n for n, email in self.emails.items() if not self._is_anothers(email)}
        self.fates: dict[tuple[str, int], str] = {}

    def _person(self, number: int) -> Cells:
        return next(row for row in self.before["people"] if row["id"] == number)

    def _is_anothers(self, email: str) -> bool:
        rest = [row for row in self.before["people"] if row["id"] not in self.erased]
        return any(row["email"] == email for row in (*rest, *self.before["firms"]))

    def _people_on(self, table: str, row: Cells) -> list[int]:
        """Everybody a row leads to who exists."""
        if table == "people":
            return [int(str(row["id"]))]
        part = next((p for p in self.world.parts if p.name == table), None)
        if part is None:
            return []
        if part.parent:
            above = next((r for r in self.before[part.parent] if r["id"] == row["parent"]), None)
            return self._people_on(part.parent, above) if above else []
        return [int(str(row[link])) for link in part.links if row[link] is not None]

    def _touched(self, table: str, row: Cells) -> dict[int, str]:
        """Person -> path, identifier or mention."""
        led = self._people_on(table, row)
        found = {}
        for n in self.erased:
            if n in led:
                found[n] = "path"
            elif table != "people" and n in self.own and row.get("email") == self.emails[n]:
                found[n] = "identifier"
            elif n in self.own and self.emails[n] in str(row.get("note") or ""):
                found[n] = "mention"
        return found

    def _held(self, table: str, row: Cells, n: int) -> bool:
        holds = self.world.holds.get(self.erased[n], [])
        return any(h.table == f"w.{table}" and h.row in ("", str(row.get("id", "none"))) for h in holds)

    def forget(self) -> dict[str, list[Cells]]:
        erasures = {t.name.removeprefix("w."): t.erasure for t in self.world.spec.tables}
        order = [p.name for p in self.world.parts if p.parent] + [p.name for p in self.world.parts if not p.parent]
        for table in ("old", "firms", *order, "people"):
            for index, row in enumerate(self.before[table]):
                self.fates[table, index] = self._fate(table, row, erasures[table])
        return {
            table: [
                self._written(table, row, self.fates[table, index])
                for index, row in enumerate(rows)
                if self.fates[table, index] != "delete"
            ]
            for table, rows in self.before.items()
        }

    def _fate(self, table: str, row: Cells, erasure: str) -> str:
        touched = self._touched(table, row)
        held = [n for n in touched if self._held(table, row, n)]
        if not touched or erasure == "keep" or len(held) == len(touched):
            return "stay"
        ways = set(touched.values())
        if ways == {"mention"}:
            return "clean"
        others = [n for n in self._people_on(table, row) if n not in self.erased]
        if others or held or ("path" not in ways and erasure == "anonymise"):
            return "shared"
        if erasure == "anonymise":
            return "alone"
        return "empty" if self._is_referred_to(table, row) else "delete"

    def _is_referred_to(self, table: str, row: Cells) -> bool:
        """A declared reference of a row that stays, and does not lose it, keeps the row."""
        for part in self.world.parts:
            links = [link for link in part.links if link in part.declared] if table == "people" else []
            links += ["parent"] if part.parent == table and part.parent_declared else []
            for index, other in enumerate(self.before[part.name] if links else ()):
                fate = self.fates[part.name, index]
                for link in (link for link in links if other[link] == row["id"]):
                    loses = link != "parent" and link not in part.required and fate in ("alone", "shared")
                    held = any(self._held(part.name, other, n) for n in self._touched(part.name, other))
                    if fate != "delete" and not (loses and not held):
                        return True
        return False

    def _written(self, table: str, row: Cells, fate: str) -> Cells:
        if fate == "stay":
            return row
        new = dict(row)
        people = [n for n in self._touched(table, row) if not self._held(table, row, n)]
        part = next((p for p in self.world.parts if p.name == table), None)
        for link in part.links if part and fate != "clean" else ():
            if row[link] in people and (link not in part.required or link not in part.declared):
                new[link] = None if link not in part.required else 0
        for column in ("email", "name"):
            if column in row and self._loses(table, row, column, fate, people):
                new[column] = None
        for column in ("email", "note", *(("name",) if "name" in row else ())):
            new[column] = None if fate == "empty" else self._cleaned(new[column], people)
        if fate == "empty" and part:
            new["fact"] = None
        return new

    def _loses(self, table: str, row: Cells, column: str, fate: str, people: list[int]) -> bool:
        if fate in ("empty", "alone"):
            return True
        if fate == "clean" or row[column] is None:
            return False
        values = {n: {"email": self._person(n)["email"], "name": self._person(n)["name"]}[column] for n in people}
        staying = [n for n in self._people_on(table, row) if n not in people]
        part = next((p for p in self.world.parts if p.name == table), None)
        also = [] if part and part.parent else [self._person(n)[column] for n in staying]
        return row[column] in values.values() and row[column] not in also

    def _cleaned(self, value: Value, people: list[int]) -> Value:
        if value is None:
            return None
        text = str(value)
        for n in people:
            text = text.replace(self.emails[n], GONE) if n in self.own else text
            text = text.replace(str(self._person(n)["name"]), GONE)
        return text
