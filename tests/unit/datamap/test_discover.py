"""Proposals from names and samples, and sentences that patterns can read; no database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avow.datamap.columns import propose_column
from avow.datamap.discover import discover
from avow.datamap.draft import draft_map, draft_promises
from avow.datamap.names import copied_name, find_by_name, stem, subject_kind
from avow.datamap.patterns import propose_promise
from avow.datamap.read import check_datamap
from avow.stores.port import ColumnInfo, StoreDescription, TableInfo
from avow.vocabulary import load_vocabulary


def column(name: str, kind: str = "text", comment: str = "") -> ColumnInfo:
    return ColumnInfo(name, kind, True, 1, comment=comment)


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("email", "contact.email"),
        ("submitter_email", "contact.email"),
        ("firstName", "identity.name"),
        ("billing_address", "payment.billing_address"),
        ("last_login", "usage.access_time"),
        ("email_box_pass", "account.password"),
        ("dob", "demographic.age"),
    ],
)
def test_a_name_points_at_one_category(name: str, category: str) -> None:
    found = find_by_name(name)
    assert set(found) == {category}
    assert all(weight < 1 for weight in found.values())


@pytest.mark.parametrize(
    "name", ["id", "status", "total", "shipping_cost", "email_verified_count", "description", "page"]
)
def test_a_name_that_says_nothing_points_at_nothing(name: str) -> None:
    assert find_by_name(name) == {}


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("public.end_users", "end_user"),
        ("public.support_contacts", "contact_person"),
        ("shop.Customers", "customer"),
        ("public.widgets", ""),
    ],
)
def test_a_table_is_of_the_subject_that_its_last_word_names(table: str, kind: str) -> None:
    assert subject_kind(table)[0] == kind


def test_copies_are_known_by_their_names() -> None:
    assert [copied_name(f"public.{n}") for n in ("contacts_2019", "old_contacts", "contacts_bak", "contacts")] == [
        "contacts",
        "contacts",
        "contacts",
        "",
    ]
    assert stem("public.companies") == "company"


def test_a_name_that_its_sample_does_not_bear_out_is_less_sure() -> None:
    said = propose_column(column("email"), None)
    borne = propose_column(column("email"), ["alice@customer.invalid"] * 9)
    against = propose_column(column("email"), ["yes", "no"] * 30)
    assert against.confidence < said.confidence < borne.confidence


def test_values_outweigh_a_name_that_says_nothing() -> None:
    found = propose_column(column("v17"), ["alice@customer.invalid", "bob@desk.invalid"])
    assert found.column.categories == {"contact.email"}


def test_short_notes_are_free_text_all_the_same() -> None:
    found = propose_column(column("comment"), ["We look into it."] * 200)
    assert found.column.free_text
    assert found.column.categories == {"any.personal"}


def test_a_number_is_not_personal_because_its_name_is_a_word() -> None:
    assert not propose_column(column("position", "integer"), [1, 2]).column.categories


def test_keys_of_json_that_could_be_people_are_never_written() -> None:
    values = [{"alice.archer@customer.invalid": 1}, {"Bob_Jones": 2}, {"fax": "+44 20 7946 0001"}]
    found = propose_column(column("extra", "jsonb"), values)
    assert found.column.free_text
    assert "archer" not in repr(found)
    assert "Bob" not in repr(found)


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20), st.text(max_size=30))
@example("NULL", "0", "")
@example("true", "null", "~")
def test_any_name_a_store_allows_gives_a_draft_that_can_be_read(table: str, name: str, comment: str) -> None:
    names = [f"public.{table}".replace("\0", "x"), name.replace("\0", "x")]
    info = TableInfo(names[0], "table", (column(names[1], comment=comment), column("email")), comment=comment)
    description = StoreDescription("postgresql", "18", "", (info,))
    text = draft_map("main", description, discover(description))
    assert {d.code for d in check_datamap(text, load_vocabulary()) if d.severity == "error"} <= {"yaml.duplicate-key"}


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        (
            "We never sell your e-mail address to third parties.",
            "forbid: {data: [contact.email], recipients: [thirdparty.any]}",
        ),
        (
            "We do not use your tickets for marketing.",
            "forbid: {data: [communication.support_ticket], purposes: [marketing]}",
        ),
        ("Your data is stored in the European Union.", "require.place: {places: [eu], data: [any.personal]}"),
        ("You have the right to object to marketing.", "right: {right: objection}"),
        ("We may change this policy.", "require.version: {}"),
    ],
)
def test_a_sentence_with_the_words_for_it_gets_a_rule(sentence: str, rule: str) -> None:
    found = propose_promise(sentence)
    assert found is not None
    assert found.rules == (rule,)


@pytest.mark.parametrize(
    "sentence",
    [
        "We take privacy seriously.",
        "We hold your e-mail address.",
        "Our support staff are friendly.",
        "Your data does not stay in the United Kingdom.",
    ],
)
def test_a_sentence_without_all_of_them_stays_unread(sentence: str) -> None:
    assert propose_promise(sentence) is None


def test_a_sentence_that_stands_twice_stays_unread_because_it_has_no_place_of_its_own() -> None:
    text = "We never sell your data to third parties.\n\nWe never sell your data to third parties.\n"
    drafted = draft_promises(text, "2026-01")
    assert drafted.count("# unread") == 2
    assert "promises: []" in drafted


def test_what_cannot_be_sampled_is_not_called_harmless() -> None:
    info = TableInfo("public.things", "table", (column("remark_code"),))

    def refuse(table: str, columns: Any, rows: int) -> list[tuple[Any, ...]]:
        return []

    description = StoreDescription("postgresql", "18", "", (info,))
    assert "remark_code: {confirmed: false}" in draft_map("main", description, discover(description, refuse))
