"""Blocks that an earlier version packed, counts that nobody knows, and who waits between entries."""

from __future__ import annotations

import threading

import psycopg

from avow.ledger import UNKNOWN_COUNT, Digest, Entry, Kind
from avow.ledger.block import as_columns, leaves_root, pack_columns, read_entries, read_leaves

from .conftest import entry_of
from .test_recorder import PAIR, read_all

# Packed by 0.1.0 as of 2026-11, with the smaller tables of its compression.
EARLIER = bytes.fromhex(
    "737373737373737373737373737373730000003b000000040000000b0000007c58092b2e2d28c82f2ad12b28ca2fcb4c49d5cfcc2b492dca4bcc"
    "d12b864870159426e56426eb25e7e7952426971473a5e62666e6e8e425e6a63233303030323025a201466a0803cd800346266628820b3130b021"
    "001702a820800402c82180030230000d65616563e7e0e46260f88f301a2b93f13f4c2d005a8e3b2c000000000000000000000000000000000101"
    "01010101010101010101010101010202020202020202020202020202020200000000000000000000000000000000"
)
ROOT = bytes.fromhex("bbc8303177186d728252a3e9662d1cd1e6c99f4c5cfee6b283b30e0cf38d75c9")


def read_blocks(dsn):
    with psycopg.connect(dsn) as conn:
        rows = conn.execute("select body from ledger.block order by number").fetchall()
    return [read_entries(body) for (body,) in rows]


def made():
    for n in range(11):
        of = Digest(bytes([n % 3]) * 16)
        kind, rows = Kind.READ if n else Kind.EXPORT, UNKNOWN_COUNT if n == 2 else n
        at = 1_700_000_000_000_000 + n
        yield Entry(kind, at, PAIR, "public.contacts", "email,name", Digest(b"a" * 16), of, rows)


def test_a_block_that_an_earlier_version_packed_is_read_and_has_the_same_root_today():
    entries = list(made())
    assert read_entries(EARLIER) == entries
    assert leaves_root(read_leaves(EARLIER)[1]) == pack_columns(as_columns(entries), b"s" * 16).root == ROOT


def test_a_number_of_rows_that_nobody_knows_is_packed_as_unknown(bare):
    with bare.open(sign=False) as ledger:
        line = ledger.check_line(*entry_of(ledger)[:1], *entry_of(ledger)[2:7])
        for rows in (3, -1, 4):
            ledger.record_line(line, rows)
    assert [entry.rows for entry in read_all(bare.dsn)] == [3, UNKNOWN_COUNT, 4]


def test_who_waits_between_entries_of_others_is_told_where_theirs_stands(bare):
    with bare.open(sign=False) as ledger:
        told = {}

        def record(part):
            for n in part:
                ledger.record(entry_of(ledger, n))
                ledger.flush()
                told[n] = ledger.record_and_wait(entry_of(ledger, 1000 + n))

        threads = [threading.Thread(target=record, args=(range(k, 40, 4),)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    stored = read_blocks(bare.dsn)
    assert sorted(one.rows for block in stored for one in block) == [*range(40), *range(1000, 1040)]
    assert all(stored[at.number][at.index].rows == 1000 + n for n, at in told.items())
