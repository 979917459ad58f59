"""What the shopper reads out of an answer, and that a changed file is noticed."""

import hashlib
import json

import pytest

from avow.prove.inquiry import CannotTell
from avow.prove.shopper.answering import read_answer, text_of

FIELD = {
    "name": "email",
    "table": "public.contacts",
    "store": {"name": "main", "words": "", "place": "uk"},
    "purposes_by_policy": [{"purpose": "support.provide"}],
    "purposes_by_use_log": [],
    "recipients": [{"name": "Northline"}],
}
DATA = {
    "items": [{"field": "f1", "value": "alice@example.org", "source": "subject.order"}],
    "fields": {"f1": FIELD},
    "use_log": {"uses": [{"purpose": "support.provide"}]},
    "recipients": [{"name": "Northline", "dates": ["2026-01-02"]}, {"name": "Nobody yet", "dates": []}],
}


def make_files(**more):
    files = {"data.json": json.dumps(DATA).encode(), "index.html": b"<p>alice@example.org</p>", **more}
    sums = "".join(f"{hashlib.sha256(v).hexdigest()}  {k}\n" for k, v in files.items())
    return files | {"SHA256SUMS": sums.encode()}


def test_each_value_comes_with_what_stands_beside_it():
    answer = read_answer(make_files())
    line = answer.find("main", "public.contacts", "email", "alice@example.org")
    assert (line.purposes, line.source, line.recipients) == (("support.provide",), "subject.order", ("Northline",))
    assert (answer.used, answer.recipients) == (("support.provide",), ("Northline",))
    assert answer.shows("alice@example.org")
    assert not answer.shows("charlie@example.org")
    assert answer.wrong_checksums == ()


def test_a_changed_file_is_noticed():
    files = make_files()
    files["index.html"] = b"<p>nothing here</p>"
    assert read_answer(files).wrong_checksums == ("index.html",)


def test_a_file_that_the_sums_do_not_list_is_noticed():
    files = make_files()
    files["extra.csv"] = b"1"
    assert read_answer(files).wrong_checksums == ("extra.csv",)


@pytest.mark.parametrize("files", [{}, {"data.json": b"{"}])
def test_an_answer_that_cannot_be_read_is_no_answer(files):
    with pytest.raises(CannotTell):
        read_answer(files)


def test_a_page_is_read_as_a_person_reads_it():
    assert text_of(b"<h1>What we  hold</h1><p>a &amp; b</p>") == "What we hold a & b"
