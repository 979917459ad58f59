"""How identifiers are written: what counts as the same, and what is part of something else."""

from __future__ import annotations

import pytest

from avow.stores.duty import Identifier
from avow.stores.identifying import find_forms, find_in_text, find_pattern
from avow.stores.needles import clean_json, clean_text, compile_pattern, make_needles

NUMBER = Identifier("phone", "+44 7700 900123")


@pytest.mark.parametrize(
    "written",
    ["07700 900123", "0044 7700 900 123", "+44 (0)7700-900123", "447700900123", "(07700) 900123", "7700900123"],
)
def test_a_number_is_one_number_however_it_is_written(written: str) -> None:
    assert find_forms(Identifier("phone", written), "44") == find_forms(NUMBER, "44")
    cleaned = clean_text(f"call {written}, please", compile_pattern(find_pattern(NUMBER, "44")))
    assert cleaned.replace("(", "") == "call [erased], please"


@pytest.mark.parametrize("other", ["07700 900124", "+1 7700 900123", "1447700900123", "077009001234", "47 7700 900123"])
def test_another_number_is_another_number(other: str) -> None:
    pattern = compile_pattern(find_pattern(NUMBER, "44"))
    assert not find_forms(Identifier("phone", other), "44") & (find_forms(NUMBER, "44") - {"7700900123", "07700900123"})
    assert pattern.search(f"x {other} x") is None or other.startswith(("+1", "47"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ask Alice@Q.example.", "ask [erased]."),
        ("<alice@q.example>", "<[erased]>"),
        ("malice@q.example", "malice@q.example"),
        ("alice@q.example.pk", "alice@q.example.pk"),
        ("x.alice@q.example", "x.alice@q.example"),
    ],
)
def test_an_address_inside_a_longer_one_is_not_the_persons(text: str, left: str) -> None:
    assert clean_text(text, compile_pattern(find_pattern(Identifier("email", "alice@q.example")))) == left


def test_a_name_is_taken_out_whole_turned_round_and_spaced_and_never_as_one_word() -> None:
    pattern = compile_pattern(find_pattern(Identifier("name", "Alice Adams")))
    assert (
        clean_text("ALICE  ADAMS, Adams, Alice; Alice; Malice Adamson", pattern)
        == "[erased], [erased]; Alice; Malice Adamson"
    )
    assert find_pattern(Identifier("name", "Alice")) == ""


def test_json_stays_json() -> None:
    pattern = compile_pattern(find_pattern(NUMBER, "44"))
    assert (
        clean_json('{"m": 447700900123, "n": 5, "t": "07700 900123 or 5"}', pattern)
        == '{"m": null, "n": 5, "t": "[erased] or 5"}'
    )
    assert clean_json('{"n":  5}', pattern) == '{"n":  5}'  # as it was written


def test_many_people_are_looked_up_in_one_pass() -> None:
    needles = make_needles({1: ["alice@q.example", "07700 900123"], 2: ["QH-000417"], 3: ["Vera Vale"]}, "44")
    assert needles.find("to Alice@Q.example; or 01632 960123 07700 900123, qh-000417") == {1, 2}
    assert needles.find("vera  vale") == {3}
    assert needles.find("malice@q.example 17700 900123") == set()


def test_addresses_and_numbers_of_others_are_seen_in_texts() -> None:
    found = {(i.kind, i.value) for i in find_in_text("write to bob@q.example. or 01632 960100 (order 12)")}
    assert found == {("email", "bob@q.example"), ("phone", "01632 960100")}
