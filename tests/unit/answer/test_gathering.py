"""Uses come from the policy by the reference engine and from the ledger; recipients by name; times from policy and map."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from avow.datamap.read import read_datamap
from avow.duties.rights.answer import LoggedUse, list_logged_uses, list_recipients, list_register, list_retention
from avow.ledger import NOBODY, Entry, Kind
from avow.policy import RecipientEntry, read_versions
from avow.stores.duty import StoreSpec, TableSpec
from avow.vocabulary import load_vocabulary

PROJECT = Path(__file__).parents[3] / "examples" / "cloudsentric"
WORDS = load_vocabulary()


@pytest.fixture(scope="module")
def version():
    return read_versions(PROJECT, "cloudsentric", WORDS)[-1]


@pytest.fixture(scope="module")
def store_map():
    return read_datamap(PROJECT / "datamap.yaml", WORDS).stores[0]


def uses_of(version, store_map, column, state=frozenset()):
    table, _, name = column.rpartition(".")
    found = list_register(version, store_map, WORDS, state)
    return {(use.purpose, use.recipient): use for use in found["main", table, name]}


def test_a_permit_under_a_condition_of_the_row_is_told_with_it(version, store_map):
    found = uses_of(version, store_map, "public.contacts.email")
    assert found["support.provide", "internal.support"].condition == "only where the contact role is support"
    assert found["order.process", "internal.sales"].condition == ""


def test_a_use_that_no_promise_permits_is_not_told(version, store_map):
    found = uses_of(version, store_map, "public.credit_reports.score")
    assert {purpose for purpose, _ in found} <= {"risk.credit"}
    assert ("billing.invoice", "internal.finance") not in uses_of(version, store_map, "public.messages.body")


def test_a_condition_that_no_row_of_the_table_can_meet_gives_no_use(version, store_map):
    """Deliveries are for contacts of that role; organisations have no role."""
    assert ("order.deliver", "internal.sales") not in uses_of(version, store_map, "public.organisations.email")


def test_an_objection_stops_its_use_and_no_other(version, store_map):
    marks = frozenset({"objected:marketing.own"})
    found = uses_of(version, store_map, "public.leads.email", marks)
    assert found["marketing.own", "internal.sales"].stopped == "objected"
    assert found["marketing.affiliate", "internal.sales"].stopped == ""
    assert uses_of(version, store_map, "public.leads.email")["marketing.own", "internal.sales"].stopped == ""


def test_a_use_comes_with_the_words_of_the_policy(version, store_map):
    use = uses_of(version, store_map, "public.contacts.email")["support.provide", "internal.support"]
    assert use.promise in " ".join(version.text.split())


def entry(kind, pair, day, tables="public.contacts", columns=""):
    at = int(datetime(2026, 1, day, 12, tzinfo=UTC).timestamp() * 1e6)
    return Entry(kind, at, pair, tables, columns, NOBODY, NOBODY, 1)


def test_uses_of_one_pair_are_drawn_together():
    pair = "support.provide/internal.support"
    found = list_logged_uses(
        [entry(Kind.READ, pair, 7), entry(Kind.READ, pair, 3), entry(Kind.READ, pair, 5, columns="email,+")]
    )
    assert found == (
        LoggedUse(
            "support.provide",
            "internal.support",
            "read",
            ("public.contacts",),
            (),
            2,
            date(2026, 1, 3),
            date(2026, 1, 7),
        ),
        LoggedUse(
            "support.provide",
            "internal.support",
            "read",
            ("public.contacts",),
            ("email",),
            1,
            date(2026, 1, 5),
            date(2026, 1, 5),
        ),
    )


COURIER = RecipientEntry("courier", "processor.delivery", "Courier Ltd", "uk", ("order.deliver",), ("contact.phone",))
OTHER = RecipientEntry("other-courier", "processor.delivery", "Other Ltd", "uk", ("order.deliver",), ("contact.phone",))


def given(recipient, *days):
    return list_logged_uses([entry(Kind.DISCLOSE, f"order.deliver/{recipient}", day) for day in days])


def test_a_recipient_is_told_by_name_with_its_days():
    (one,) = list_recipients([COURIER], given("processor.delivery", 3, 3, 9), WORDS)
    assert (one.name, one.dates) == ("Courier Ltd", (date(2026, 1, 3), date(2026, 1, 9)))


def test_a_kind_that_fits_two_firms_is_told_as_unnamed_beside_both():
    found = list_recipients([COURIER, OTHER], given("processor.delivery", 3), WORDS)
    assert [(one.name, one.dates) for one in found] == [
        ("Courier Ltd", ()),
        ("Other Ltd", ()),
        ("", (date(2026, 1, 3),)),
    ]
    found = list_recipients([COURIER, OTHER], given("other_courier", 3), WORDS)
    assert [(one.name, one.dates) for one in found] == [("Courier Ltd", ()), ("Other Ltd", (date(2026, 1, 3),))]


def test_departments_and_the_person_are_no_recipients():
    log = list_logged_uses(
        [entry(Kind.EXPORT, "right.access/subject", 3), entry(Kind.EXPORT, "analytics.sales/internal.sales", 3)]
    )
    assert list_recipients([], log, WORDS) == ()


def test_a_firm_that_receives_nothing_is_not_told():
    assert list_recipients([RecipientEntry("sister", "group.affiliate", "Sister Ltd")], (), WORDS) == ()


def test_what_the_map_keeps_comes_with_ground_and_years(version):
    spec = StoreSpec(
        "main", "postgresql", "uk", (TableSpec("public.invoices", (), erasure="keep", ground="tax law", years=6),)
    )
    (rule,) = list_retention(version, [spec])
    assert (rule.tables, rule.ground, rule.years, rule.after) == ((("main", "public.invoices"),), "tax law", 6, "row")
