"""Who can reach what in a PostgreSQL store right now, read from its catalogue in one transaction.

Rights and definitions only: never a row. Reads with any credential that may connect; what PostgreSQL shows to everybody
(roles, memberships, grants, policies, view dependencies, definitions of routines) is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

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


@dataclass(frozen=True)
class LiveMember:
    member: str
    granted: str
    inherits: bool
    may_set: bool


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


T = TypeVar("T")
Reach = tuple[str, str, str, str]  # role, table, column ("" = whole rows), privilege


@dataclass(frozen=True)
class Live:
    """One reading. `reach` holds effective rights, `grants` the written ones; `settings` per login by name, those
    for everybody under "". `helpers` are routines that others call; `shown` holds view, table and column of what views read."""

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
                if m.member == now and m.granted not in found and (m.may_set or m.inherits):
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


def read_live(connection: Connection, tables: list[str]) -> Live:
    """`tables` are "schema.table" names; those that do not exist are simply absent from the answer."""
    with connection.transaction(force_rollback=True):
        given = {"tables": tables}
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
        )


def _rows(connection: Connection, kind: type[T], query: str, given: dict[str, list[str]]) -> tuple[T, ...]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return tuple(cursor.execute(load_query(query), given))


def _quads(connection: Connection, query: str, given: dict[str, list[str]]) -> frozenset[Reach]:
    rows = connection.execute(load_query(query), given)
    return frozenset((str(a), str(b), str(c), str(d)) for a, b, c, d in rows)


def _settings(connection: Connection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for login, settings in connection.execute(load_query("settings")):
        for setting in settings or ():
            name, _, value = str(setting).partition("=")
            found.setdefault(str(login), {})[name] = value
    return found
