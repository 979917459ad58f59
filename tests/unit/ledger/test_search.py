"""A search finds what was recorded, says what is proven, and sees a changed row."""

import psycopg
import pytest

from avow.ledger import Kind, create_digest_key, create_key, create_ledger, load_digester, open_ledger
from avow.ledger.keys import load_public_key
from avow.ledger.search import PROVEN, SEALED, UNREADABLE, Wanted, find_subject_digests, search_ledger

PAIR, OTHER = "billing.invoice/internal.finance", "marketing.own/internal.marketing"


@pytest.fixture
def book(database, tmp_path):
    """Three entries about Alice and one about nobody, in blocks of their own, under a signed head."""
    create_ledger(database)
    key = create_key(tmp_path / "ledger.key")
    create_digest_key(tmp_path / "digest.key")
    with open_ledger(database, tmp_path / "ledger.key", tmp_path / "heads", tmp_path / "digest.key") as ledger:
        actor, alice = ledger.digester.digest("actor", "staff:1"), ledger.subject_digest("contact:7")
        for kind, pair in ((Kind.READ, PAIR), (Kind.EXPORT, PAIR), (Kind.READ, OTHER)):
            ledger.record_access(kind, pair, "public.invoices", "total", actor, alice, 2, wait=True)
        ledger.record_access(Kind.CHECK, "", "", "", actor, wait=True)
    return database, load_public_key(key), tmp_path / "digest.key"


def test_entries_are_found_by_pair_kind_and_time_newest_first(book):
    dsn, key, _ = book
    everything = search_ledger(dsn, Wanted(), key)
    assert [one.entry.kind for one in everything.found] == [Kind.CHECK, Kind.READ, Kind.EXPORT, Kind.READ]
    assert [one.entry.kind for one in search_ledger(dsn, Wanted(pair="billing"), key).found] == [Kind.EXPORT, Kind.READ]
    assert [one.entry.pair for one in search_ledger(dsn, Wanted(kind="export"), key).found] == [PAIR]
    newest = everything.found[0].entry.at
    assert len(search_ledger(dsn, Wanted(since=newest), key).found) == 1
    assert len(search_ledger(dsn, Wanted(until=newest), key).found) == 3


def test_entries_about_a_person_are_found_from_the_person_alone(book):
    dsn, key, digest_key = book
    digester = load_digester(digest_key)
    alice = find_subject_digests(dsn, digester, ["contact:7", "contact:8"])
    assert len(alice) == 1
    assert len(search_ledger(dsn, Wanted(of=alice, about_somebody=True), key).found) == 3
    nobody = find_subject_digests(dsn, digester, ["contact:8"])
    assert search_ledger(dsn, Wanted(of=nobody, about_somebody=True), key).found == ()


def test_a_search_makes_no_key_for_a_person_that_the_ledger_never_met(book):
    dsn, _, digest_key = book
    find_subject_digests(dsn, load_digester(digest_key), ["contact:8"])
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM ledger.subject_nonce").fetchone() == (1,)


def test_an_entry_under_a_signed_head_is_proven_and_one_without_is_only_sealed(book):
    dsn, key, digest_key = book
    assert {one.proof for one in search_ledger(dsn, Wanted(), key).found} == {PROVEN}
    with open_ledger(dsn, digest_key=digest_key) as ledger:  # a process that only records signs nothing
        ledger.record_access(Kind.READ, PAIR, "", "", ledger.digester.digest("actor", "staff:2"), wait=True)
    newest, *older = search_ledger(dsn, Wanted(), key).found
    assert newest.proof == SEALED
    assert {one.proof for one in older} == {PROVEN}
    assert {one.proof for one in search_ledger(dsn, Wanted(), None).found} == {SEALED}


def test_a_changed_block_is_not_called_proven(book):
    dsn, key, _ = book
    with psycopg.connect(dsn) as connection:
        swap = "UPDATE ledger.block SET body = (SELECT body FROM ledger.block WHERE number = 1) WHERE number = 0"
        connection.execute(swap)
    page = search_ledger(dsn, Wanted(), key)
    assert [one.proof for one in page.found if one.block == 0] == [UNREADABLE]
    assert {one.proof for one in page.found if one.block != 0} == {PROVEN}


def test_a_block_that_is_no_block_is_named(book):
    dsn, key, _ = book
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE ledger.block SET body = 'x' WHERE number = 2")
    page = search_ledger(dsn, Wanted(), key)
    assert page.unreadable == (2,)
    assert len(page.found) == 3


def test_pages_go_on_where_the_last_one_ended(book):
    dsn, key, _ = book
    first = search_ledger(dsn, Wanted(), key, blocks=2)
    second = search_ledger(dsn, Wanted(), key, before=first.next_before)
    assert len(first.found) == 2
    assert len(second.found) == 2
    assert second.next_before == 0
