"""The least rights of Avow's own credentials, as SQL for a database administrator.

Promises: survey sees the catalogue and samples; apply owns the tables and makes roles; probe may take the pairs; duty
may change a person's state. Refuses to write passwords: an administrator sets them.
"""

from __future__ import annotations

from collections.abc import Mapping

from avow.compilers.postgres.quoting import ident, role_list, table_ident
from avow.datamap.model import Pair, StoreMap

CREDENTIALS: tuple[str, ...] = ("survey", "apply", "probe", "duty")


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
        *_duty(roles),
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


def _duty(roles: Mapping[Pair, tuple[str, str]]) -> list[str]:
    if not roles:
        return ["-- duty: gets its rights after the first apply"]
    return [
        "-- duty: changes a person's state",
        "GRANT USAGE ON SCHEMA avow TO avow_duty;",
        "GRANT EXECUTE ON FUNCTION avow.set_state(text, text, text, boolean) TO avow_duty;",
    ]
