"""Access probe for stores that Avow reads and does not govern: what logins hold there, against what the promises allow them.

*catalogue* only: the rights that the store's description tells (own ones, those of roles that a login may take, being above
all rights) are compared with the union of the login's pairs. Such a store has no roles for pairs and no row policies, so
purposes inside one login, and promises about only some rows, are never shown to be kept: the trial says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from avow.datamap.model import StoreMap
from avow.policy.promise import Rule
from avow.prove.inquiry import CannotTell, Finding, Inquiry, Outcome, broke, could_not, held
from avow.prove.scene import PairRights, StoreScene
from avow.prove.scope import Field, fields_of
from avow.prove.way import READ, Way
from avow.prove.ways import judge, say_ways
from avow.stores.port import LoginInfo, StoreDescription

_WRITES = ("INSERT", "UPDATE", "DELETE")


def probe_described(inquiry: Inquiry, store: StoreScene, rule: Rule) -> tuple[Outcome, ...]:
    """The catalogue probe, and the trial that cannot be made."""
    cannot = (
        f"store `{store.name}` ({store.map.kind}) is read, not governed: pairs inside a login cannot be tried there"
    )
    return (
        inquiry.attempt("access-catalogue", "catalogue", partial(_compare, inquiry, store, rule)),
        inquiry.attempt("access-trial", "trial", lambda: could_not(cannot)),
    )


def _compare(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    if store.down or store.description is None:
        raise CannotTell(f"store `{store.name}` cannot be reached: {store.down or 'it was not described'}")
    fields = fields_of(rule, store.map, inquiry.scene.terms)
    ways = [way for login in store.description.logins for way in _ways(store, store.description, login, fields)]
    judged = judge(ways, store.map, inquiry.scene.today)
    if judged.open:
        repairs = tuple(dict.fromkeys(way.repair for way in judged.open if way.repair))[:6]
        return broke(f"in store `{store.name}`: {say_ways(judged.open)}", repairs, judged.declared)
    count = f"{len(store.description.logins)} logins on {len(fields)} columns"
    limits = (f"views and routines of store `{store.name}` were looked through by the names in their texts",)
    return held(
        f"in store `{store.name}` the rights of {count} are within what their pairs allow", judged.declared, limits
    )


def _ways(store: StoreScene, description: StoreDescription, login: LoginInfo, fields: Iterable[Field]) -> Iterator[Way]:
    if not login.can_login:
        return
    rights = _rights_of(store.map, store.rights, login.name)
    holds = _effective(description, login)
    for one in fields:
        for verb in (READ, *_WRITES):
            if not _allowed(rights, one, verb) and (how := _how(description, login, holds, one, verb)):
                yield Way(login.name, how, one, verb, f"REVOKE {verb} ON {one.table} FROM {login.name}")


def _rights_of(store: StoreMap, rights: Iterable[PairRights], name: str) -> list[PairRights]:
    mapped = next((login for login in store.logins if login.name == name), None)
    return [r for r in rights if mapped is not None and r.pair in mapped.pairs]


def _allowed(rights: Iterable[PairRights], one: Field, verb: str) -> bool:
    tables = [t for r in rights if (t := r.tables.get(one.table)) is not None]
    if verb == READ:
        return any(one.column in table.read for table in tables)
    return any(one.column in table.write for table in tables) or (verb == "DELETE" and any(t.write for t in tables))


def _effective(description: StoreDescription, login: LoginInfo) -> dict[str, str]:
    """Every privilege that the login holds or may take, with the role that it comes from ("" for its own)."""
    roles = {role.name: role for role in description.logins}
    found, seen, waiting = dict.fromkeys(login.privileges, ""), {login.name}, list(login.member_of)
    while waiting:
        name = waiting.pop()
        role = roles.get(name)
        if role is not None and name not in seen:
            seen.add(name)
            waiting += role.member_of
            for privilege in role.privileges:
                found.setdefault(privilege, name)
    return found


def _how(description: StoreDescription, login: LoginInfo, holds: dict[str, str], one: Field, verb: str) -> str:
    """How the login reaches the column, or "" if it does not."""
    if login.superuser:
        return "as an account above all rights"
    for privilege in (f"{one.table}:{verb}", f"{one.table}:{verb}:{one.column}"):
        if privilege in holds:
            return f"through the role `{holds[privilege]}`" if holds[privilege] else "by a grant of its own"
    if verb != READ:
        return ""
    views = (t for t in description.tables if t.kind == "view" and f"{t.name}:{READ}" in holds and t.name != one.table)
    view = next((v for v in views if _speaks_of(v.definition, one)), None)
    return f"through the view `{view.name}`" if view else ""


def _speaks_of(definition: str, one: Field) -> bool:
    words = (one.table.rpartition(".")[2], one.column)
    return all(re.search(rf"\b{re.escape(word)}\b", definition, re.IGNORECASE) for word in words)
