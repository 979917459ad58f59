"""The port of a governed store: what the data map, the compilers and the probes may ask of it.

Frozen dataclasses and plain values only. A description carries names, types, comments, keys and counts: never a
value of a row. Samples stay inside the process that asked for them and reach nothing but a detector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class ColumnInfo:
    name: str
    type: str  # as the store spells it: "text", "character varying(200)", "jsonb"
    nullable: bool
    position: int
    default: str = ""
    comment: str = ""
    generated: bool = False


@dataclass(frozen=True)
class ForeignKey:
    name: str
    columns: tuple[str, ...]
    to_table: str  # "schema.table"
    to_columns: tuple[str, ...]
    indexed: bool  # is there an index that leads with `columns`? (without one, erasure is 500 times slower)


@dataclass(frozen=True)
class IndexInfo:
    name: str
    columns: tuple[str, ...]  # "" for an expression
    unique: bool
    definition: str
    valid: bool = True


@dataclass(frozen=True)
class TableInfo:
    """`kind` is table | view | materialized view | foreign table | partition. `name` is "schema.table"."""

    name: str
    kind: str
    columns: tuple[ColumnInfo, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[IndexInfo, ...] = ()
    comment: str = ""
    rows: int = 0  # the store's own estimate
    bytes: int = 0
    owner: str = ""
    definition: str = ""  # of a view
    row_security: bool = False
    oid: int = 0
    invoker_rights: bool = False  # a view that reads with the rights of whoever asks it

    def find_column(self, name: str) -> ColumnInfo | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True)
class RoutineInfo:
    name: str  # "schema.function(args)"
    owner: str
    security_definer: bool
    public_execute: bool
    definition: str = ""
    callers: tuple[str, ...] = ()  # whoever else was granted EXECUTE by name


@dataclass(frozen=True)
class LoginInfo:
    """A role of the store, as far as access to data goes. `privileges` are "table:PRIV[:column]" texts."""

    name: str
    can_login: bool
    superuser: bool
    bypass_row_security: bool
    create_role: bool
    member_of: tuple[str, ...] = ()
    privileges: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoreDescription:
    """What a store looks like now. `fingerprint` changes when the shape of any table, view or routine changes; `facts` keeps what
    was asked about its tables since, so that it is asked once."""

    kind: str  # "postgresql" | "mariadb"
    version: str
    system: str  # the store's own identity (system identifier and database name)
    tables: tuple[TableInfo, ...]
    routines: tuple[RoutineInfo, ...] = ()
    logins: tuple[LoginInfo, ...] = ()
    fingerprint: str = ""
    facts: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False, repr=False)

    def find_table(self, name: str) -> TableInfo | None:
        return next((t for t in self.tables if t.name == name), None)


class Store(Protocol):
    """One suite in `tests/contracts` runs against every implementation."""

    @property
    def kind(self) -> str: ...

    def describe(self) -> StoreDescription:
        """Everything but Avow's own schemas (`avow`, `av_*`). Raises StoreError with a diagnostic per missing right."""

    def sample(self, table: str, columns: Sequence[str], rows: int) -> list[tuple[Any, ...]]:
        """At most `rows` rows, spread over the table, in one read-only transaction under a statement timeout."""

    def close(self) -> None: ...
