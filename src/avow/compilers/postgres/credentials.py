"""The least rights of Avow's own credentials, as SQL for a database administrator.

Promises: survey sees the catalogue and samples; apply owns the tables and makes roles; probe may take the pairs; duty
finds, exports, changes and erases people, and changes their state. Refuses to write passwords: an administrator sets them.
"""

from __future__ import annotations

from collections.abc import Mapping

from avow.compilers.postgres.quoting import ident, literal, role_list, table_ident
from avow.datamap.model import Pair, StoreMap

CREDENTIALS: tuple[str, ...] = ("survey", "apply", "probe", "duty")
DUTY = "avow_duty"
DOORS = (
    "avow.set_state(text, text, text, boolean)",
    "avow.set_states(text[], text[], text[], boolean[])",
    "avow.set_suppression_key(bytea)",
    "avow.suppress(bytea[], text[], boolean[])",
)


def grants_sql(store_map: StoreMap, database: str, roles: Mapping[Pair, tuple[str, str]], major: int = 18) -> str:
    """Statements for an administrator: first the roles, then what each may do. `roles` as `pair_roles` gives them
    (empty before the first apply: probe and duty get their rights after it)."""
    parts = [f"-- {store_map.name}: the least rights of Avow's credentials; set passwords yourself"]
    parts += [f"CREATE ROLE avow_{name} LOGIN{' CREATEROLE' if name == 'apply' else ''};" for name in CREDENTIALS]
    parts += [
        *_survey(store_map),
        *_apply(store_map, database, major),
        *_probe(roles, major),
        *_plant(roles, major),
        *_duty(store_map, roles),
    ]
    return "\n".join(parts) + "\n"


def _tables(store_map: StoreMap) -> list[str]:
    return sorted(table.name for table in store_map.tables)


def _schemas(store_map: StoreMap) -> list[str]:
    return sorted({name.split(".", 1)[0] for name in _tables(store_map)})


def _survey(store_map: StoreMap) -> list[str]:
    tables = ", ".join(map(table_ident, _tables(store_map)))
    return [
        "-- survey: reads the catalogue and samples",
        *(f"GRANT USAGE ON SCHEMA {ident(schema)} TO avow_survey;" for schema in _schemas(store_map)),
        *([f"GRANT SELECT ON {tables} TO avow_survey;"] if tables else []),
        "ALTER ROLE avow_survey SET default_transaction_read_only = on;",
    ]


def _apply(store_map: StoreMap, database: str, major: int) -> list[str]:
    logins = sorted(login.name for login in store_map.logins)
    admin = (
        [f"GRANT {ident(login)} TO avow_apply WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;" for login in logins]
        if major >= 16
        else []
    )
    return [
        "-- apply: owns the tables, makes the roles of pairs, sets how sessions of the logins start",
        f"GRANT CREATE, CONNECT ON DATABASE {ident(database)} TO avow_apply;",
        *(f"GRANT USAGE, CREATE ON SCHEMA {ident(schema)} TO avow_apply;" for schema in _schemas(store_map)),
        *(f"ALTER TABLE {table_ident(table)} OWNER TO avow_apply;" for table in _tables(store_map)),
        *admin,
    ]


def _probe(roles: Mapping[Pair, tuple[str, str]], major: int) -> list[str]:
    options = " WITH INHERIT FALSE, SET TRUE" if major >= 16 else ""
    names = [role for role, _ in roles.values()]
    return [
        "-- probe: takes each pair to try what it must not be able to do",
        *(["ALTER ROLE avow_probe NOINHERIT;"] if major < 16 else []),
        *([f"GRANT {role_list(names)} TO avow_probe{options};"] if names else []),
    ]


def _plant(roles: Mapping[Pair, tuple[str, str]], major: int) -> list[str]:
    """Synthetic rows are inserted past row security and then looked at as each pair: only the tables' owner can do both."""
    names = [role for role, _ in roles.values()]
    options = " WITH INHERIT FALSE, SET TRUE" if major >= 16 else ""
    head = "-- plant: the apply login again, where the store consents to synthetic rows (AVOW_STORE_<NAME>_PLANT_DSN)"
    return [head, *([f"GRANT {role_list(names)} TO avow_apply{options};"] if names else [])]


def _duty(store_map: StoreMap, roles: Mapping[Pair, tuple[str, str]]) -> list[str]:
    """Reads every table, since a search for what is left must not miss one; changes mapped tables of people only. Apply gives
    it a policy of its own wherever it turns row security on, so the role must exist before."""
    people = [t.name for t in store_map.tables if t.personal and not t.ignore]
    listed = ", ".join(map(table_ident, sorted(people)))
    schemas = ", ".join(ident(schema) for schema in _schemas(store_map))
    parts = ["-- duty: finds, exports, changes and erases; marks people; reads every table to see what is left"]
    parts += [f"GRANT USAGE ON SCHEMA {schemas} TO {DUTY};"] if schemas else []
    parts += [f"GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {DUTY};"] if schemas else []
    parts += [f"GRANT UPDATE, DELETE ON {listed} TO {DUTY};"] if listed else []
    if not roles:
        return [*parts, "-- the rest after the first apply"]
    return [
        *parts,
        f"GRANT USAGE ON SCHEMA avow TO {DUTY};",
        f"GRANT SELECT, INSERT ON avow.step TO {DUTY};",
        f"GRANT SELECT ON avow.handling TO {DUTY};",
        *(f"DO $$ BEGIN {_if_made(function)} END $$;" for function in DOORS),
    ]


def _if_made(function: str) -> str:
    """Marks exist only where a right depends on a person's state."""
    grant = f"GRANT EXECUTE ON FUNCTION {function} TO {DUTY};"
    return f"IF to_regprocedure({literal(function)}) IS NOT NULL THEN {grant} END IF;"
