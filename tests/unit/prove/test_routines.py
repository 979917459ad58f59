"""What a routine leads to: its own text, that of what it calls, the views it names; or nobody can tell."""

from __future__ import annotations

import pytest

from avow.prove.live import Live, LiveRoutine
from avow.prove.routines import shown_through, speaks_of, whole_text, why_opaque
from avow.prove.scope import Field

PHONE = Field("public.contacts", "phone")


def make(name: str, text: str, language: str = "plpgsql") -> LiveRoutine:
    return LiveRoutine(f"public.{name}(text)", "owner", ["PUBLIC"], text, language)


def live(*helpers: LiveRoutine) -> Live:
    shown = (("public.overview", "public.contacts", "phone"),)
    return Live(18, {}, (), {}, frozenset(), frozenset(), helpers=helpers, shown=shown)


@pytest.mark.parametrize(
    "text",
    [
        "EXECUTE format('SELECT %I', what)",
        "return query execute what",
        "SELECT query_to_xml(q, true, true, '')",
        "SELECT dblink('', q)",
    ],
)
def test_a_text_that_builds_statements_is_opaque(text: str) -> None:
    assert why_opaque(live(), make("f", text)) == "builds its statements as it runs"


@pytest.mark.parametrize(
    "text", ["SELECT 1 -- EXECUTE x", "/* EXECUTE x */ SELECT 1", "CREATE TRIGGER t EXECUTE FUNCTION g()"]
)
def test_a_text_that_stands_there_is_seen_through(text: str) -> None:
    assert why_opaque(live(), make("f", text)) == ""


def test_another_language_is_opaque_and_so_is_whoever_calls_it() -> None:
    helper = make("peek", "import os", "plpython3u")
    assert why_opaque(live(helper), make("f", "SELECT peek(x)")) == "is written in plpython3u through public.peek(text)"
    assert why_opaque(live(helper), make("f", "SELECT 1")) == ""


def test_a_table_is_found_through_a_helper_that_calls_itself_and_through_a_view() -> None:
    helper = make("look", "SELECT phone FROM contacts; SELECT look(x)")
    found = live(helper)
    through = shown_through(found)
    assert speaks_of(whole_text(found, make("f", "SELECT look(x)")), PHONE, through)
    assert speaks_of(whole_text(found, make("f", "SELECT o.number FROM overview o")), PHONE, through)
    assert not speaks_of(whole_text(found, make("f", "SELECT email FROM contacts")), PHONE, through)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT jsonb_agg(x) FROM public.contacts x",
        "SELECT row_to_json(c) FROM public.contacts AS c WHERE c.id = 1",
        "SELECT to_jsonb(contacts) FROM contacts",
        "RETURN QUERY TABLE public.contacts",
        "SELECT contacts FROM contacts",
        'SELECT x::text FROM public."contacts" x',
    ],
)
def test_a_whole_row_that_is_handed_on_is_every_column_of_it(text: str) -> None:
    assert speaks_of(text, PHONE, {})


@pytest.mark.parametrize(
    "text",
    [
        "SELECT c.email FROM public.contacts c WHERE c.id = 1",
        "SELECT email FROM contacts WHERE id = 1",
        "UPDATE contacts SET email = NULL",
        "INSERT INTO contacts (email) VALUES (x)",
        "SELECT c.email FROM contacts AS c JOIN invoices i ON i.contact_id = c.id",
    ],
)
def test_naming_a_table_for_other_columns_does_not_speak_of_this_one(text: str) -> None:
    assert not speaks_of(text, PHONE, {})


def test_the_servers_statistics_speak_of_every_column() -> None:
    assert speaks_of("SELECT most_common_vals FROM pg_stats", PHONE, {})
    assert not speaks_of("SELECT pg_stats_of_mine FROM numbers", PHONE, {})


@pytest.mark.parametrize("text", ["SELECT pg_read_file(x)", "COPY notes FROM PROGRAM 'ls'", "COPY notes FROM '/tmp/x'"])
def test_a_text_that_reads_files_is_opaque(text: str) -> None:
    assert why_opaque(live(), make("f", text)) == "reads files, large objects or changes of the server"
    assert why_opaque(live(), make("f", "COPY notes FROM stdin")) == ""
