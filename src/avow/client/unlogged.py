"""Logins whose reads nobody records: PostgreSQL cannot log a SELECT by itself.

Promises every login of the map that does not use the client, every custodian, and, with a description of the store, every
further role that can log in. `avow plan` prints the list, the limits of every access verdict name it. Refuses to judge: no
rule says that every read is logged.
"""

from __future__ import annotations

from dataclasses import dataclass

from avow.datamap.model import StoreMap
from avow.stores.port import StoreDescription


@dataclass(frozen=True, order=True)
class UnloggedPath:
    """`why` is one plain sentence."""

    store: str
    login: str
    why: str


def find_unlogged_paths(store_map: StoreMap, description: StoreDescription | None = None) -> tuple[UnloggedPath, ...]:
    """Sorted by login, each login once. Empty only if every login is declared to use the client and nobody else can log in."""
    found = {x.name: "is declared to connect without the client" for x in store_map.logins if x.unmodified}
    for custodian in (c for c in store_map.custodians if c.role):
        found.setdefault(custodian.role, "is a custodian, whose use is seen only as declared")
    logged = {x.name for x in store_map.logins if not x.unmodified}
    for login in description.logins if description else ():
        if login.superuser or login.bypass_row_security:
            found.setdefault(login.name, "is a superuser or goes round row security")
        elif login.can_login and login.name not in logged:
            found.setdefault(login.name, "can log in and is not in the data map")
    return tuple(sorted(UnloggedPath(store_map.name, name, why) for name, why in found.items()))
