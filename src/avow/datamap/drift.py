"""Where a live store and its map have drifted apart.

Promises: every table, column and login that stands on one side only is a diagnostic. Avow's own columns (`avow_*`) and the
partitions of a mapped table do not count. Refuses to guess renames: a renamed column is one that vanished and one that is new.
"""

from __future__ import annotations

from collections.abc import Iterator

from avow.datamap.model import StoreMap, Table
from avow.errors import Collector, Diagnostic, Place
from avow.stores.port import LoginInfo, StoreDescription, TableInfo

_UNSEEN = "no promise about personal data can be kept while this is not mapped"
_GONE = "what was proven about it is no longer proven"


def drift(store_map: StoreMap, description: StoreDescription, file: str = "datamap.yaml") -> tuple[Diagnostic, ...]:
    """Unmapped and vanished tables, columns and logins, sorted by place."""
    found = Collector()
    for info in description.tables:
        if info.kind != "partition":
            _check_table(store_map, info, found, file)
    for table in store_map.tables:
        if description.find_table(table.name) is None:
            found.add(
                "map.vanished-table",
                _place(table.place, file),
                f"`{table.name}` is mapped, but store `{store_map.name}` has no such table",
                "take it out of the map, or give it the table's new name",
                _GONE,
            )
    _check_logins(store_map, description, found, file)
    return tuple(sorted(found.found))


def _check_table(store_map: StoreMap, info: TableInfo, found: Collector, file: str) -> None:
    table = store_map.find_table(info.name)
    if table is None:
        found.add(
            "map.unmapped-table",
            Place(file),
            f"store `{store_map.name}` has the {info.kind} `{info.name}`, which is not in the map",
            "add it with `avow map`, or write `ignore:` with the reason why no person is in it",
            _UNSEEN,
        )
    elif not table.ignore:
        _check_columns(table, info, found, file)


def _check_columns(table: Table, info: TableInfo, found: Collector, file: str) -> None:
    place = _place(table.place, file)
    for column in info.columns:
        if not column.name.startswith("avow_") and table.find_column(column.name) is None:
            cause = f"`{table.name}` has the column `{column.name}`, which is not in the map"
            help = "write what it holds: its categories, or `[]` for nothing personal"
            found.add("map.unmapped-column", place, cause, help, _UNSEEN)
    for mapped in table.columns:
        if info.find_column(mapped.name) is None:
            cause = f"`{table.name}` has no column `{mapped.name}`, which is in the map"
            help = "take it out of the map, or give it the column's new name"
            found.add("map.vanished-column", _place(mapped.place, file), cause, help, _GONE)


def _check_logins(store_map: StoreMap, description: StoreDescription, found: Collector, file: str) -> None:
    known = {login.name: login for login in description.logins}
    for mapped in store_map.logins:
        if known and mapped.name not in known:
            cause = f"login `{mapped.name}` is mapped, but store `{store_map.name}` has no such role"
            help = "take it out of the map, or correct its name"
            found.add("map.vanished-login", _place(mapped.place, file), cause, help, _GONE)
    declared = {login.name for login in store_map.logins} | {c.role for c in store_map.custodians}
    for login, reach in _reaching(store_map, description):
        if login.name not in declared:
            found.add(
                "map.unmapped-login",
                Place(file),
                f"`{login.name}` {reach} in store `{store_map.name}`, and nobody has said what for",
                "give it its pairs below `logins`, declare it in custodians.yaml, or take its rights away",
                "every promise that it can go round stays broken or unproven",
            )


def _reaching(store_map: StoreMap, description: StoreDescription) -> Iterator[tuple[LoginInfo, str]]:
    """Roles that can reach rows by themselves: by being above the rules, by owning, by a grant of their own or a group's."""
    by_name = {login.name: login for login in description.logins}
    for login in description.logins:
        if login.superuser:
            yield login, "is a superuser"
        elif login.bypass_row_security:
            yield login, "goes round row security"
        elif login.owns and not login.name.startswith("av_"):
            yield login, f"owns {len(login.owns)} tables"
        elif login.name == "PUBLIC" and login.privileges:
            yield login, f"(everybody) holds {len(login.privileges)} grants"
        elif login.can_login and (grants := _grants_of(login, by_name)):
            yield login, f"can log in and holds {grants}"


def _grants_of(login: LoginInfo, by_name: dict[str, LoginInfo]) -> str:
    """Own grants and those of groups; groups of Avow's own are what the map says, and do not count."""
    seen, waiting, grants = {login.name}, [login], 0
    predefined: list[str] = []
    while waiting:
        role = waiting.pop()
        grants += len(role.privileges) + len(role.owns)
        for name in role.member_of:
            if name in ("pg_read_all_data", "pg_write_all_data"):
                predefined.append(name)
            if name in by_name and name not in seen and not name.startswith("av_"):
                seen.add(name)
                waiting.append(by_name[name])
    words = [f"{grants} grants"] if grants else []
    return " and ".join([*words, *(f"membership of {name}" for name in sorted(set(predefined)))])


def _place(place: Place, file: str) -> Place:
    return place if place.file else Place(file)
