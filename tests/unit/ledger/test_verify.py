"""Dana (auditor) verifies: whatever Charlie changes in the ledger's rows is found and named."""

from __future__ import annotations

import io
import json
from pathlib import Path

import psycopg
import pytest

from avow.ledger import create_key
from avow.ledger.verify import main, verify_from_files

NOTHING = "update ledger.log set format = format"

# What Charlie does -> what the verifier must name in one of its findings (code, place).
TAMPERINGS = {
    "block.number": (
        "update ledger.block set number = 77 where number = 2",
        "ledger.block-missing",
        "block 2",
    ),
    "block.header": (
        "update ledger.block set header = set_byte(header, 30, get_byte(header, 30) # 1) where number = 2",
        "ledger.node-changed",
        "block 2",
    ),
    "block.header at every byte": (
        "update ledger.block set header = decode(repeat('00', 137), 'hex') where number = 3",
        "ledger.block-changed",
        "block 3",
    ),
    "block.body": (
        "update ledger.block set body = set_byte(body, 20, get_byte(body, 20) # 1) where number = 1",
        "ledger.block-changed",
        "block 1",
    ),
    "block.body with more at its end": (
        "update ledger.block set body = body || 'x' where number = 1",
        "ledger.block-changed",
        "block 1",
    ),
    "node.level": (
        "update ledger.node set level = 9 where level = 1 and index = 0",
        "ledger.node-changed",
        "node 1/0",
    ),
    "node.index": (
        "update ledger.node set index = 99 where level = 0 and index = 3",
        "ledger.node-changed",
        "node 0/3",
    ),
    "node.hash": (
        "update ledger.node set hash = sha256('x') where level = 2 and index = 0",
        "ledger.node-changed",
        "node 2/0",
    ),
    "a node added": ("insert into ledger.node values (0, 40, 'x')", "ledger.node-changed", "node 0/40"),
    "tree.size": ("update ledger.tree set size = 4", "ledger.tree-changed", "tree"),
    "tree.root": ("update ledger.tree set root = sha256('x')", "ledger.tree-changed", "tree"),
    "tree.peaks": ("update ledger.tree set peaks = peaks || 'x'", "ledger.tree-changed", "tree"),
    "head.size": ("update ledger.head set size = 1 where size = 2", "ledger.head-changed", "head 1"),
    "head.at": ("update ledger.head set at = at + 1 where size = 3", "ledger.head-changed", "head 3"),
    "head.root": ("update ledger.head set root = sha256('x') where size = 3", "ledger.head-changed", "head 3"),
    "head.signature": (
        "update ledger.head set signature = sha256('x') || sha256('y') where size = 4",
        "ledger.head-changed",
        "head 4",
    ),
    "a head deleted": ("delete from ledger.head where size = 2", "ledger.head-missing", "head 2"),
    "log.id": ("update ledger.log set id = decode(repeat('00', 16), 'hex')", "ledger.log-changed", "head 5"),
    "log.format": ("update ledger.log set format = 3", "ledger.log-changed", "log"),
    "log deleted": ("delete from ledger.log", "ledger.log-changed", "log"),
    "a block deleted": ("delete from ledger.block where number = 1", "ledger.block-missing", "block 1"),
    "the tail deleted": ("delete from ledger.block where number >= 3", "ledger.truncated", "head 5"),
    "two blocks swapped": (
        "update ledger.block set number = case number when 1 then -1 else -3 end where number in (1, 3);"
        "update ledger.block set number = case number when -1 then 3 else 1 end where number < 0",
        "ledger.block-changed",
        "block 1",
    ),
    "two bodies swapped": (
        "update ledger.block a set body = b.body from ledger.block b where (a.number, b.number) in ((1, 2), (2, 1))",
        "ledger.block-changed",
        "block 2",
    ),
    "a block repeated": (
        "insert into ledger.block select 5, header, body from ledger.block where number = 4",
        "ledger.block-changed",
        "block 5",
    ),
}


def change(dsn: str, statements: str) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute("alter table ledger.block drop constraint block_number_check")
        for statement in statements.split(";"):
            assert conn.execute(statement.encode()).rowcount > 0


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_charlie_changes_is_found_and_named(written, name):
    statements, code, place = TAMPERINGS[name]
    change(written.dsn, statements)
    done = written.verify()
    assert not done.holds
    assert (code, place) in {(d.code, part) for d in done.findings for part in _parts(d.place.file)}


