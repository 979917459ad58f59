"""The least rights of Avow's own credentials, as SQL for a database administrator.

Promises: survey sees the catalogue, samples and counts, and what was applied; apply acts for the tables' owners and makes
roles; probe may take the pairs; plant may insert and take back synthetic rows; duty finds, exports, changes and
erases people. Every
statement may be run again: it adds what is missing, and some can add it only after the first apply. Refuses to write
passwords: an administrator sets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from avow.compilers.postgres.quoting import ident, literal, load_sql, role_list, table_ident
from avow.datamap.model import Pair, StoreMap

CREDENTIALS: tuple[str, ...] = ("survey", "apply", "probe", "plant", "duty")
PREFIX = "avow_"
_KEPT = "avow.kept_period, avow.kept_figure"
_RECORDED = f"avow.install, avow.object, avow.pair, avow.bit, avow.handling, avow.batch, avow.party, {_KEPT}"
_BY_DEFAULT = {"n": "USAGE ON SCHEMAS", "r": "SELECT ON TABLES", "S": "SELECT ON SEQUENCES"}
CASE_DOORS = ("avow.open_case(text, text, text, text, timestamptz)", "avow.end_case(text)")
DOORS = (
    "avow.set_state(text, text, text, boolean)",
    "avow.set_states(text[], text[], text[], boolean[])",
    "avow.set_suppression_key(bytea)",
    "avow.suppress(bytea[], text[], boolean[])",
    "avow.suppress(bytea[], text[], boolean[], text[])",
    "avow.settle_choices(bigint[])",
    "avow.lift_addresses(text, text[], text)",
    *CASE_DOORS,
    "avow.open_batch(uuid, text, jsonb)",
    "avow.close_batch(uuid)",
)


@dataclass(frozen=True)
class Standing:
    """How a store stands, as far as the rights depend on it. `relations` and `routines` (those with their owner's rights):
    name -> owner; `superusers` among the owners; `readers`: (kind of object, role) that may read by default what an owner
    adds."""

    database: str
    major: int
    relations: Mapping[str, str]
    routines: Mapping[str, str]
    superusers: frozenset[str]
    database_owner: str
    readers: tuple[tuple[str, str], ...] = ()

    def mapped(self, store_map: StoreMap) -> list[str]:
        """The relations of the map that are there."""
        return sorted(table.name for table in store_map.tables if table.name in self.relations)


def get_standing(conn: Connection[Any]) -> Standing:
    """Read from the catalogue; any login may. Raises psycopg errors as they are."""
    rows = conn.cursor(row_factory=tuple_row).execute(load_sql("standing").encode()).fetchall()
    owners = {kind: {name: role for k, name, role, _, _ in rows if k == kind} for kind in ("relation", "routine")}
    own = set(owners["relation"].values())
    return Standing(
        conn.info.dbname,
        conn.info.server_version // 10_000,
        owners["relation"],
        owners["routine"],
        frozenset(role for _, _, role, superuser, _ in rows if superuser),
        next(role for kind, _, role, _, _ in rows if kind == "database"),
        tuple((what, role) for kind, owner, role, _, what in rows if kind == "default" and owner in own),
    )


def grants_sql(
    store_map: StoreMap, standing: Standing, roles: Mapping[Pair, tuple[str, str]], prefix: str = PREFIX
) -> str:
    """Statements for an administrator: first the roles, then what each may do. `roles` as `pair_roles` gives them
    (empty before the first apply: what needs them is printed after it). `prefix` begins the name of each login."""
    who = {name: f"{prefix}{name}" for name in CREDENTIALS} | {"duty": store_map.duty}
    parts = [
        f"-- {store_map.name}: the least rights of Avow's credentials; set passwords yourself",
        *(_role(name) for name in who.values()),
        f"ALTER ROLE {ident(who['apply'])} CREATEROLE;",
        f"GRANT CONNECT ON DATABASE {ident(standing.database)} TO {role_list(who.values())};",
        *_survey(store_map, standing, bool(roles), who["survey"]),
        *_apply(store_map, standing, who["apply"]),
        *_probe(roles, standing.major, who["probe"]),
        *_plant(store_map, standing, roles, who["plant"]),
        *_duty(store_map, standing, roles),
    ]
    if not roles:
        parts.append("-- run `avow grants` once more after the first apply: it then knows the roles of the pairs")
    return "\n".join(parts) + "\n"


def _role(name: str) -> str:
    """Made where it is missing."""
    return (
        f"DO $do$ BEGIN IF to_regrole({literal(ident(name))}) IS NULL THEN CREATE ROLE {ident(name)} LOGIN;"
        " END IF; END $do$;"
    )


def _schemas(store_map: StoreMap, standing: Standing) -> list[str]:
    return sorted({name.split(".", 1)[0] for name in standing.mapped(store_map)})


def _survey(store_map: StoreMap, standing: Standing, applied: bool, name: str) -> list[str]:
    role, tables = ident(name), ", ".join(map(table_ident, standing.mapped(store_map)))
    return [
        "-- survey: reads the catalogue, samples and counts, and what was applied",
        *(f"GRANT USAGE ON SCHEMA {ident(schema)} TO {role};" for schema in _schemas(store_map, standing)),
        *([f"GRANT SELECT ON {tables} TO {role};"] if tables else []),
        *([f"GRANT USAGE ON SCHEMA avow TO {role};", f"GRANT SELECT ON {_RECORDED} TO {role};"] if applied else []),
        f"ALTER ROLE {role} SET default_transaction_read_only = on;",
    ]


def _apply(store_map: StoreMap, standing: Standing, name: str) -> list[str]:
    role = ident(name)
    logins = sorted(login.name for login in store_map.logins)
    admin = [f"GRANT {ident(login)} TO {role} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;" for login in logins]
    return [
        "-- apply: acts for the tables' owners, makes the roles of pairs, sets how sessions of the logins start",
        f"GRANT CREATE ON DATABASE {ident(standing.database)} TO {role};",
        *(f"GRANT USAGE, CREATE ON SCHEMA {ident(schema)} TO {role};" for schema in _schemas(store_map, standing)),
        *_for_owners(store_map, standing, role),
        *_readable(store_map, standing, role),
        *(admin if standing.major >= 16 else []),
    ]


def _for_owners(store_map: StoreMap, standing: Standing, role: str) -> list[str]:
    """Membership in the owners, which keep their tables. What a superuser owns is handed over: to be a member of one would
    be far more than to own it. Who closes a database to other logins must own that, too."""
    closes = any(login.stage == "closed" for login in store_map.logins)
    taken = [f"ALTER DATABASE {ident(standing.database)} OWNER TO {role};"]
    owners = {*standing.relations.values(), *standing.routines.values()}
    owners |= {standing.database_owner} if closes else set()
    options = " WITH INHERIT TRUE, SET FALSE" if standing.major >= 16 else ""
    return [
        *(taken if closes and standing.database_owner in standing.superusers else []),
        *(
            f"GRANT {ident(owner)} TO {role}{options};"
            for owner in sorted(owners - standing.superusers)
            if ident(owner) != role
        ),
        *(
            f"ALTER TABLE {table_ident(name)} OWNER TO {role};"
            for name, owner in sorted(standing.relations.items())
            if owner in standing.superusers
        ),
        *(
            f"-- {name} runs with the rights of the superuser {owner}: ALTER ROUTINE ... OWNER TO {role}, or revoke it yourself"
            for name, owner in sorted(standing.routines.items())
            if owner in standing.superusers
        ),
    ]


def _readable(store_map: StoreMap, standing: Standing, role: str) -> list[str]:
    """Dumps go on working: the owners, and those custodians who may read whatever an owner adds, read what apply makes."""
    custodians = {custodian.role for custodian in store_map.custodians}
    wanted = {(what, owner) for owner in standing.relations.values() for what in _BY_DEFAULT}
    wanted |= {(what, reader) for what, reader in standing.readers if reader in custodians}
    return [
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {role} GRANT {_BY_DEFAULT[what]} TO {ident(reader)};"
        for what, reader in sorted(wanted)
        if reader not in standing.superusers and ident(reader) != role
    ]


def _probe(roles: Mapping[Pair, tuple[str, str]], major: int, name: str) -> list[str]:
    return [
        "-- probe: takes each pair to try what it must not be able to do, and the pair of a campaign to read whom it may reach",
        *([f"ALTER ROLE {ident(name)} NOINHERIT;"] if major < 16 else []),
        *_pairs(roles, major, name),
        *(
            [
                f"GRANT USAGE ON SCHEMA avow TO {ident(name)};",
                f"GRANT SELECT ON avow.pair, avow.handling TO {ident(name)};",
            ]
            if roles
            else []
        ),
    ]


def _plant(store_map: StoreMap, standing: Standing, roles: Mapping[Pair, tuple[str, str]], name: str) -> list[str]:
    """Synthetic rows are inserted and looked at as each pair in one transaction, and canaries are deleted again."""
    role = ident(name)
    tables = ", ".join(map(table_ident, standing.mapped(store_map)))
    state: tuple[str, ...] = (
        f"GRANT USAGE ON SCHEMA avow TO {role};",
        f"GRANT SELECT, DELETE ON avow.subject_state, avow.choice TO {role};",
        f"GRANT EXECUTE ON FUNCTION avow.set_state(text, text, text, boolean) TO {role};",
        f"GRANT SELECT, INSERT, DELETE ON avow.party TO {role};",
        f"GRANT SELECT ON avow.handling TO {role};",
    )
    state += tuple(f"DO $$ BEGIN {_if_made(function, role)} END $$;" for function in CASE_DOORS)
    state += (f"GRANT SELECT, DELETE ON avow.case_open TO {role};",)
    return [
        "-- plant: inserts synthetic rows and takes them back; only where the store consents to that",
        *([f"ALTER ROLE {role} NOINHERIT;"] if standing.major < 16 else []),
        *(f"GRANT USAGE ON SCHEMA {ident(schema)} TO {role};" for schema in _schemas(store_map, standing)),
        *(
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {ident(schema)} TO {role};"
            for schema in _schemas(store_map, standing)
        ),
        *([f"GRANT SELECT, INSERT, DELETE ON {tables} TO {role};"] if tables else []),
        *(state if roles else ()),
        *_pairs(roles, standing.major, name),
    ]


def _pairs(roles: Mapping[Pair, tuple[str, str]], major: int, name: str) -> Iterable[str]:
    """Membership in the roles of the pairs, without inheriting: what one pair may is never added to another."""
    options = " WITH INHERIT FALSE, SET TRUE" if major >= 16 else ""
    names = [role for role, _ in roles.values()]
    return [f"GRANT {role_list(names)} TO {ident(name)}{options};"] if names else []


def _duty(store_map: StoreMap, standing: Standing, roles: Mapping[Pair, tuple[str, str]]) -> list[str]:
    """Reads every table, since a search for what is left must not miss one; changes mapped tables of people only. Apply gives
    it a policy of its own wherever it turns row security on, so the role must exist before."""
    duty = ident(store_map.duty)
    people = [t.name for t in store_map.tables if t.personal and not t.ignore and t.name in standing.relations]
    listed = ", ".join(map(table_ident, sorted(people)))
    schemas = ", ".join(ident(schema) for schema in _schemas(store_map, standing))
    parts = ["-- duty: finds, exports, changes and erases; marks people; reads every table to see what is left"]
    parts += [f"GRANT USAGE ON SCHEMA {schemas} TO {duty};"] if schemas else []
    parts += [f"GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {duty};"] if schemas else []
    parts += [f"GRANT UPDATE, DELETE ON {listed} TO {duty};"] if listed else []
    parts += [_intake(table, schemas, duty) for table in sorted({i.table for i in store_map.intakes})]
    if not roles:
        return [*parts, "-- the rest after the first apply"]
    return [
        *parts,
        "-- what leaves is read as the pair that will receive it",
        *([f"ALTER ROLE {duty} NOINHERIT;"] if standing.major < 16 else []),
        *_pairs(roles, standing.major, store_map.duty),
        f"GRANT USAGE ON SCHEMA avow TO {duty};",
        f"GRANT SELECT, INSERT ON avow.step, {_KEPT} TO {duty};",
        f"GRANT SELECT ON avow.handling, avow.choice, avow.pair, avow.batch TO {duty};",
        *(f"DO $$ BEGIN {_if_made(function, duty)} END $$;" for function in DOORS),
    ]


def _intake(table: str, schemas: str, duty: str) -> str:
    """Deliveries are written by workers, into the tables of registered ways in and no other."""
    return (
        f"GRANT INSERT ON {table_ident(table)} TO {duty};\nGRANT USAGE ON ALL SEQUENCES IN SCHEMA {schemas} TO {duty};"
    )


def _if_made(function: str, role: str) -> str:
    """Marks and cases exist only where a right depends on them."""
    grant = f"GRANT EXECUTE ON FUNCTION {function} TO {role};"
    return f"IF to_regprocedure({literal(function)}) IS NOT NULL THEN {grant} END IF;"
