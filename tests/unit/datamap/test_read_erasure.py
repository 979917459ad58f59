"""What a data map says about erasing: per table, per column, and for stores that a person works on."""

from __future__ import annotations

import pytest

from avow.compilers.duties import duty_spec
from avow.datamap.model import ByHand
from avow.datamap.read import check_datamap, read_datamap
from avow.errors import DataMapError
from avow.stores.duty import HandSpec, StepSpec, StoreSpec
from avow.vocabulary import load_vocabulary

TERMS = load_vocabulary()
MACHINE = """\
stores:
  main:
    kind: postgresql
    location: uk
    tables:
      s.firms:
        is: organisation
        key: id
        records: [{name: firm, subjects: [customer]}]
        columns: {id: link, name: [organisation.name], email: [contact.email]}
      s.people:
        key: id
        records: [{name: contact, subjects: [contact_person]}]
        clock: since
        columns:
          id: link
          firm_id: link
          name: [organisation.contact_name]
          mobile: [contact.phone]
          lead_mail: [marketing.lead_contact]
          member: {categories: [account.profile], identifies: customer_number}
          since: []
      s.orders:
        records: [{name: order, subjects: [contact_person]}]
        owners:
          - {to: s.people, via: [placed_by -> s.people.id]}
          - {to: s.firms, via: [firm_id -> s.firms.id]}
        columns: {id: link, placed_by: link, firm_id: link, total: [payment.transaction], note: {free_text: [any.personal]}}
      s.notes:
        records: [{name: note, subjects: [contact_person]}]
        owners: [{to: s.people, via: [log_id -> s.logs.id, person -> s.people.id]}]
        columns: {id: link, log_id: link, extra: {keys: {fax: [contact.fax]}}, unknown: }
      s.logs:
        columns: {id: link, person: link}
      s.invoices:
        erasure: keep
        ground: tax law
        years: 6
        records: [{name: invoice, subjects: [contact_person]}]
        owners: [{to: s.people, via: [person -> s.people.id]}]
        columns: {id: link, person: link, amount: [payment.invoice]}
      s.old:
        records: [{name: old, subjects: [contact_person]}]
        columns: {mail: [contact.email]}
      s.settings: {ignore: "no person"}
"""
BY_HAND = """\
stores:
  mailbox:
    kind: manual
    location: uk
    owner: head of support
    data: [communication.support_ticket]
    instructions: {find: look, export: save, change: answer, erase: delete}
"""


def spec() -> StoreSpec:
    return duty_spec(read_datamap(MACHINE, TERMS).stores[0], TERMS)


def test_an_erasure_that_the_map_does_not_say_is_suggested_by_whom_the_rows_lead_to() -> None:
    erasures = {table.name: table.erasure for table in spec().tables}
    assert erasures == {
        "s.firms": "anonymise", "s.people": "delete", "s.orders": "anonymise", "s.notes": "delete", "s.logs": "delete",
        "s.invoices": "keep", "s.old": "anonymise",
    }  # fmt: skip
    invoices = spec().find_table("s.invoices")
    assert invoices is not None
    assert (invoices.ground, invoices.years) == ("tax law", 6)


def test_a_path_through_a_table_makes_its_rows_the_persons_too() -> None:
    logs = spec().find_table("s.logs")
    assert logs is not None
    assert [path.steps for path in logs.paths] == [(StepSpec("person", "s.people", "id"),)]


def test_organisations_are_context_and_not_people() -> None:
    orders, firms = spec().find_table("s.orders"), spec().find_table("s.firms")
    assert orders is not None
    assert firms is not None
    assert firms.organisation
    assert [path.subject for path in orders.people] == ["s.people"]


def test_identifiers_are_known_by_category_by_name_and_by_what_the_map_says() -> None:
    people = spec().find_table("s.people")
    assert people is not None
    assert {c.name: c.identifies for c in people.columns} == {
        "id": "", "firm_id": "", "name": "name", "mobile": "phone", "lead_mail": "email", "member": "customer_number", "since": "",
    }  # fmt: skip


def test_columns_are_values_links_texts_json_or_nothing_personal_and_facts_do_not_tell_who() -> None:
    kinds = {f"{t.name}.{c.name}": (c.kind, c.telling) for t in spec().tables for c in t.columns}
    assert kinds["s.orders.total"] == ("value", False)
    assert kinds["s.orders.note"] == ("text", True)
    assert kinds["s.notes.extra"] == ("json", True)
    assert kinds["s.notes.unknown"] == ("text", True)  # nobody confirmed it
    assert kinds["s.people.name"] == ("value", True)
    assert kinds["s.people.since"][0] == "plain"
    assert kinds["s.people.firm_id"] == ("link", False)


def test_national_numbers_are_read_by_the_country_where_the_store_stands() -> None:
    assert spec().calling_code == "44"


def test_a_store_that_a_person_works_on_has_an_owner_and_words_for_each_step() -> None:
    store = read_datamap(BY_HAND, TERMS).stores[0]
    words = {"find": "look", "export": "save", "change": "answer", "erase": "delete"}
    assert store.by_hand == ByHand("head of support", words, frozenset({"communication.support_ticket"}))
    found = duty_spec(store, TERMS)
    assert found.tables == ()
    assert found.by_hand == HandSpec("head of support", words, ("communication.support_ticket",), 7)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("        ground: tax law\n        years: 6\n", "", "map.bad-erasure"),
        ("erasure: keep\n", "erasure: delete\n", "map.bad-erasure"),
        ("erasure: keep\n", "erasure: burn\n", "map.unknown-word"),
        ("years: 6", "years: 0", "map.bad-erasure"),
        ("years: 6", "years: some", "yaml.wrong-shape"),
        ("is: organisation\n        key: id\n", "is: organisation\n", "map.bad-erasure"),
        ("is: organisation", "is: company", "map.unknown-word"),
        ("identifies: customer_number", "identifies: shoe_size", "map.unknown-word"),
        ("    location: uk\n", "    location: uk\n    owner: somebody\n", "map.by-hand"),
    ],
)
def test_what_a_map_says_wrongly_about_erasing_is_told_with_its_place(old: str, new: str, code: str) -> None:
    assert old in MACHINE
    found = [d for d in check_datamap(MACHINE.replace(old, new, 1), TERMS) if d.severity == "error"]
    assert code in [d.code for d in found]
    assert all(d.place.line for d in found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    owner: head of support\n", ""),
        (", erase: delete", ""),
        ("    data: [communication.support_ticket]\n", ""),
        ("    location: uk\n", "    location: uk\n    remind_days: 0\n"),
        ("    location: uk\n", "    location: uk\n    tables: {s.x: {ignore: x}}\n"),
    ],
)
def test_a_store_by_hand_that_lacks_something_is_refused(old: str, new: str) -> None:
    assert old in BY_HAND
    with pytest.raises(DataMapError) as refused:
        read_datamap(BY_HAND.replace(old, new, 1), TERMS)
    assert set(refused.value.codes) == {"map.by-hand"}
