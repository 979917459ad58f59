"""The search that shows that no marker of a person stands in anything Avow keeps: it must find what was hidden there."""

from __future__ import annotations

import base64
import gzip
import json
import zipfile
import zlib

import psycopg
import pytest

from avow.stores.search import search_bytes, search_markers

ALICE = "Alice Markér 7f3a"
MAIL = "alice.7f3a@example.invalid"


@pytest.mark.parametrize(
    "statement",
    [
        "create table t (a text); insert into t values (%s)",
        "create table t (a jsonb); insert into t values (jsonb_build_object('k', %s::text))",
        "create table t (a json); insert into t values (to_json(upper(%s)))",
        "create table t (a text[]); insert into t values (array[%s])",
        "create table t (a bytea); insert into t values (convert_to('x' || %s, 'UTF8'))",
        "create table t (a text); insert into t values (encode(convert_to('ab' || %s, 'UTF8'), 'base64'))",
        "create table t (a text); insert into t values (encode(convert_to(%s, 'UTF8'), 'hex'))",
        "create materialized view t as select %s::text as a",
    ],
)
def test_a_marker_in_any_column_is_found(database, statement):
    with psycopg.connect(database) as conn:
        conn.cursor()
        client = psycopg.ClientCursor(conn)
        client.execute("create schema s; set search_path = s")
        client.execute(statement, [MAIL])
    hits = search_markers(database, [], ["nothing-like-it", MAIL])
    assert {(h.where.rpartition(" row ")[0], h.marker) for h in hits} == {("table s.t.a", 1)}


def test_a_packed_block_is_looked_into(database):
    with psycopg.connect(database) as conn:
        conn.execute("create table block (body bytea)")
        conn.execute("insert into block values (%s)", [zlib.compress(b"\0\1" + ALICE.encode() + b"\0")])
    (hit,) = search_markers(database, [], [ALICE])
    assert hit.where.startswith("table public.block.body")


def test_the_comments_of_the_catalogue_are_looked_into(database):
    with psycopg.connect(database) as conn:
        conn.execute("create table t (a int)")
        conn.execute(f"comment on table t is 'as told by {MAIL}'".encode())
    (hit,) = search_markers(database, [], [MAIL])
    assert "pg_description" in hit.where


def test_logs_reports_and_archives_are_looked_into(tmp_path):
    (tmp_path / "a.log").write_bytes(b"x" * 9_000_000 + MAIL.encode())
    (tmp_path / "b.json").write_text(json.dumps({"name": ALICE}))
    (tmp_path / "c.log.gz").write_bytes(gzip.compress(f"GET /?q={MAIL.replace('@', '%40')}".encode()))
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("inner.txt", ALICE.encode("utf-16"))
    (tmp_path / MAIL).mkdir()
    (tmp_path / "clean.txt").write_text("nothing here")
    hits = search_markers("", [tmp_path], [MAIL, ALICE])
    found = {(h.where.removeprefix(str(tmp_path) + "/").partition(" ")[0], h.marker) for h in hits}
    assert found == {("a.log", 0), ("b.json", 1), ("c.log.gz", 0), ("d.zip", 1), ("name", 0)}
    assert next(h.where for h in hits if "a.log" in h.where).endswith("byte 9000000")


def test_a_marker_over_the_edge_of_two_parts_is_found_once(tmp_path):
    edge = 8 * 1024 * 1024
    (tmp_path / "a.log").write_bytes(b"x" * (edge - 5) + MAIL.encode() + b"y" * 100)
    assert [h.where for h in search_markers("", [tmp_path], [MAIL])] == [f"{tmp_path}/a.log byte {edge - 5}"]


def test_what_cannot_be_read_is_told(tmp_path):
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8bnot really")
    (hit,) = search_markers("", [tmp_path], [MAIL])
    assert not hit.readable


@pytest.mark.parametrize("offset", range(3))
def test_base64_is_found_at_every_offset(offset):
    data = base64.b64encode(b"z" * offset + MAIL.encode() + b"tail")
    assert search_bytes(data, [MAIL]) == (0,)


def test_a_marker_that_would_be_found_by_chance_is_refused():
    with pytest.raises(ValueError, match="at least"):
        search_markers("", [], ["Al"])
