"""What the ledger holds about one person is found, of nobody else, and not after their key was dropped."""

from __future__ import annotations

import psycopg
import pytest

from avow.errors import LedgerError
from avow.ledger import Kind, create_digest_key, create_ledger, find_uses, load_digester, open_ledger

PAIR = "support.provide/internal.support"


@pytest.fixture
def recorded(database, tmp_path):
    """(dsn, digest key) of a ledger with 2,000 entries about others around three about Alice."""
    create_ledger(database)
    key = tmp_path / "digest.key"
    create_digest_key(key)
    with open_ledger(database, digest_key=key) as ledger:
        actor = ledger.digester.digest("actor", "staff:1")
        for n in range(2_000):
            of = ledger.subject_digest(f"contact:{n % 50 + 100}")
            ledger.record_access(Kind.READ, PAIR, "public.tickets", "title", actor, of)
            if n % 900 == 0:
                ledger.record_access(
                    Kind.READ, PAIR, "public.contacts", "email,name", actor, ledger.subject_digest("contact:7")
                )
        ledger.record_access(
            Kind.DISCLOSE,
            "order.deliver/processor.delivery",
            "public.deliveries",
            "",
            actor,
            ledger.subject_digest("end_user:3"),
            wait=True,
        )
    return database, key


def test_the_entries_about_a_person_are_found_under_all_their_names(recorded):
    dsn, key = recorded
    found = list(find_uses(dsn, load_digester(key), ["contact:7", "end_user:3", "contact:8"]))
    assert [(e.kind, e.pair, e.tables, e.columns) for e in found] == [
        *[(Kind.READ, PAIR, "public.contacts", "email,name")] * 3,
        (Kind.DISCLOSE, "order.deliver/processor.delivery", "public.deliveries", ""),
    ]
    assert [e.at for e in found] == sorted(e.at for e in found)


def test_others_have_their_own(recorded):
    dsn, key = recorded
    assert len(list(find_uses(dsn, load_digester(key), ["contact:100"]))) == 40


def test_looking_for_somebody_makes_no_key(recorded):
    dsn, key = recorded
    assert list(find_uses(dsn, load_digester(key), ["contact:9999"])) == []
    with psycopg.connect(dsn) as conn:
        assert conn.execute("SELECT count(*) FROM ledger.subject_nonce").fetchone() == (52,)


def test_after_the_key_is_dropped_nothing_is_found_and_others_stay(recorded):
    dsn, key = recorded
    with open_ledger(dsn, digest_key=key) as ledger:
        assert ledger.drop_subject_key("contact:7")
    assert list(find_uses(dsn, load_digester(key), ["contact:7"])) == []
    assert len(list(find_uses(dsn, load_digester(key), ["end_user:3", "contact:101"]))) == 41


def test_a_changed_block_is_named(recorded):
    dsn, key = recorded
    with psycopg.connect(dsn) as conn:
        conn.execute("UPDATE ledger.block SET body = 'x' WHERE number = 0")
    with pytest.raises(LedgerError) as found:
        list(find_uses(dsn, load_digester(key), ["contact:7"]))
    assert found.value.codes == ("ledger.block-changed",)


def test_a_changed_digest_hides_nobody(recorded):
    """Digests stand at the end of a body and are searched before anything is decompressed: the header's digest guards them."""
    dsn, key = recorded
    with psycopg.connect(dsn) as conn:
        last = "length(body) - 1"
        conn.execute(
            f"UPDATE ledger.block SET body = set_byte(body, {last}, get_byte(body, {last}) # 1) WHERE number = 1"
        )
    with pytest.raises(LedgerError) as found:
        list(find_uses(dsn, load_digester(key), ["contact:9999", "contact:7"]))
    assert found.value.codes == ("ledger.block-changed",)
