"""Reading a data map: the model it gives, and every error at once with its place."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from avow.datamap.model import OwnerPath, Pair, SourceOf, Step
from avow.datamap.read import check_datamap, read_custodians, read_datamap
from avow.errors import DataMapError

KNOWN = {
    "category": ["any.personal", "contact.email", "contact.fax", "organisation.contact_name", "payment.invoice"],
    "subject": ["customer", "contact_person"],
    "purpose": ["billing.invoice", "order.process"],
    "recipient": ["internal.finance", "internal.sales"],
    "source": ["subject.form", "subject.order"],
    "place": ["uk"],
}
TERMS = SimpleNamespace(
    find=lambda kind, term: term if term in KNOWN[kind] else None, terms=lambda kind: tuple(KNOWN[kind])
)

GOOD = """\
stores:
  main:
    kind: postgresql
    location: uk
    tables:
      public.contacts:
        key: id
        records:
          - {name: delivery, subjects: [contact_person], where: {contact_role: delivery}}
        attributes: {contact_role: {column: role, values: {delivery: D}}}
        source: {column: source, values: {web: subject.form}}
        clock: created_at
        owners: []
        harmless: true
        hot: [[name, role]]
        columns:
          id: link
          name: [organisation.contact_name]
          role: []
          source: []
          notes: {free_text: [any.personal]}
          memo: {free_text: []}
          extra: {keys: {fax: [contact.fax]}}
          created_at: []
      public.orders:
        records: [{name: order, subjects: customer}]
        owners: [{to: public.contacts, via: [contact_id -> public.contacts.id]}]
        columns: {id: link, contact_id: link, total: [payment.invoice]}
      public.lines:
        records: [{name: line, subjects: [customer]}]
        source: {handling: true}
        owners:
          - {to: public.contacts, via: [order_id -> public.orders.id, contact_id -> public.contacts.id]}
        columns: {order_id: link, amount: [payment.invoice]}
      public.migrations: {ignore: "framework bookkeeping, no person"}
    aggregates:
      by_role:
        table: public.orders
        groups: [{column: role, via: [contact_id -> public.contacts.id]}]
        measures: [count, {sum: total}]
        subject: contact_id
    logins:
      app: {pairs: [order.process/internal.sales], default: order.process/internal.sales, stage: enforce, source: subject.order}
