"""What `record` promises: order, durability on request, nothing but names and digests, one block once."""

from __future__ import annotations

import os
import threading

import psycopg
import pytest

from avow.errors import LedgerError
from avow.ledger import NOBODY, Digest, Kind, create_digest_key, create_key, create_ledger, open_ledger
from avow.ledger.block import BadBlock, as_columns, pack_columns, read_entries
from avow.ledger.chain import Chain
from avow.ledger.heads import load_heads
from avow.ledger.keys import load_key, load_public_key
from avow.ledger.tree import inclusion_holds, leaf_hash

from .conftest import entry_of

PAIR = "support.provide/internal.support"


def read_all(dsn):
    with psycopg.connect(dsn) as conn:
        rows = conn.execute("select body from ledger.block order by number").fetchall()
    return [entry for (body,) in rows for entry in read_entries(body)]


def test_entries_come_back_as_they_were_recorded_and_in_order(bare):
    with bare.open() as ledger:
        entries = [entry_of(ledger, n) for n in range(2500)]
        for entry in entries:
            ledger.record(entry)
        ledger.flush()
    assert read_all(bare.dsn) == entries


def test_an_access_that_waits_is_durable_when_the_call_returns(bare):
    with bare.open() as ledger:
        actor = ledger.digester.digest("actor", "staff:42")
        receipt = ledger.record_access(Kind.EXPORT, PAIR, "public.contacts", "email", actor, wait=True)
        assert receipt is not None
        assert (receipt.number, receipt.index) == (0, 0)
        assert read_all(bare.dsn)[0].kind is Kind.EXPORT


def test_threads_and_processes_append_to_one_tree(bare):
    with bare.open() as one, bare.open(sign=False) as two:
        entries = [entry_of(one, n) for n in range(300)]
        threads = [
            threading.Thread(target=lambda led=led: [led.record_and_wait(e) for e in entries[:50]])
            for led in (one, two, one, two)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(read_all(bare.dsn)) == 200
    assert bare.verify().holds


def test_a_forked_child_records_into_blocks_of_its_own(bare):
    with bare.open(sign=False) as ledger:
        ledger.record_and_wait(entry_of(ledger, 1))
        child = os.fork()
        if child == 0:
            ledger.record_and_wait(entry_of(ledger, 2))
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        ledger.record_and_wait(entry_of(ledger, 3))
    assert [entry.rows for entry in read_all(bare.dsn)] == [1, 2, 3]


@pytest.mark.parametrize("text", ["alice@example.invalid", "Alice Smith", "x" * 3000, "a/b\n", "émile", "a..b"])
def test_a_text_that_is_no_name_is_refused_and_not_echoed(bare, text):
    with bare.open(sign=False) as ledger:
        with pytest.raises(LedgerError) as caught:
            ledger.record(entry_of(ledger)._replace(tables=text))
        assert caught.value.codes == ("ledger.not-a-name",)
        assert text not in str(caught.value)


def test_an_identifier_in_the_clear_is_refused(bare):
    with bare.open(sign=False) as ledger:
        with pytest.raises(LedgerError) as caught:
            ledger.record(entry_of(ledger)._replace(of=b"alice-is-in-here"))
        assert caught.value.codes == ("ledger.not-a-digest",)
        with pytest.raises(LedgerError):
            Digest(b"alice")


def test_an_erased_persons_digest_can_never_be_made_again(bare):
    with bare.open(sign=False) as ledger:
        before = ledger.subject_digest("contact:7")
        assert ledger.subject_digest("contact:7") == before != ledger.subject_digest("contact:8")
        assert ledger.drop_subject_key("contact:7")
        assert ledger.subject_digest("contact:7") != before
        assert not ledger.drop_subject_key("contact:9")


def test_a_killed_connection_writes_each_entry_once(bare):
    with bare.open(sign=False) as ledger:
        ledger.record_and_wait(entry_of(ledger, 1))
        with psycopg.connect(bare.dsn, autocommit=True) as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'avow-ledger' and datname = current_database()"
            )
        ledger.record_and_wait(entry_of(ledger, 2))
    assert [entry.rows for entry in read_all(bare.dsn)] == [1, 2]
    assert bare.verify(outside=False).holds


def test_a_block_whose_answer_was_lost_is_found_again(bare):
    with bare.open(sign=False) as ledger:
        packed = pack_columns(as_columns([entry_of(ledger)]), b"s" * 16)
    chain = Chain(bare.dsn)
    number = chain.append(packed)
    assert chain.find_block(packed.body_digest, 0) == number
    assert chain.find_block(packed.body_digest, number + 1) is None
    chain.close()


