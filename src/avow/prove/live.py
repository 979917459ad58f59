"""Who can reach what in a PostgreSQL store right now, read from its catalogue in one transaction.

Rights and definitions only: never a row. Reads with any credential that may connect; what PostgreSQL shows to everybody
(roles, memberships, grants, policies, view dependencies, definitions of routines) is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import LiteralString, TypeVar

from psycopg.rows import class_row

from avow.prove.queries import load_query
from avow.prove.scene import Connection


@dataclass(frozen=True)
class LiveRole:
    name: str
    can_login: bool
    superuser: bool
    bypass_row_security: bool
    create_role: bool
    inherit: bool
    can_connect: bool
    predefined: list[str]
    replication: bool = False


@dataclass(frozen=True)
class LiveMember:
    member: str
    granted: str
    inherits: bool
    may_set: bool
    admin: bool = False  # may give itself the role

    @property
    def may_become(self) -> bool:
        return self.may_set or self.inherits or self.admin


@dataclass(frozen=True)
class LiveTable:
    name: str
    owner: str
    kind: str
    row_security: bool
    forced: bool
    triggers: list[str]
    avow_triggers: list[str]


@dataclass(frozen=True)
class LivePolicy:
    table_name: str
    name: str
    permissive: bool
    command: str
    roles: list[str]
    using_expression: str
    check_expression: str


@dataclass(frozen=True)
class LiveView:
    """One reader of one view with its owner's rights, and one column of a governed table that it leads to. `shown` are
    the names of all columns of the view."""

    role: str
    view: str
    schema_name: str
    owner: str
    holds_copy: bool
    table_name: str
    column_name: str
    shown: list[str]


@dataclass(frozen=True)
class LiveRoutine:
    name: str
    owner: str
    callers: list[str]
    definition: str
    language: str = "plpgsql"
    fired_by: str = ""  # in words, where nobody calls it: a trigger, a rule

    @property
    def said(self) -> str:
        return f"the routine `{self.name}`" if not self.fired_by else self.fired_by


@dataclass(frozen=True)
class LivePower:
    """A key to more than tables. `kind` is files, parameter, statistics, stored or server; `what` names it; an empty `table_name`
    stands for every table."""

    role: str
    kind: str
    what: str
    table_name: str


@dataclass(frozen=True)
class LiveAbove:
    """A right on a table above a governed one, whose queries reach the governed one's rows."""

    role: str
    above: str
    table_name: str
    column_name: str
    privilege: str


@dataclass(frozen=True)
class LiveWrite:
    """A right to write a column of a governed table through a view with its owner's rights."""

    role: str
    view: str
    owner: str
    table_name: str
    column_name: str
    privilege: str


@dataclass(frozen=True)
class LiveCopy:
    """A trigger on a governed table, and one relation that its text may name. `body` is what its function does; `new_rows` and
    `old_rows` are its names for the rows of a whole statement; `readers` ("column, tab, role") where it is not governed."""

    trigger: str
    table_name: str
    routine: str
    owner: str
    body: str
    language: str
    new_rows: str
    old_rows: str
    target: str
    columns: list[str]
    target_columns: list[str]
    readers: list[str]


T = TypeVar("T")
Reach = tuple[str, str, str, str]  # role, table, column ("" = whole rows), privilege


