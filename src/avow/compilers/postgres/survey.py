"""What the catalogue says before a plan: relations, grants, routines, roles. Names only, never a value of a row.

Promises: one consistent read; nothing is written. Refuses to guess: what the catalogue does not say is not in it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, tuple_row

from avow.compilers.postgres.quoting import load_sql


@dataclass(frozen=True)
class Relation:
    """One table, view, sequence or partition; `reads` are the oids that a view reads, `parents` of a partition. `parted_by`: the
    one column with dates whose ranges the partitions are, "" where there is none."""

    name: str
    oid: int
    kind: str
    owner: str
    rows: int
    row_security: bool
    forced: bool
    invoker: bool
    columns: list[str]
    types: list[str]
    open_policies: list[str]
    reads: list[int]
    parents: list[int]
    parted_by: str

    def find_type(self, column: str) -> str | None:
        return dict(zip(self.columns, self.types, strict=True)).get(column)


@dataclass(frozen=True)
class Grant:
    """One privilege as the acl lists it; `col` is empty for a grant on the whole object."""

    kind: str
    object: str
    owner: str
    place: int
    grantee: str
    privilege: str
    grantable: bool
    col: str


@dataclass(frozen=True)
class Role:
    name: str
    superuser: bool
    inherits: bool
    bypass: bool
    can_login: bool
    member_of: list[str]
    memberships: list[dict[str, Any]]  # one per grantor, with the options of PostgreSQL 16 and newer
    settings_here: list[str]
    settings: list[str]
    valid_until: str  # "" without an end

    def find_setting_elsewhere(self, name: str) -> str | None:
        """The value that the role's sessions start with where no setting for this database says otherwise."""
        for setting in self.settings:
            key, _, value = setting.partition("=")
            if key == name:
                return value
        return None


@dataclass(frozen=True)
class Recorded:
    """One row of `avow.object`: what was applied last time."""

    key: str
    seq: int
    phase: str
    wanted: str
    live: str | None
    create: str
    undo: str
    why: list[str]
    on_table: str
    on_role: str


@dataclass(frozen=True)
class Survey:
    """The catalogue as one value. `install` is the id that names the roles; `known` tells whether it is recorded."""

    major: int
    database: str
    oid: int
    user: str
    superuser: bool
    install: str
    known: bool
    recorded_oid: int
    relations: dict[str, Relation]
    grants: list[Grant]
    secdef: dict[str, str]
    roles: dict[str, Role]
    recorded: dict[str, Recorded]
    pairs: dict[str, int]  # "purpose/recipient" -> number, also of pairs that are gone
    bits: dict[str, int]  # "deny mark" or "admit mark" -> bit number
    handlings: dict[str, int]  # source term -> handling id

    @property
    def target(self) -> str:
        return f"postgresql {self.major}"

    def role_of(self, number: int) -> str:
        return f"av_{self.install}_p{number}"

    def view_role_of(self, number: int) -> str:
        return f"av_{self.install}_v{number}"


def get_survey(conn: Connection[Any]) -> Survey:
    """Read the catalogue; inside the caller's transaction. Raises psycopg errors as they are."""
    with conn.cursor(row_factory=tuple_row) as cur:
        cur.execute(load_sql("survey_here").encode())
        database, oid, user, superuser, has_object, has_install = cur.fetchone() or ()
        install, recorded_oid = _get_install(conn, database, oid, has_install)
    return Survey(
        conn.info.server_version // 10000,
        database,
        oid,
        user,
        superuser,
        install,
        has_install,
        recorded_oid,
        {r.name: r for r in _rows(conn, "survey_tables", Relation)},
        _rows(conn, "survey_grants", Grant),
        dict(conn.cursor(row_factory=tuple_row).execute(load_sql("survey_routines").encode()).fetchall()),
        {r.name: r for r in _rows(conn, "survey_roles", Role)},
        {r.key: r for r in _rows(conn, "recorded", Recorded)} if has_object else {},
        _numbers(conn, "SELECT purpose || '/' || recipient, number FROM avow.pair", has_install),
        _numbers(conn, "SELECT effect || ' ' || mark, number FROM avow.bit", has_install),
        _numbers(conn, "SELECT source, min(id) FROM avow.handling WHERE id > 0 GROUP BY source", has_install),
    )


def _rows(conn: Connection[Any], query: str, kind: type[Any]) -> list[Any]:
    return conn.cursor(row_factory=class_row(kind)).execute(load_sql(query).encode()).fetchall()


def _numbers(conn: Connection[Any], query: str, exists: bool) -> dict[str, int]:
    return dict(conn.cursor(row_factory=tuple_row).execute(query.encode()).fetchall()) if exists else {}


def _get_install(conn: Connection[Any], database: str, oid: int, recorded: bool) -> tuple[str, int]:
    """The recorded id, or one made from the server's own identity: the same before every first apply. A copy whose origin stands in
    this cluster no more has taken its place, and is that database from now on."""
    cur = conn.cursor(row_factory=tuple_row)
    if recorded and (row := cur.execute(load_sql("installed").encode()).fetchone()):
        return row[0], row[1] if row[2] else oid
    started = cur.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
    return hashlib.sha256(f"{started}:{oid}:{database}".encode()).hexdigest()[:8], oid
