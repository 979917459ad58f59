"""Registered ways in and the register of needs: from YAML to the model.

Promises: an intake names a mapped table, its columns and a source that rows of the table may state; a need names a mapped column
and at least one product or service. Every mistake is a diagnostic with its place. Refuses free facts: what a delivery must state
comes from a closed list, so that a database can ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from avow.datamap.model import Intake, StoreMap, Table
from avow.datamap.words import Terms, one_of, party, term
from avow.yamlplaces import Node, did_you_mean

# fact of a delivery -> what it is: a firm, text, a day, purposes
BATCH_FACTS: Mapping[str, str] = {
    "broker": "firm",
    "reseller": "firm",
    "event": "firm",
    "contract": "text",
    "obtained_on": "day",
    "licensed_until": "day",
    "permitted_use": "purposes",
}
_INTAKE_KEYS = ("required", "fixed", "batch", "party", "screen", "purpose", "only")


def intake(name: str, node: Node, terms: Terms) -> Intake:
    """One way in."""
    given = node.mapping(_INTAKE_KEYS, required=("table", "source", "columns"), what=f"intake `{name}`")
    columns = given["columns"].mapping() if "columns" in given else {}
    fixed = given["fixed"].mapping() if "fixed" in given else {}
    facts = given["batch"].sequence(one=True) if "batch" in given else ()
    return Intake(
        name,
        given["table"].text() if "table" in given else "",
        term(given["source"], "source", terms) if "source" in given else "",
        {field: below.text() for field, below in columns.items()},
        given["required"].texts() if "required" in given else (),
        {column: below.raw for column, below in fixed.items()},
        tuple(one_of(entry, BATCH_FACTS, "fact of a delivery") for entry in facts),
        party(given["party"]) if "party" in given else None,
        given["screen"].texts() if "screen" in given else (),
        term(given["purpose"], "purpose", terms) if "purpose" in given else "",
        "only" in given and given["only"].flag(),
        node.place,
    )


def check_intake(way: Intake, store: StoreMap, node: Node) -> None:
    """What an intake names must stand in the map."""
    table = store.find_table(way.table)
    if table is None:
        help = did_you_mean(way.table, [t.name for t in store.tables])
        node.add("map.unknown-table", f"`{way.name}` takes rows of `{way.table}`, which is not mapped", help)
        return
    named = [*way.columns.values(), *way.fixed, *((way.party.column,) if way.party else ())]
    for name in named:
        if not table.find_column(name):
            known = [c.name for c in table.columns]
            help = did_you_mean(name, known)
            node.add("map.unknown-column", f"`{way.name}` names `{name}`, no column of `{table.name}`", help)
    for name in way.required:
        if name not in way.columns:
            help = did_you_mean(name, way.columns)
            node.add("map.unknown-column", f"`{way.name}` requires `{name}`, none of its fields", help)
    _check_lists(way, store, node)
    _check_source(way, table, node)


def _check_lists(way: Intake, store: StoreMap, node: Node) -> None:
    for place in way.screen:
        home, _, column = place.rpartition(".")
        table = store.find_table(home)
        if table is None or not table.find_column(column):
            help = "write it as `public.suppression.email`"
            node.add("map.unknown-column", f"`{way.name}` screens against `{place}`, which is not mapped", help)


def _check_source(way: Intake, table: Table, node: Node) -> None:
    """A row must be able to say that it came in here."""
    source = table.source
    if source is None:
        node.add("map.bad-source", f"`{table.name}` has no `source`", "say how its rows tell where they come from")
        return
    stated = {term for value, term in source.values.items() if way.fixed.get(source.column) == value}
    if source.column and way.source not in stated:
        help = f"add `fixed: {{{source.column}: <the value that means {way.source}>}}`"
        node.add("map.bad-source", f"rows of `{way.name}` would not state the source `{way.source}`", help)


def needs_of(node: Node, tables: Iterable[Table], terms: Terms) -> dict[str, dict[str, tuple[str, ...]]]:
    """purpose -> "schema.table.column" -> products and services."""
    known = {f"{table.name}.{column.name}" for table in tables for column in table.columns}
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for purpose, below in node.mapping().items():
        if terms.find("purpose", purpose) is None:
            help = did_you_mean(purpose, [getattr(t, "id", t) for t in terms.terms("purpose")])
            below.add("map.unknown-term", f"`{purpose}` is not a purpose of the vocabulary", help)
        found[purpose] = {place: _need(place, entry, known) for place, entry in below.mapping().items()}
    return found


def _need(place: str, node: Node, known: set[str]) -> tuple[str, ...]:
    if place not in known:
        node.add("map.unknown-column", f"`{place}` is no mapped column", did_you_mean(place, known))
    words = node.texts()
    if not words:
        help = "name the products or services, or remove the field: it is then read by nobody under this purpose"
        node.add("map.no-need", f"`{place}` stands in the register of needs without a need", help)
    return words
