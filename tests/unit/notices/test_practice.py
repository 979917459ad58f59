"""The report of practice: what is done stands in it once, and what no sentence says is missing one."""

from dataclasses import replace
from pathlib import Path

import pytest

from avow.datamap.practice import Doings, LiveStore, list_practice, unsaid
from avow.datamap.read import read_datamap
from avow.policy import read_recipients, read_versions
from avow.stores.port import ColumnInfo, StoreDescription, TableInfo
from avow.vocabulary import load_vocabulary

EXAMPLE = Path(__file__).parents[3] / "examples" / "cloudsentric"


@pytest.fixture(scope="module")
def company():
    vocabulary = load_vocabulary()
    version = read_versions(EXAMPLE, "cloudsentric", vocabulary)[-1]
    return version, vocabulary, read_datamap(EXAMPLE / "datamap.yaml", vocabulary), read_recipients(EXAMPLE, vocabulary)


def live(store_map, *more):
    tables = [
        TableInfo(t.name, "table", tuple(ColumnInfo(c.name, "text", True, 1) for c in t.columns))
        for t in store_map.tables
    ]
    return LiveStore(store_map, StoreDescription("postgresql", "18", "here", (*tables, *more)))


def missing(company, doings):
    version, vocabulary, _, _ = company
    return [f"{one.kind} {one.what}" for one in unsaid(list_practice(version, vocabulary, doings))]


def test_everything_that_the_example_does_has_a_sentence(company):
    _, _, datamap, recipients = company
    stores = tuple(live(s) if s.kind != "manual" else LiveStore(s) for s in datamap.stores)
    assert missing(company, Doings(stores, recipients, ("billing.invoice/internal.finance", "access/subject"))) == []


def test_an_unmapped_table_a_strange_source_and_an_unsaid_use_are_missing_one(company):
    _, _, datamap, _ = company
    attic = TableInfo("public.attic", "table", (ColumnInfo("name", "text", True, 1),))
    store = live(datamap.stores[0], attic)
    strange = LiveStore(
        store.map, store.description, {"public.leads": 3}, {"policy:public.leads:p9": ("gone-promise",)}
    )
    assert missing(company, Doings((strange,), uses=("marketing.own/internal.finance",))) == [
        "collection main: public.attic (nobody mapped it)",
        "source main: 3 rows of public.leads from a source that nobody mapped",
        "use marketing.own/internal.finance",
        "safeguard main: policy:public.leads:p9",
    ]


def test_a_recipient_that_no_sentence_names_is_missing_one(company):
    _, _, _, recipients = company
    broker = replace(recipients[0], id="a-broker", kind="thirdparty.list_broker", purposes=("marketing.third_party",))
    assert missing(company, Doings((), (broker,))) == ["recipient a-broker (thirdparty.list_broker)"]
    wider = replace(recipients[0], purposes=("order.deliver", "marketing.own"))
    assert missing(company, Doings((), (wider,))) == [f"recipient {wider.id} ({wider.kind})"]