"""


def findings(text: str) -> dict[str, str]:
    return {d.code: str(d.place) for d in check_datamap(text, TERMS)}


def test_a_good_map_is_read_into_the_model_and_has_no_findings():
    store = read_datamap(GOOD, TERMS).find_store("main")
    contacts, lines = store.find_table("public.contacts"), store.find_table("public.lines")
    assert contacts.owners == (OwnerPath("public.contacts"),)
    assert contacts.find_column("notes").categories == {"any.personal"}
    assert contacts.find_column("memo").free_text
    assert contacts.find_column("memo").categories == {"any.personal"}
    assert contacts.find_column("extra").keys == {"fax": frozenset({"contact.fax"})}
    assert contacts.find_column("id").link
    assert contacts.find_attribute("contact_role").values == {"delivery": "D"}
    assert contacts.source == SourceOf("source", {"web": "subject.form"})
    assert contacts.hot == (("name", "role"),)
    assert lines.owners[0].steps[1] == Step("contact_id", "public.contacts", "id")
    assert lines.source.handling
    assert store.find_table("public.migrations").ignore
    assert store.logins[0].default == Pair("order.process", "internal.sales")
    assert store.aggregates[0].measures[1].column == "total"
    assert check_datamap(GOOD, TERMS) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "below"),
    [
        ("location: uk", "location: mars", "map.unknown-term", 0),
        ("kind: postgresql", "kind: postgres", "map.unknown-word", 0),
        ("          name: [organisation.contact_name]", "          name: [organisation.contact]", "map.unknown-term", 0),
        ("clock: created_at", "clock: made_at", "map.unknown-column", 0),
        ("key: id", "key: ident", "map.unknown-column", 0),
        ("contact_role: delivery}}", "role: delivery}}", "map.unknown-attribute", 0),
        ("contact_role: delivery}}", "contact_role: billing}}", "map.unknown-attribute", 0),
        ("{web: subject.form}", "{web: subject.from}", "map.unknown-term", 0),
        ("{handling: true}", "{handling: true, always: subject.form}", "map.bad-source", 0),
        ("[order_id -> public.orders.id,", "[order_id -> public.order.id,", "map.bad-owner-path", 0),
        ("order_id -> public.orders.id,", "order_id = public.orders.id,", "map.bad-owner-path", 0),
        ("{to: public.contacts, via: [contact_id -> public.contacts.id]}", "{to: public.contacts}", "map.bad-owner-path", 0),
        ("{to: public.contacts, via: [contact_id", "{to: public.people, via: [contact_id", "map.bad-owner-path", 0),
        ("pairs: [order.process/internal.sales]", "pairs: [order.process]", "map.bad-pair", 0),
        ("pairs: [order.process/internal.sales]", "pairs: [order.proces/internal.sales]", "map.bad-pair", 0),
        ("default: order.process/internal.sales", "default: billing.invoice/internal.finance", "map.bad-pair", 0),
        ("stage: enforce", "stage: enforced", "map.unknown-word", 0),
        ("source: subject.order}", "source: subject.orders}", "map.unknown-term", 0),
        ("harmless: true", "harmfull: true", "yaml.unknown-key", 0),
        ("          role: []", "          role: []\n          id: link", "yaml.duplicate-key", 1),
        ("records: [{name: order, subjects: customer}]", "harmless: true", "map.no-record", 0),
        ("public.migrations:", "migrations:", "map.unknown-table", 0),
        ("{ignore:", "{columns: {a: []}, ignore:", "map.ignored-personal", 0),
        ("{sum: total}", "{sum: totals}", "map.unknown-column", -2),
        ("{sum: total}", "{median: total}", "yaml.unknown-key", 0),
        ("        records: [{name: order,", "        copy_of: nothing\n        records: [{name: order,", "map.unknown-table", 0),
    ],
)  # fmt: skip
def test_each_mistake_is_a_diagnostic_on_its_line(old, new, code, below):
    line = GOOD[: GOOD.index(old)].count("\n") + 1 + below
    found = [(d.code, d.place.line) for d in check_datamap(GOOD.replace(old, new, 1), TERMS)]
    assert (code, line) in found, found


def test_all_mistakes_are_told_at_once_and_sorted_by_place():
    text = GOOD.replace("uk", "mars").replace("enforce", "enforced").replace("clock: created_at", "clock: never")
    with pytest.raises(DataMapError) as told:
        read_datamap(text, TERMS)
    assert told.value.codes == ("map.unknown-term", "map.unknown-column", "map.unknown-word")


def test_an_unknown_term_is_answered_with_the_nearest_one():
    (found,) = check_datamap(
        GOOD.replace("[payment.invoice]}\n      public.lines", "[payment.invoce]}\n      public.lines"), TERMS
    )
    assert found.help == "did you mean `payment.invoice`?"


@pytest.mark.parametrize("written", ["role:", "role: {categories: [contact.email], confirmed: false}"])
def test_a_column_that_nobody_confirmed_is_a_warning_and_stays_unconfirmed(written):
    text = GOOD.replace("          role: []", f"          {written}")
    (found,) = check_datamap(text, TERMS)
    assert (found.code, found.severity) == ("map.unconfirmed-column", "warning")
    assert not read_datamap(text, TERMS).stores[0].tables[0].find_column("role").confirmed


def test_an_enforced_unmodified_login_without_a_default_is_a_warning():
    (found,) = check_datamap(GOOD.replace("default: order.process/internal.sales, ", ""), TERMS)
    assert (found.code, found.severity) == ("map.bad-pair", "warning")


def test_a_file_that_is_not_there_is_a_diagnostic(tmp_path):
    with pytest.raises(DataMapError) as told:
        read_datamap(tmp_path / "datamap.yaml", TERMS)
    assert told.value.codes == ("map.cannot-read",)


def test_a_file_is_read_from_its_path(tmp_path):
    (tmp_path / "datamap.yaml").write_text(GOOD)
    assert read_datamap(tmp_path / "datamap.yaml", TERMS) == read_datamap(str(tmp_path / "datamap.yaml"), TERMS)


def test_custodians_are_added_to_their_stores():
    text = (
        "custodians:\n  - {store: main, role: own, holder: Bob, reason: it owns, seen_by: log, expires: 2027-03-31}\n"
    )
    (custodian,) = read_custodians(text, read_datamap(GOOD, TERMS)).stores[0].custodians
    assert (custodian.role, custodian.expires) == ("own", "2027-03-31")


def test_a_custodian_without_an_end_or_in_an_unknown_store_is_a_diagnostic():
    text = "custodians:\n  - {store: man, role: own, holder: Bob, reason: r, seen_by: log, expires: never}\n  - {role: x}\n"
    with pytest.raises(DataMapError) as told:
        read_custodians(text, read_datamap(GOOD, TERMS))
    assert told.value.codes == ("map.bad-custodian", "map.bad-custodian", *["yaml.missing-key"] * 4)
