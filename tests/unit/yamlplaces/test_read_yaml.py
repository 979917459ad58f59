"""The YAML reader: places, all errors at once, and what it refuses."""

from __future__ import annotations

import pytest

from avow.errors import Collector, Place
from avow.yamlplaces import DEEPEST, did_you_mean, read_yaml


def codes(node) -> list[str]:
    return [d.code for d in node.found.found]


def test_every_value_knows_its_line_and_column():
    node = read_yaml("a:\n  b: [x, y]\n", "f.yaml")
    assert node.find("a").find("b").elements[1].place == Place("f.yaml", 2, 10)
    assert node.key_places["a"] == Place("f.yaml", 1, 1)


def test_the_plain_value_of_a_tree_is_plain_python():
    node = read_yaml("a: 1\nb: [true, 1.5, text, '7', ~]\nc: 2026-01-31\n", "f.yaml")
    assert node.value == {"a": 1, "b": [True, 1.5, "text", "7", None], "c": "2026-01-31"}


@pytest.mark.parametrize("word", ["no", "2026-01", "2026-01-31", "0x10", "on", "12:30", "="])
def test_a_word_that_yaml_would_change_stays_the_word_that_was_written(word):
    assert read_yaml(f"key: {word}", "f.yaml").find("key").text() == word


def test_a_key_that_stands_twice_is_a_diagnostic_at_the_second_place():
    node = read_yaml("a: 1\nb: 2\na: 3\n", "f.yaml")
    (found,) = node.found.found
    assert (found.code, found.place) == ("yaml.duplicate-key", Place("f.yaml", 3, 1))
    assert node.find("a").value == 1


def test_an_unknown_key_is_answered_with_the_nearest_known_one():
    node = read_yaml("recipents: [x]\n", "f.yaml")
    assert node.mapping(known=("recipients", "purposes")) == {}
    assert node.found.found[0].code == "yaml.unknown-key"
    assert node.found.found[0].help == "did you mean `recipients`?"


def test_all_errors_are_collected_in_one_reading():
    node = read_yaml("a: [1]\nb: x\nc: {}\nb: y\n", "f.yaml")
    entries = node.mapping(required=("d",))
    entries["a"].text()
    entries["b"].sequence()
    entries["c"].flag()
    assert sorted(codes(node)) == ["yaml.duplicate-key", "yaml.missing-key"] + ["yaml.wrong-shape"] * 3


def test_broken_yaml_is_a_diagnostic_with_its_place_and_an_empty_node():
    node = read_yaml("a: [1,\n}: 2", "f.yaml")
    assert codes(node) == ["yaml.syntax"]
    assert node.found.found[0].place.line == 2
    assert not node
    assert node.mapping() == {}


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x",
        "a: &x {b: 1}\nc:\n  <<: *x",
        "a: !!python/object:os.system x",
        "a: !t 1",
        "---\na: 1\n---\nb: 2",
    ],
)
def test_what_is_not_plain_is_refused(text):
    node = read_yaml(text, "f.yaml")
    assert "yaml.not-plain" in codes(node) or "yaml.syntax" in codes(node)
    assert not node


def test_endless_nesting_is_refused_and_not_a_crash():
    assert codes(read_yaml("[" * 5000, "f.yaml")) == ["yaml.not-plain"]
    assert codes(read_yaml("[" * (DEEPEST - 1) + "]" * (DEEPEST - 1), "f.yaml")) == []


def test_an_alias_bomb_is_refused_without_growing():
    text = "a: &a [x, x]\n" + "\n".join(f"b{n}: &b{n} [*a, *a, *a]" for n in range(50))
    assert set(codes(read_yaml(text, "f.yaml"))) == {"yaml.not-plain"}


def test_a_control_character_is_a_diagnostic():
    assert codes(read_yaml("a: \x07", "f.yaml")) == ["yaml.syntax"]


def test_an_empty_file_is_an_empty_node():
    node = read_yaml("# nothing\n", "f.yaml")
    assert not node
    assert (node.mapping(), node.sequence(), codes(node)) == ({}, (), [])


def test_a_single_text_counts_as_a_list_of_itself():
    assert read_yaml("a: x", "f.yaml").find("a").texts() == ("x",)
    assert read_yaml("a: [x, y]", "f.yaml").find("a").texts() == ("x", "y")


def test_a_given_collector_is_shared_between_files():
    found = Collector()
    read_yaml("a: [", "one.yaml", found)
    read_yaml("b: [", "two.yaml", found)
    assert [d.place.file for d in found.found] == ["one.yaml", "two.yaml"]


def test_a_word_far_from_all_known_ones_lists_them():
    assert did_you_mean("zzz", ["read", "write"]) == "write one of `read`, `write`"


def test_numbers_and_flags_are_checked():
    node = read_yaml("n: 12\nm: twelve\nf: yes\n", "f.yaml")
    assert (node.find("n").whole(), node.find("m").whole(), node.find("f").flag()) == (12, 0, True)
    assert codes(node) == ["yaml.wrong-shape"]