def _parts(file: str) -> list[str]:
    return [file.removeprefix("ledger ").removeprefix("outside ")] + [
        part.strip().removeprefix("ledger ") for part in file.split(",")
    ]


def test_an_untouched_ledger_is_whole_up_to_its_last_exported_head(written):
    change(written.dsn, NOTHING)
    done = written.verify()
    assert done.holds
    assert (done.blocks, done.entries) == (5, 15)
    assert done.summary().startswith("consistent and whole up to block 4")


def test_every_column_of_the_evidence_is_tampered_with(written):
    with psycopg.connect(written.dsn) as conn:
        rows = conn.execute(
            "select table_name || '.' || column_name from information_schema.columns"
            " where table_schema = 'ledger' and table_name <> 'subject_nonce'"
        ).fetchall()
    assert {name for (name,) in rows} <= set(TAMPERINGS)


def truncate_skilfully(written, size: int) -> None:
    """Charlie cuts the end off and mends tree, nodes and heads, so that the rows agree with each other."""
    with psycopg.connect(written.dsn) as conn:
        root = conn.execute("select root from ledger.head where size = %s", [size]).fetchone()[0]
        conn.execute("delete from ledger.block where number >= %s", [size])
        conn.execute("delete from ledger.node where (index + 1) * (2 ^ level) > %s", [size])
        conn.execute("delete from ledger.head where size > %s", [size])
        peaks = conn.execute("select hash from ledger.node where level = 2").fetchone()[0]
        conn.execute("update ledger.tree set size = %s, root = %s, peaks = %s", [size, root, peaks])


def test_without_heads_from_outside_truncation_cannot_be_excluded(written):
    truncate_skilfully(written, 4)
    done = written.verify(outside=False)
    assert done.holds
    assert "truncation cannot be excluded" in done.summary()


def test_a_head_from_outside_finds_a_skilful_truncation(written):
    truncate_skilfully(written, 4)
    done = written.verify()
    assert {"ledger.truncated", "ledger.head-missing"} <= {d.code for d in done.findings}
    assert any(d.place.file == "ledger head 5" for d in done.findings)


def test_a_past_rewritten_with_another_key_is_found(written, tmp_path):
    other = create_key(tmp_path / "charlie.key")
    done = verify_from_files(written.dsn, [other], written.heads)
    assert {d.code for d in done.findings} == {"ledger.head-changed"}
    assert len(done.findings) == 2 * len(written.heads.read_text().splitlines())


def test_a_changed_line_of_the_heads_file_is_named(written):
    lines = written.heads.read_text().splitlines()
    head = json.loads(lines[0])
    lines[0] = json.dumps({**head, "size": head["size"] + 1})
    written.heads.write_text("\n".join(lines) + "\n")
    assert "ledger.head-changed" in {d.code for d in written.verify().findings}


def test_a_heads_file_with_a_broken_line_cannot_be_used(written, capsys):
    written.heads.write_text(written.heads.read_text() + '{"size": tru\n')
    arguments = ["--dsn", written.dsn, "--key", str(written.public), "--heads", str(written.heads)]
    assert main(arguments) == 2
    assert "ledger.heads-unreadable" in capsys.readouterr().err


def test_the_program_says_what_it_found_and_exits_accordingly(written, capsys):
    arguments = ["--dsn", written.dsn, "--key", str(written.public), "--heads", str(written.heads)]
    assert main(arguments) == 0
    change(written.dsn, "delete from ledger.block where number = 1")
    assert main(arguments) == 1
    assert "block 1 is missing" in capsys.readouterr().out


def test_the_program_takes_its_connection_string_from_standard_input(written, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(written.dsn))
    assert main(["--dsn", "-", "--key", str(written.public), "--heads", str(written.heads)]) == 0
    assert "consistent and whole" in capsys.readouterr().out


def test_a_database_that_is_away_cannot_be_verified(tmp_path, capsys):
    public = create_key(tmp_path / "ledger.key")
    assert main(["--dsn", "postgresql://127.0.0.1:1/none", "--key", str(public)]) == 2
    assert "ledger.cannot-verify" in capsys.readouterr().err


def test_the_verifier_imports_nothing_of_avow_but_its_folder_and_the_errors():
    import ast

    import avow.ledger

    folder = Path(avow.ledger.__file__).parent
    imported = {
        node.module
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("avow")
    }
    assert all(m.startswith("avow.ledger") or m == "avow.errors" for m in imported)
