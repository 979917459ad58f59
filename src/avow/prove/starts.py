"""How the sessions of a login start, against the pair that the map gives it. Pure: settings in, ways round out.

A session that starts without its pair reaches nothing, so a default that is gone is no way round; a limit says it. One that starts
in another pair acts for another purpose without anybody having said so, and one that fires no triggers adds rows without
marks and sources: both are. The search path decides nothing: rights hold whatever a name leads to.
Source: decision 0014.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from avow.datamap.model import Login, StoreMap
from avow.prove.live import Live
from avow.prove.scene import PairRights
from avow.prove.scope import Field
from avow.prove.way import READ, Way

EVERYBODY = ""  # settings of the whole database stand under no name
TRIGGERS = "session_replication_role"


def start_faults(live: Live, store: StoreMap, rights: Iterable[PairRights], fields: Iterable[Field]) -> tuple[Way, ...]:
    """Ways to `fields` that a login has only because of how its sessions start, or may start."""
    by_role = {r.role: r for r in rights if r.role}
    roles = {r.pair: r.role for r in by_role.values()}
    wanted = tuple(fields)
    found: list[Way] = []
    for login in store.logins:
        if login.name in live.roles and login.stage != "observe":
            expected = roles.get(login.default, "") if login.default else ""
            found += _other_pair(live, by_role, login, expected, wanted)
            found += _no_triggers(live, login, wanted)
    return tuple(found)


def starts_without(live: Live, store: StoreMap, rights: Iterable[PairRights]) -> tuple[str, ...]:
    """Enforced logins whose sessions no longer start in the pair that the map gives them: they are refused everything."""
    roles = {r.pair: r.role for r in rights if r.role}
    return tuple(
        login.name
        for login in store.logins
        if login.stage != "observe" and login.default in roles and login.name in live.roles
        if find_setting(live, login.name, "role") in (None, "none", login.name)
    )


def find_setting(live: Live, login: str, name: str) -> str | None:
    """What sessions of `login` start with: its own setting, else the one for everybody."""
    own = live.settings.get(login, {}).get(name)
    return live.settings.get(EVERYBODY, {}).get(name) if own is None else own


def _other_pair(
    live: Live, by_role: dict[str, PairRights], login: Login, expected: str, wanted: Iterable[Field]
) -> Iterator[Way]:
    role = find_setting(live, login.name, "role") or ""
    other = by_role.get(role)
    if other is None or role == expected or role not in live.groups_of(login.name):
        return
    says = f"`{login.default}` as the map says" if login.default else "no pair, since the map gives it no default"
    how = f"because its sessions start as `{other.pair}` and not as {says}"
    make = partial(
        Way, login.name, how, privilege=READ, repair="run avow doctor --repair: sessions start in their pair again"
    )
    for one in wanted:
        granted = other.tables.get(one.table)
        groups = any(aggregate.table == one.table for aggregate in other.aggregates)
        if groups or (granted is not None and one.column in granted.read):
            yield make(field=one)


def _no_triggers(live: Live, login: Login, wanted: Iterable[Field]) -> Iterator[Way]:
    value = find_setting(live, login.name, TRIGGERS)
    if value not in (None, "origin"):
        how = f"without the triggers that keep marks and sources: its sessions start with {TRIGGERS} = {value}"
        repair = f"ALTER ROLE {login.name} RESET {TRIGGERS}"
    elif login.name in live.may_skip_triggers or "PUBLIC" in live.may_skip_triggers:
        how = f"without the triggers that keep marks and sources: it may set {TRIGGERS}"
        repair = f"REVOKE SET ON PARAMETER {TRIGGERS} FROM {login.name}"
    else:
        return
    guarded = {table.name for table in live.tables.values() if table.avow_triggers}
    yield from (Way(login.name, how, one, "INSERT", repair) for one in wanted if one.table in guarded)
