"""What stands in the schemas of Avow's own although no apply made it: planted views, routines, tables, triggers and grants.

Promises: an object is known by what apply made, name and arguments, never by the schema that it stands in; a grant is known by the
statement that gave it, or by the custodian who holds it. Refuses to drop anything: whoever put it there is asked first.
What the owner of a schema may do there is the owner's; sequences and types are left out, since they show no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from avow.compilers.postgres.objects import Target
from avow.compilers.postgres.quoting import load_sql

PLANTED = "planted-"
NOT_MADE = "not made by apply"
# What every session of a governed store may know, or Avow's own logins read: names and numbers, nobody's facts.
_OF_NOBODY = frozenset({"avow.install", "avow.object", "avow.pair", "avow.bit", "avow.handling"})
_TABLE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(avow\.\w+)")
_ROUTINE = re.compile(r'CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) avow\.("[^"]+"|\w+)\s*\(([^)]*)\)')
_GRANT = re.compile(r"GRANT ([A-Z, ]+) ON (?:FUNCTION |PROCEDURE |SCHEMA |TABLE )?(avow[^;]*?) TO ([^;]+)")
_TAKEN = re.compile(r"REVOKE ALL ON (?:FUNCTION |PROCEDURE )?(avow[^;]*?) FROM PUBLIC")
_ARGUMENTS = re.compile(r"\([^)]*\)")
_SPELLED = {"int": "integer", "bool": "boolean", "timestamptz": "timestamp with time zone"}


@dataclass(frozen=True)
class Standing:
    """One thing in a schema of Avow's own; `whom` and `privilege` of a grant."""

    kind: str
    name: str
    whom: str
    privilege: str

    @property
    def key(self) -> str:
        """As a difference names it: `planted-<kind>:<name>`."""
        what = f"{self.privilege} on {self.name} to {self.whom}" if self.whom else self.name
        return f"{PLANTED}{self.kind}:{what}"


def find_strangers(conn: Connection[Any], target: Target, created: Iterable[tuple[str, str]]) -> list[str]:
    """Keys of what stands there and was not made; `created` are key and statement of everything applied or wanted."""
    made = list(created)
    texts = "\n;".join(text for _, text in made)
    names = {key.removeprefix("view:") for key, _ in made if key.startswith("view:")}
    names |= {*_TABLE.findall(texts), *_routines(texts)}
    plain = _ARGUMENTS.sub("", texts)
    granted = {given for found in _GRANT.findall(plain) for given in _given(*found)}
    granted |= {("EXECUTE", name, "PUBLIC") for name in {n.partition("(")[0] for n in names} - _taken(plain)}
    known = {c.role for c in target.store_map.custodians} | {target.store_map.duty}
    # whoever owns tables may dump them with what Avow keeps beside them: `avow grants` says so (decision 0013)
    owners = {relation.owner for relation in target.survey.relations.values()}
    granted |= {("SELECT", name, owner) for owner in owners for name in names}
    cur = conn.cursor(row_factory=class_row(Standing))
    found = cur.execute(load_sql("strangers").encode()).fetchall()
    return [one.key for one in found if _is_stranger(one, names, granted, known)]


def _is_stranger(one: Standing, names: set[str], granted: set[tuple[str, str, str]], known: set[str]) -> bool:
    if not one.whom:
        return one.name not in names
    ours = "." not in one.name or one.name in {name.partition("(")[0] for name in names}
    if one.kind in ("grant", "read") and not ours:
        return False  # a planted thing is named itself, and is looked into with whoever may use it
    if one.whom in known or (one.kind == "read" and one.name in _OF_NOBODY):
        return False
    return (one.privilege, one.name, one.whom) not in granted


def _routines(texts: str) -> Iterator[str]:
    """Each as the catalogue names it."""
    for name, arguments in _ROUTINE.findall(texts):
        parts = [part.split(maxsplit=1) for part in arguments.split(",") if part.strip()]
        spelled = ", ".join(f"{argument} {_type(kind)}" for argument, kind in parts)
        yield f"avow.{name.strip(chr(34))}({spelled})"


def _type(kind: str) -> str:
    bare, array = (kind[:-2], "[]") if kind.endswith("[]") else (kind, "")
    return _SPELLED.get(bare, bare) + array


def _taken(plain: str) -> set[str]:
    """Routines that not everybody may call, as everybody may where nothing is said."""
    return {name.strip().replace('"', "") for listed in _TAKEN.findall(plain) for name in listed.split(",")}


def _given(privileges: str, objects: str, roles: str) -> Iterator[tuple[str, str, str]]:
    for privilege in privileges.split(","):
        for name in objects.split(","):
            for role in roles.split(","):
                yield (
                    privilege.strip(),
                    name.strip().replace('"', ""),
                    role.strip().strip('"').replace("public", "PUBLIC"),
                )