def test_waiting_for_a_database_that_is_gone_is_refused(bare, cluster):
    ledger = bare.open(sign=False)
    with psycopg.connect(bare.dsn, autocommit=True) as conn:
        conn.execute("drop schema ledger cascade")
    with pytest.raises(LedgerError) as caught:
        ledger.record_and_wait(entry_of(ledger), seconds=0.3)
    assert caught.value.codes == ("ledger.not-durable",)
    assert ledger.failure is not None
    with pytest.raises(LedgerError, match="1 entries were not written"):
        ledger.close(seconds=0.1)
    ledger.close()


def test_a_closed_ledger_refuses_entries(bare):
    ledger = bare.open(sign=False)
    ledger.close()
    with pytest.raises(LedgerError) as caught:
        ledger.record(entry_of(ledger))
    assert caught.value.codes == ("ledger.closed",)


def test_a_database_without_a_ledger_is_named(database, tmp_path):
    with pytest.raises(LedgerError) as caught:
        open_ledger(database)
    assert caught.value.codes == ("ledger.not-created",)
    with pytest.raises(LedgerError) as caught:
        open_ledger("postgresql://127.0.0.1:1/none")
    assert caught.value.codes == ("ledger.unreachable",)


def test_creating_a_ledger_again_keeps_it(written):
    create_ledger(written.dsn)
    assert written.verify().holds


def test_a_head_that_does_not_continue_the_last_one_is_not_signed(written):
    with psycopg.connect(written.dsn) as conn:
        conn.execute("delete from ledger.block where number = 4")
        conn.execute("delete from ledger.head where size = 5")
        conn.execute("update ledger.tree set size = 4, peaks = (select hash from ledger.node where level = 2)")
        conn.execute("update ledger.tree set root = peaks")
    with written.open() as ledger, pytest.raises(LedgerError) as caught:
        ledger.sign_head()
    assert caught.value.codes == ("ledger.forked",)


def test_heads_are_signed_and_exported_while_entries_come(written):
    heads = load_heads(written.heads)
    assert {head.size for head in heads} >= {1, 2, 3, 4, 5}
    assert all(head.verifies([load_public_key(written.public)]) for head in heads)


def test_an_entry_is_proven_to_be_in_the_tree(written):
    with psycopg.connect(written.dsn) as conn:
        root = conn.execute("select root from ledger.tree").fetchone()[0]
    chain = Chain(written.dsn)
    for number in range(5):
        proof = chain.prove_entry(number, 2, 5)
        assert inclusion_holds(leaf_hash(proof.header), number, 5, proof.block_path, root)
        assert inclusion_holds(leaf_hash(proof.leaf[1:]), proof.number, proof.size, proof.path, proof.header[69:101])
        assert (proof.index, proof.number, proof.size) == (2, 0, 1)
    with pytest.raises(ValueError, match="no such block"):
        chain.prove_entry(9, 0, 5)
    chain.close()


def test_a_key_that_others_may_read_is_refused(tmp_path):
    create_key(tmp_path / "ledger.key")
    (tmp_path / "ledger.key").chmod(0o640)
    with pytest.raises(LedgerError) as caught:
        load_key(tmp_path / "ledger.key")
    assert caught.value.codes == ("ledger.key-readable",)


def test_a_key_file_is_made_once_and_private(tmp_path):
    create_key(tmp_path / "ledger.key")
    create_digest_key(tmp_path / "digest.key")
    first = (tmp_path / "ledger.key").read_text()
    create_key(tmp_path / "ledger.key")
    assert (tmp_path / "ledger.key").read_text() == first
    assert {(tmp_path / n).stat().st_mode & 0o777 for n in ("ledger.key", "digest.key")} == {0o600}
    with pytest.raises(LedgerError) as caught:
        load_key(tmp_path / "other.key")
    assert caught.value.codes == ("ledger.key-missing",)


@pytest.mark.parametrize("body", [b"", b"x", b"\x78\x9c"])
def test_bytes_that_are_no_block_are_refused(body):
    with pytest.raises(BadBlock):
        read_entries(body)


def test_what_needs_a_key_says_so(bare):
    with open_ledger(bare.dsn) as ledger:
        with pytest.raises(LedgerError) as caught:
            ledger.sign_head()
        assert caught.value.codes == ("ledger.no-signing-key",)
        with pytest.raises(LedgerError) as caught:
            ledger.subject_digest("contact:7")
        assert caught.value.codes == ("ledger.no-digest-key",)
        ledger.record_access(Kind.CHECK, "", "", "", NOBODY, wait=True)
