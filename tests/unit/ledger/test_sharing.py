"""One ledger a process, however many open it; blocks of writers that contest the tree; the newest of many exported heads."""

from __future__ import annotations

import threading

import pytest

from avow.app.project import read_settings
from avow.app.recording import open_project_ledger
from avow.errors import LedgerError
from avow.ledger.block import as_columns, pack_columns
from avow.ledger.chain import Chain
from avow.ledger.heads import NEWEST, find_last_head, load_heads

from .conftest import entry_of

TOML = """
[company]
name = "Lantern"
[policy]
in_force = "2026-01"
"""


@pytest.fixture
def settings(tmp_path, database):
    (tmp_path / "avow.toml").write_text(TOML, encoding="utf-8")
    return read_settings(tmp_path, {"AVOW_CONTROL_DSN": database})


def test_who_opens_the_ledger_of_a_process_again_gets_the_same_and_it_lives_until_the_last(settings, database):
    with open_project_ledger(settings, database) as one:
        with open_project_ledger(settings, database) as other:
            assert other is one
            other.record(entry_of(other))
        chain = Chain(database)
        assert chain.size() == 1  # what was put in is durable when the block of whoever put it in ends
        chain.close()
        one.record_and_wait(entry_of(one, 2))
    with pytest.raises(LedgerError):
        one.record(entry_of(one, 3))
    with open_project_ledger(settings, database) as again:
        assert again is not one
        again.record_and_wait(entry_of(again, 4))


def test_writers_that_contest_the_tree_again_and_again_all_get_their_turn(bare):
    with bare.open(sign=False) as ledger:
        blocks = [pack_columns(as_columns([entry_of(ledger, n)]), n.to_bytes(16, "big")) for n in range(1, 121)]
    faults: list[Exception] = []

    def append(part):
        chain = Chain(bare.dsn)
        try:
            for block in part:
                chain.append(block)
        except Exception as error:
            faults.append(error)
        finally:
            chain.close()

    writers = [threading.Thread(target=append, args=(blocks[n::6],)) for n in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    chain = Chain(bare.dsn)
    assert (faults, chain.size()) == ([], 120)
    chain.close()
    assert bare.verify(outside=False).holds


def test_the_last_head_is_found_at_the_end_of_a_file_of_many(written):
    one = load_heads(written.heads)[-1]
    last = one.to_line()
    with written.heads.open("w", encoding="utf-8") as file:
        while file.tell() < 3 * NEWEST:
            file.write(load_first(written, one) + "\n")
        file.write(last + "\n")
        file.write(load_first(written, one) + "\n")  # two processes exported at once: the newest does not stand last
    assert find_last_head(written.heads) == one


def load_first(written, one):
    return type(one)(one.size - 1, one.at, one.log, one.root, one.signature).to_line()


def test_a_file_that_is_not_there_has_no_last_head_and_one_that_is_cut_off_is_refused(written, tmp_path):
    assert find_last_head(tmp_path / "nothing.jsonl") is None
    with written.heads.open("a", encoding="utf-8") as file:
        file.write('{"size": 12, "at": 17')
    with pytest.raises(LedgerError) as caught:
        find_last_head(written.heads)
    assert caught.value.codes == ("ledger.heads-unreadable",)
