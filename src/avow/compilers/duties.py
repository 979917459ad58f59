"""The data map as a `StoreSpec`: what the duties (find, read, change, erase) may do in one store.

Promises: every mapped table that is not ignored is in it, with the kind of each column, what identifies a person, who owns
a row and what an erasure does to it. Paths that lead through a table make that table's own rows the person's too. Refuses to
soften a map: a column that nobody confirmed counts as text that may hold anything personal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import phonenumbers

from avow.compilers.reach import Terms
from avow.datamap.holds import categories_of
from avow.datamap.model import Column, OwnerPath, SourceOf, StoreMap, Table
from avow.stores.duty import ColumnSpec, HandSpec, PathSpec, StepSpec, StoreSpec, TableSpec

# what a category says about the value, where the map does not say it itself
_IDENTIFIES: Mapping[str, tuple[str, ...]] = {
    "email": ("contact.email", "organisation.email", "network.email_addresses"),
    "phone": ("contact.phone", "contact.mobile", "contact.fax", "organisation.phone", "organisation.fax"),
    "ip": ("device.ip_address", "network.ip_addresses", "server.public_ip"),
    "cookie": ("tracking.cookie_id",),
    "name": ("identity.name", "organisation.contact_name", "payment.cardholder_name", "social.name"),
}
# categories that hold several kinds of values: the column's name tells them apart
_BY_NAME = ("marketing.lead_contact", "account.profile")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "mail"),
    "phone": ("phone", "mobile", "tel", "fax"),
    "name": ("name", "person", "contact"),
}
# facts of a row: they say nothing of who the person is once the row no longer leads to anybody
_FACTS = (
    *("payment", "record", "network.usage", "usage", "product", "server", "financial", "marketing.preferences"),
    *("organisation.name", "organisation.size", "organisation.sector", "organisation.tax_id"),
    *("organisation.postal_address", "organisation.physical_address"),
)


def duty_spec(store_map: StoreMap, vocabulary: Terms) -> StoreSpec:
    """What duties may touch in the store. Raises nothing: what is wrong in a map is told when it is read."""
    tables = tuple(t for t in store_map.tables if not t.ignore)
    organisations = frozenset(t.name for t in tables if t.organisation)
    implied = _implied(tables)
    hand = store_map.by_hand
    return StoreSpec(
        store_map.name,
        store_map.kind,
        store_map.location,
        tuple(_table(t, (*t.owners, *implied.get(t.name, ())), organisations, vocabulary) for t in tables),
        _calling_code(store_map.location),
        HandSpec(hand.owner, hand.instructions, tuple(sorted(hand.data)), hand.remind_days) if hand else None,
    )


def may_hold_address(categories: Iterable[str], vocabulary: Terms) -> bool:
    """Whether an e-mail address may be among data of these categories, which name no columns."""
    known = (*_IDENTIFIES["email"], *_BY_NAME)
    return any(vocabulary.covers(one, two) or vocabulary.covers(two, one) for one in categories for two in known)


def _source_column(source: SourceOf | None) -> str:
    """The column that says where a row came from: the table's own, or the one that apply added."""
    if source is None:
        return ""
    return source.column or ("avow_handling" if source.handling else "")


def _calling_code(location: str) -> str:
    """Places are ISO 3166 countries in small letters, but for `uk`, and regions of several countries, which have no code."""
    code = phonenumbers.country_code_for_region({"uk": "GB"}.get(location, location.upper()))
    return str(code or "")


def _implied(tables: Iterable[Table]) -> dict[str, tuple[OwnerPath, ...]]:
    """A path that leads through a table says that its rows, too, are about the person it ends on."""
    found: dict[str, dict[OwnerPath, None]] = {}
    declared = {table.name: set(table.owners) for table in tables}
    for table in tables:
        for path in table.owners:
            for number in range(1, len(path.steps)):
                through = path.steps[number - 1].to_table
                rest = OwnerPath(path.subject, path.steps[number:])
                if rest not in declared.get(through, set()):
                    found.setdefault(through, {})[rest] = None
    return {name: tuple(paths) for name, paths in found.items()}


def _table(table: Table, owners: tuple[OwnerPath, ...], organisations: frozenset[str], terms: Terms) -> TableSpec:
    paths = tuple(
        PathSpec(
            path.subject,
            tuple(StepSpec(step.column, step.to_table, step.to_column) for step in path.steps),
            path.subject in organisations,
        )
        for path in owners
    )
    source = table.source
    return TableSpec(
        table.name,
        tuple(_column(column, terms) for column in table.columns),
        paths,
        table.key,
        table.organisation,
        table.erasure or _suggested(paths),
        table.ground,
        table.records[0].name if table.records else "",
        table.clock,
        _source_column(source),
        dict(source.values) if source else {},
        source.always if source else "",
        table.copy_of,
        table.years,
        tuple(dict.fromkeys(subject for record in table.records for subject in record.subjects)),
        (by.column, by.table, by.key, by.name) if source and (by := source.party) else None,
        table.unchanging,
    )


def _suggested(paths: tuple[PathSpec, ...]) -> str:
    """Where the map does not say: a row of people goes with them; one that is also an organisation's loses only the person."""
    return "delete" if paths and not any(path.organisation for path in paths) else "anonymise"


def _column(column: Column, terms: Terms) -> ColumnSpec:
    categories = tuple(sorted(categories_of(column)))
    if column.link and not categories:
        return ColumnSpec(column.name, "link", identifies=column.identifies, telling=False)
    if column.keys:
        keys = {key: tuple(sorted(found)) for key, found in column.keys.items()}
        return ColumnSpec(column.name, "json", categories, column.identifies, keys)
    if column.free_text or not column.confirmed:
        return ColumnSpec(column.name, "text", categories, column.identifies)
    identifies = identifier_of(column)
    kind = "value" if categories else "plain"
    return ColumnSpec(column.name, kind, categories, identifies, telling=_tells(categories, identifies, terms))


def identifier_of(column: Column) -> str:
    """The kind of identifier that stands in the column as its whole value; "" for none, and for keys and texts."""
    categories = sorted(column.categories)
    if column.identifies or column.link or column.keys or column.free_text or not column.confirmed:
        return column.identifies
    for kind, said in _IDENTIFIES.items():
        if any(category in said for category in categories):
            return kind
    if any(category in _BY_NAME for category in categories):
        words = column.name.lower()
        return next((kind for kind, parts in _NAMES.items() if any(part in words for part in parts)), "")
    return ""


def _tells(categories: tuple[str, ...], identifies: str, terms: Terms) -> bool:
    """Whether one of the categories is more than a fact of the row."""
    return bool(identifies) or any(not any(terms.covers(fact, c) for fact in _FACTS) for c in categories)
