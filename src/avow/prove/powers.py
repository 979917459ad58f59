"""Ways that no grant on a table tells: powers over the server, its files, its statistics, its log of changes. Pure.

A power reaches every column of every database of the server, so it counts even for a login that may not connect here. What
a foreign server leads to is a way only where it leads back to this very database: where else it goes, `avow places` asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from avow.prove.live import Live, LivePower, LiveRole
from avow.prove.scope import Field
from avow.prove.way import READ, Way

READS_ALL, WRITES_ALL = "pg_read_all_data", "pg_write_all_data"
_FILES: Mapping[str, str] = {
    "pg_execute_server_program": "by running programs on the server",
    "pg_read_server_files": "by reading files of the server",
    "pg_write_server_files": "by writing files of the server",
}
_POWERS: Mapping[str, tuple[str, str]] = {
    "files": (
        "with the routine `{what}`, which reaches files of the server",
        "REVOKE EXECUTE ON FUNCTION {what} FROM {role}",
    ),
    "parameter": (
        "by setting `{what}`, which lets the server run programs or believe other logins",
        "REVOKE ALL ON PARAMETER {what} FROM {role}",
    ),
    "statistics": ("through `{what}`, which holds the most common values", "REVOKE SELECT ON {what} FROM {role}"),
    "stored": ("through `{what}`, where long values are kept", "REVOKE SELECT ON {what} FROM {role}"),
    "server": (
        "through the foreign server `{what}`, which leads back here as another login",
        "REVOKE USAGE ON FOREIGN SERVER {what} FROM {role}",
    ),
}


def by_power(live: Live, wanted: frozenset[Field]) -> Iterator[Way]:
    """Superusers, who can copy the whole server, its files or its changes, and whoever was handed a key to them.
    BYPASSRLS and an owner's exemption concern rows that are reached by right."""
    for role in live.roles.values():
        for how, repair in _attributes(role):
            yield from (Way(role.name, how, one, READ, repair) for one in wanted)
    for power in live.powers:
        how, repair = (words.format(what=power.what, role=power.role) for words in _POWERS[power.kind])
        yield from (Way(power.role, how, one, READ, repair) for one in _reached(power, wanted))


def _attributes(role: LiveRole) -> Iterator[tuple[str, str]]:
    if role.superuser:
        yield "as a superuser", ""
        return
    if role.replication:
        yield (
            "by replication: it may copy the whole server or its stream of changes",
            f"ALTER ROLE {role.name} NOREPLICATION",
        )
    for group, how in _FILES.items():
        if group in role.predefined:
            yield how, f"REVOKE {group} FROM {role.name}"
            return


def _reached(power: LivePower, wanted: frozenset[Field]) -> Iterable[Field]:
    return (one for one in wanted if power.table_name in ("", one.table))


def predefined_ways(live: Live, group: str, wanted: frozenset[Field]) -> Iterator[tuple[Field, str]]:
    """What a predefined role may do with the columns: by what it is, and by what was granted to it."""
    if group == READS_ALL:
        yield from ((one, READ) for one in wanted)
    if group == WRITES_ALL:
        yield from ((one, privilege) for one in wanted for privilege in ("INSERT", "UPDATE", "DELETE"))
    for role, table, column, privilege in live.grants:
        if role == group:
            yield from ((one, privilege) for one in wanted if one.table == table and column in ("", one.column))


def over_the_server(live: Live) -> frozenset[str]:
    """Logins whose power does not end at the databases that they may connect to."""
    return frozenset(r.name for r in live.roles.values() if r.can_login and any(True for _ in _attributes(r)))
