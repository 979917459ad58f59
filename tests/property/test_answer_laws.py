"""Whatever rows hold, an answer tells each value once or says that it was masked, and tells nobody else's."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from avow.duties.rights.answer import Asked, Facts, StoreFacts, build_answer
from avow.duties.rights.answer.masking import BAR
from avow.stores.duty import ColumnSpec, Identifier, Row, StoreSpec, TableSpec

OWN = (
    Identifier("email", "alice@contoso.example"),
    Identifier("name", "Alice Archer"),
    Identifier("phone", "+44 20 7946 0001"),
)
TABLES = (
    TableSpec(
        "public.people",
        (ColumnSpec("name", "value", ("identity.name",)), ColumnSpec("email", "value", ("contact.email",))),
        key="id",
    ),
    TableSpec(
        "public.notes",
        (
            ColumnSpec("body", "text", ("communication.other",)),
            ColumnSpec("extra", "json", (), "", {"k": ("contact.phone",)}),
        ),
    ),
)
SPEC = StoreSpec("main", "postgresql", "uk", TABLES)
OTHERS = (
    Identifier("email", "bob@y.example"),
    Identifier("email", "zoë+tag@y.example"),
    Identifier("name", "Bob Brown"),
    Identifier("name", "Łucja O'Neill-Żak"),
    Identifier("phone", "+44 20 7946 0018"),
    Identifier("customer_number", "C-4711"),
    Identifier("ip", "192.0.2.77"),
)
SCHEMA_FILE: dict[str, object] = {}

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)
pieces = st.one_of(words, st.sampled_from([i.value for i in (*OTHERS, *OWN)]))
texts = st.lists(pieces, max_size=6).map(" ".join)


@st.composite
def rows(draw):
    table = draw(st.sampled_from([*TABLES, TableSpec("public.unmapped", (ColumnSpec("x", "text"),))]))
    columns = draw(st.lists(st.sampled_from([c.name for c in table.columns]), unique=True))
    return Row(
        "main",
        table.name,
        "",
        draw(st.text("0123456789 abc", min_size=1, max_size=5)),
        draw(st.sampled_from(["path", "identifier", "mention"])),
        {name: draw(st.none() | texts) for name in columns},
        OTHERS,
        draw(st.sampled_from(["", "2026-03-01", "2026-03-01T10:00:00+00:00", "not a day"])),
        draw(st.sampled_from(["", "subject.form", "thirdparty.list_broker"])),
    )


def build(listed, shown=2_000, kind="access"):
    files: dict[str, bytes] = {}

    def write(name, chunk):
        files[name] = files.get(name, b"") + chunk

    asked = Asked(
        "AV-1", kind, "Acme", "uk", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "the law"
    )
    answer = build_answer(asked, Facts((StoreFacts(SPEC),), own=OWN), listed, write, shown=shown)
    return answer, files


def stands_alone(text, value):
    """Whether `value` stands in `text` as a word of its own."""
    low, needle, at = text.lower(), value.lower(), -1
    while (at := low.find(needle, at + 1)) >= 0:
        before, after = low[at - 1 : at], low[at + len(needle) : at + len(needle) + 1]
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            return True
    return False


@settings(max_examples=60, deadline=None)
@given(st.lists(rows(), max_size=6))
def test_each_value_is_told_once_or_counted_as_masked(listed):
    answer, files = build(listed)
    given_values = [(r.table, c, v) for r in listed for c, v in r.values.items() if v is not None]
    data = json.loads(files["data.json"])
    table = list(csv.DictReader(io.StringIO(files["data.csv"].decode("utf-8-sig"), newline="")))
    assert len(given_values) == answer.items == len(data["items"]) == len(table)
    assert files["index.html"].decode().count('<td class="value">') == answer.items
    for (place, column, value), item in zip(given_values, data["items"], strict=True):
        about = data["fields"][item["field"]]
        assert (about["table"], about["name"]) == (place, column)
        if item["left_out"] == "no":
            assert item["value"] == value
        else:
            assert BAR in item["value"]
            assert any((r["table"], r["column"]) == (place, column) for r in data["redactions"])


@settings(max_examples=60, deadline=None)
@given(st.lists(rows(), max_size=6))
def test_nothing_of_another_person_stands_in_any_file(listed):
    _, files = build(listed)
    for item in json.loads(files["data.json"])["items"]:
        for other in OTHERS:
            assert not stands_alone(item["value"], other.value)
    for name in set(files) - {"report.pdf", "data.json"}:
        text = files[name].decode().replace("\r\n ", "")
        for other in ("bob@y.example", "Bob Brown", "+44 20 7946 0018", "C-4711", "192.0.2.77"):
            assert not stands_alone(text, other), name


@settings(max_examples=40, deadline=None)
@given(st.lists(rows(), max_size=6), st.sampled_from(["access", "copy"]))
def test_the_data_always_fits_the_schema(listed, kind):
    _, files = build(listed, kind=kind)
    if not SCHEMA_FILE:
        SCHEMA_FILE["validator"] = jsonschema_rs.Draft202012Validator(
            json.loads(files["schema.json"]), validate_formats=True
        )
    assert [e.message for e in SCHEMA_FILE["validator"].iter_errors(json.loads(files["data.json"]))] == []


@settings(max_examples=40, deadline=None)
@given(st.lists(rows(), max_size=8), st.integers(0, 6))
def test_a_page_that_shows_a_part_counts_the_whole(listed, shown):
    answer, files = build(listed, shown)
    page = files["index.html"].decode()
    assert page.count('<td class="value">') == min(shown, answer.items)
    if answer.items > shown:
        assert f"shows {shown} of {answer.items} values" in page
