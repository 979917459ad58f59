"""What was breached, in words that a person types: a store, a table, one row, a login or a pair, and from when to when.

Refuses what the data map does not know, a window that ends before it begins, and a moment without a form. Every error names what
was typed, which is a name of the schema; the key of a row is never repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from avow.datamap.model import DataMap, StoreMap
from avow.errors import ControlError, Diagnostic, Place

EXTENTS: tuple[str, ...] = ("store", "table", "row", "login", "pair")
_FORMS = (
    "store:main, table:main:public.contacts, row:main:public.contacts:7, login:main:shop, pair:main:PURPOSE/RECIPIENT"
)


@dataclass(frozen=True)
class Extent:
    """`kind` is one of EXTENTS; `name` the table, login or pair ("" for a store); `key` of a row alone; times are UTC, and `until`
    None means that it has not ended."""

    kind: str
    store: str
    name: str
    since: datetime
    until: datetime | None = None
    key: str = ""

    @property
    def words(self) -> str:
        """As it is shown: without the key of a row."""
        return ":".join(part for part in (self.kind, self.store, self.name) if part)


def read_extent(text: str, since: datetime, until: datetime | None, datamap: DataMap) -> Extent:
    """Raises ControlError `breach.bad-extent`, `breach.bad-window`."""
    kind, _, rest = text.strip().partition(":")
    store_name, _, name = rest.partition(":")
    store = datamap.find_store(store_name)
    if kind not in EXTENTS or store is None:
        raise _bad_extent("what was breached is named by its kind and a store of the data map")
    if until is not None and until <= since:
        raise _bad_window("the window ends before it begins")
    table, _, key = name.partition(":") if kind == "row" else (name, "", "")
    found = Extent(kind, store_name, "" if kind == "store" else table, since, until, key)
    if not _is_known(found, store):
        raise _bad_extent(f"the data map of store `{store_name}` knows no such {kind}")
    return found


def _is_known(extent: Extent, store: StoreMap) -> bool:
    if extent.kind == "store":
        return True
    if extent.kind == "login":
        custodians = {one.role for one in store.custodians}
        return extent.name in {login.name for login in store.logins} | custodians
    if extent.kind == "pair":
        return extent.name in {str(pair) for pair in store.pairs}
    table = store.find_table(extent.name)
    return table is not None and (extent.kind == "table" or bool(table.key and extent.key))


def read_moment(text: str) -> datetime:
    """A moment in UTC, such as 2026-03-02T09:00. Raises ControlError `breach.bad-moment`."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        cause, help = "this is no moment", "write it in UTC, such as 2026-03-02T09:00"
        raise ControlError(Diagnostic(Place("breach"), "breach.bad-moment", cause, help, _SO)) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


_SO = "nothing was recorded: a clock from a wrong moment would mislead everybody"


def _bad_extent(cause: str) -> ControlError:
    return ControlError(Diagnostic(Place("breach"), "breach.bad-extent", cause, f"write one of {_FORMS}", _SO))


def _bad_window(cause: str) -> ControlError:
    help = "give the moments in UTC; leave the end out where it lasts"
    return ControlError(Diagnostic(Place("breach"), "breach.bad-window", cause, help, _SO))
