"""Lists of what was erased, joined: what any of them knows counts, and an objection that was taken back stays taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from avow.app.erased_list import TABLES, join_lists, knows_more, read_erased, write_list


def make_list(keys: str, **rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {table: rows.get(table, []) for table in TABLES} | {"seal_key": [{"id": key} for key in keys]}


def mark(digest: str, word: str) -> dict[str, Any]:
    return {"company": "c", "kind": "email", "digest": digest, "mark": word}


def test_people_whom_only_the_shorter_list_knows_are_on_the_joined_one():
    one = make_list("abc", subject=[{"id": "alice"}], suppression=[mark("1", "erased")])
    other = make_list("d", subject=[{"id": "carol"}], suppression=[mark("2", "erased")])
    joined = join_lists([one, other])
    assert [row["id"] for row in joined["seal_key"]] == ["a", "b", "c", "d"]
    assert [row["id"] for row in joined["subject"]] == ["alice", "carol"]
    assert [row["digest"] for row in joined["suppression"]] == ["1", "2"]


def test_an_objection_counts_as_in_the_list_that_knows_most():
    before = make_list("a", suppression=[mark("1", "objected:marketing.own"), mark("2", "objected:marketing.own")])
    after = make_list("ab", suppression=[mark("2", "objected:marketing.own")])
    assert [row["digest"] for row in join_lists([before, after])["suppression"]] == ["2"]


OWN = "objected:marketing.own"
MONDAY, TUESDAY = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)


def test_where_nobody_can_say_which_list_is_newer_every_objection_counts():
    backup = make_list("a", suppression=[mark("1", OWN), mark("2", OWN)])
    later = make_list("a", suppression=[mark("2", OWN), mark("3", OWN)])
    for lists in ([backup, later], [later, backup]):
        assert sorted(row["digest"] for row in join_lists(lists)["suppression"]) == ["1", "2", "3"]
        half = join_lists(lists, [MONDAY, None])
        assert sorted(row["digest"] for row in half["suppression"]) == ["1", "2", "3"]


def test_the_list_that_was_written_last_decides_unless_it_knows_of_fewer_who_were_erased():
    backup = make_list("a", suppression=[mark("1", OWN)])
    later = make_list("a", suppression=[mark("3", OWN)])
    assert join_lists([backup, later], [MONDAY, TUESDAY])["suppression"] == [mark("3", OWN)]
    assert join_lists([later, backup], [TUESDAY, MONDAY])["suppression"] == [mark("3", OWN)]
    older = make_list("", suppression=[mark("3", OWN)])
    assert len(join_lists([backup, older], [MONDAY, TUESDAY])["suppression"]) == 2


def test_a_list_is_ahead_when_it_names_somebody_whom_a_longer_one_does_not():
    kept = make_list("ab", subject=[{"id": "alice"}])
    assert knows_more(kept, make_list("abcd", subject=[{"id": "carol"}, {"id": "erin"}]))
    assert knows_more(kept, make_list("acd", subject=[{"id": "alice"}]))
    assert not knows_more(kept, make_list("abc", subject=[{"id": "alice"}, {"id": "carol"}]))


def test_a_joined_list_is_kept_until_the_database_writes_its_own(tmp_path):
    write_list(tmp_path / "erased.json", rows := make_list("ab", subject=[{"id": "alice"}]))
    assert read_erased(tmp_path / "erased.json") == rows
