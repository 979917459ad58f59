"""Alice is searched in everything Avow keeps, after her record was read through the client: nothing of her is there."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

import avow
from avow.errors import AvowError
from avow.ledger import create_digest_key, create_key, create_ledger, open_ledger
from avow.stores.search import search_markers

GOVERNED = Path(__file__).resolve().parents[1] / "unit" / "client" / "governed.sql"
NAME, MAIL, KEY, ACTOR = "Alice Marker 7f3a", "alice.7f3a@example.invalid", "contact:7130077", "staff:bob-7f3a"


def test_nothing_of_alice_is_in_ledger_log_or_heads(cluster, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    dsn, control, mark = cluster.create_database(), cluster.create_database(), secrets.token_hex(4)
    text = GOVERNED.read_text(encoding="utf-8")
    for name in ("p1", "p2", "app", "charlie"):
        text = text.replace(f":{name}:", f"{name}_{mark}")
    with psycopg.connect(dsn) as conn:
        conn.execute(text.encode())
        conn.execute("insert into contacts values (7130077, %s, %s, 'card')", [NAME, MAIL])
    create_ledger(control)
    create_key(tmp_path / "ledger.key")
    create_digest_key(tmp_path / "digest.key")
    keys = tmp_path / "ledger.key", tmp_path / "heads.jsonl", tmp_path / "digest.key"
    with open_ledger(control, *keys) as ledger, psycopg.connect(make_conninfo(dsn, user=f"app_{mark}")) as conn:
        read_and_fail(ledger, conn, tmp_path / "messages.txt")
    (tmp_path / "test.log").write_text(caplog.text)
    assert search_markers(control, [tmp_path], [NAME, MAIL, KEY, ACTOR]) == ()
    assert search_markers(dsn, [], [NAME, MAIL])  # the search is able to find her where she is
    with psycopg.connect(dsn, autocommit=True) as conn:
        for name in ("app", "charlie", "p1", "p2"):
            conn.execute(f"drop owned by {name}_{mark}; drop role {name}_{mark}".encode())


def read_and_fail(ledger, conn, messages: Path) -> None:
    """Reads and writes of Alice's record, and errors that could have echoed her."""
    terms = {"recipient": "internal.support", "actor": ACTOR, "subject": KEY, "connection": conn, "ledger": ledger}
    with avow.purpose("support.provide", **terms) as use:
        use.execute("select * from contacts where email = %s", [MAIL])
        use.execute(f"select name as \"{NAME}\" from contacts where email = '{MAIL}'".encode())
        use.execute("update contacts set name = %s where id = 7130077", [NAME])
    told = []
    for purpose, source in (("marketing.own", ""), ("support.provide", "unknown")):
        try:
            with avow.purpose(purpose, **terms, source=source):
                pass
        except AvowError as error:
            told.append(str(error))
    messages.write_text("\n".join(told))
