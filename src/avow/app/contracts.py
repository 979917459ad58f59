"""Gives each login of a firm outside the days of that firm's contract: the data map names the firm, the register its contract.

Refuses a login of a firm that nobody registered, of a firm without a contract, and one whose pairs speak of another kind of
recipient: the database could not tell when to close it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from avow.datamap.model import DataMap, Login
from avow.errors import Collector, DataMapError
from avow.policy import RecipientEntry
from avow.yamlplaces import did_you_mean

_SO = "nothing is planned: this login would go on reading after its contract"


def bind_contracts(datamap: DataMap, register: Iterable[RecipientEntry]) -> DataMap:
    """The same map with `since` and `until` at the logins of firms outside. Raises DataMapError with every mistake."""
    known, found = {entry.id: entry for entry in register}, Collector()
    stores = tuple(
        replace(store, logins=tuple(_bound(login, known, found) for login in store.logins)) for store in datamap.stores
    )
    found.raise_as(DataMapError)
    return replace(datamap, stores=stores)


def _bound(login: Login, known: Mapping[str, RecipientEntry], found: Collector) -> Login:
    if not login.recipient:
        return login
    entry = known.get(login.recipient)
    if entry is None:
        cause = f"`{login.name}` belongs to `{login.recipient}`, which recipients.yaml does not have"
        found.add("map.unknown-recipient", login.place, cause, did_you_mean(login.recipient, known), _SO)
        return login
    other = [str(pair) for pair in login.pairs if pair.recipient != entry.kind]
    if other or not entry.contract:
        cause = f"`{login.name}` acts for {', '.join(other)}, and `{entry.id}` is a `{entry.kind}`" if other else ""
        cause = cause or f"`{login.name}` belongs to `{entry.id}`, with whom no contract is written down"
        help = "give it pairs of that kind only" if other else "add `contract:` and its days to recipients.yaml"
        found.add("map.unknown-recipient", login.place, cause, help, _SO)
    return replace(login, since=entry.starts, until=entry.expires)