@dataclass(frozen=True)
class Live:
    """One reading. `reach` holds effective rights, `grants` the written ones; `settings` per login by name, those
    for everybody under "". `helpers` are routines that others call; `shown` holds view, table and column of what views read;
    `fired` are routines that nobody calls; `masters` owner, routine and table of what runs on a table in everybody's name."""

    version: int
    roles: Mapping[str, LiveRole]
    members: tuple[LiveMember, ...]
    tables: Mapping[str, LiveTable]
    reach: frozenset[Reach]
    grants: frozenset[Reach]
    policies: tuple[LivePolicy, ...] = ()
    views: tuple[LiveView, ...] = ()
    routines: tuple[LiveRoutine, ...] = ()
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    helpers: tuple[LiveRoutine, ...] = ()
    shown: tuple[tuple[str, str, str], ...] = ()
    may_skip_triggers: frozenset[str] = frozenset()
    powers: tuple[LivePower, ...] = ()
    above: tuple[LiveAbove, ...] = ()
    view_writes: tuple[LiveWrite, ...] = ()
    fired: tuple[LiveRoutine, ...] = ()
    masters: tuple[tuple[str, str, str], ...] = ()
    large_objects: int = 0
    copies: tuple[LiveCopy, ...] = ()

    @cached_property
    def reach_by_role(self) -> Mapping[str, tuple[Reach, ...]]:
        return _grouped(self.reach, 0)

    @cached_property
    def reach_by_table(self) -> Mapping[str, tuple[Reach, ...]]:
        return _grouped(self.reach, 1)

    @cached_property
    def owners(self) -> frozenset[str]:
        """Roles that own a table."""
        return frozenset(table.owner for table in self.tables.values())

    @cached_property
    def taken(self) -> frozenset[str]:
        """Roles that somebody may take, or inherits from."""
        return frozenset(m.granted for m in self.members if m.may_set or m.inherits)

    @cached_property
    def _groups(self) -> dict[str, frozenset[str]]:
        return {}

    def groups_of(self, role: str) -> frozenset[str]:
        """Every role that `role` may take, directly or through others."""
        if role not in self._groups:
            self._groups[role] = self._find_groups(role)
        return self._groups[role]

    def _find_groups(self, role: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [role]
        while waiting:
            now = waiting.pop()
            for m in self.members:
                if m.member == now and m.granted not in found and m.may_become:
                    found.add(m.granted)
                    waiting.append(m.granted)
        return frozenset(found)

    def policies_of(self, table: str, role: str) -> tuple[LivePolicy, ...]:
        return tuple(p for p in self.policies if p.table_name == table and {role, "PUBLIC"} & set(p.roles))


def _grouped(reach: Iterable[Reach], place: int) -> dict[str, tuple[Reach, ...]]:
    found: dict[str, list[Reach]] = {}
    for one in reach:
        found.setdefault(one[place], []).append(one)
    return {name: tuple(rights) for name, rights in found.items()}


def read_live(connection: Connection, tables: list[str], planted: Sequence[str] = ()) -> Live:
    """`tables` are "schema.table" names; those that do not exist are simply absent from the answer. `planted` are views and
    routines in the schemas of Avow's own that apply did not make: Avow's other ones are left out."""
    with connection.transaction(force_rollback=True):
        given = {"tables": tables, "planted": list(planted)}
        roles = _rows(connection, LiveRole, "roles", given)
        found = _rows(connection, LiveTable, "relations", given)
        return Live(
            version=connection.info.server_version // 10_000,
            roles={role.name: role for role in roles},
            members=_rows(connection, LiveMember, "members", given),
            tables={table.name: table for table in found},
            reach=_quads(connection, "reach", given),
            grants=_quads(connection, "grants", given),
            policies=_rows(connection, LivePolicy, "policies", given),
            views=_rows(connection, LiveView, "views", given),
            routines=_rows(connection, LiveRoutine, "routines", given),
            settings=_settings(connection),
            helpers=_rows(connection, LiveRoutine, "helpers", given),
            shown=tuple((str(v), str(t), str(c)) for v, t, c in connection.execute(load_query("shown"), given)),
            may_skip_triggers=frozenset(str(name) for (name,) in connection.execute(load_query("skippers"))),
            powers=_rows(connection, LivePower, "powers", given),
            above=_rows(connection, LiveAbove, "ancestors", given),
            view_writes=_rows(connection, LiveWrite, "view_writes", given),
            fired=_rows(connection, LiveRoutine, "fired", given),
            masters=tuple((str(o), str(r), str(t)) for o, r, t in connection.execute(load_query("masters"), given)),
            copies=_rows(connection, LiveCopy, "copying", given),
            large_objects=_count(connection, "SELECT count(*) FROM pg_largeobject_metadata"),
        )


def _rows(connection: Connection, kind: type[T], query: str, given: dict[str, list[str]]) -> tuple[T, ...]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return tuple(cursor.execute(load_query(query), given))


def _quads(connection: Connection, query: str, given: dict[str, list[str]]) -> frozenset[Reach]:
    rows = connection.execute(load_query(query), given)
    return frozenset((str(a), str(b), str(c), str(d)) for a, b, c, d in rows)


def _count(connection: Connection, query: LiteralString) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _settings(connection: Connection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for login, settings in connection.execute(load_query("settings")):
        for setting in settings or ():
            name, _, value = str(setting).partition("=")
            found.setdefault(str(login), {})[name] = value
    return found
