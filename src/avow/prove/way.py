"""One way to a column: the value that everything which looks for ways gives. Refuses to judge whether it is allowed."""

from __future__ import annotations

from dataclasses import dataclass

from avow.prove.scene import PairRights
from avow.prove.scope import Field

READ, WRITE, ROWS = "SELECT", frozenset({"INSERT", "UPDATE"}), frozenset({"DELETE", "TRUNCATE", "TRIGGER"})
TEST = "REFERENCES"  # a foreign key tells whether a value is there
_VERBS = {READ: "can read", TEST: "can test for values of"}


@dataclass(frozen=True, order=True)
class Way:
    """`how` completes "`role` reaches it ..."; `repair` is the smallest statement that closes it."""

    role: str
    how: str
    field: Field
    privilege: str = READ
    repair: str = ""

    @property
    def verb(self) -> str:
        return _VERBS.get(self.privilege, "can write")


def is_allowed(rights: PairRights | None, one: Field, privilege: str) -> bool:
    """Whether the declared matrix gives the pair this use of the column."""
    table = rights.tables.get(one.table) if rights else None
    if table is None:
        return False
    if privilege == READ:
        return one.column in table.read
    if privilege in WRITE:
        return one.column in table.write
    return privilege == "DELETE" and bool(table.write)
