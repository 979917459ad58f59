"""A data map broken in any way gives a map or diagnostics with places, never another error."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from avow.datamap.model import DataMap
from avow.datamap.read import check_datamap, read_custodians, read_datamap
from avow.errors import DataMapError, Diagnostic
from avow.vocabulary import load_vocabulary
from avow.yamlplaces import read_yaml

COMPANY = Path(__file__).parents[2] / "examples" / "cloudsentric"
PIECES = (
    "- ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    "~",
    "\t",
    "'",
    '"',
    "&a ",
    "*a",
    "!x ",
    "\n",
    "  ",
    "->",
    "#",
    "null",
    "\x00",
    "é",
    "|",
)


@cache
def example() -> list[str]:
    return (COMPANY / "datamap.yaml").read_text("utf-8").splitlines(keepends=True)[:120]


def broken(rng: random.Random) -> str:
    lines = list(example())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines))
        line = lines[at]
        cut = rng.randrange(len(line) + 1)
        indented, pieced = " " * rng.randint(1, 4) + line, line[:cut] + rng.choice(PIECES) + line[cut:]
        lines[at] = rng.choice(("", line * 2, pieced, line[:cut] + "\n", indented, line.strip() + "\n"))
    return "".join(lines)


def told_of(read: Callable[[], DataMap]) -> tuple[Diagnostic, ...]:
    """The diagnostics, or none where the text could be read; any other error goes through."""
    try:
        read()
    except DataMapError as told:
        return told.diagnostics
    return ()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**48))
def test_a_broken_data_map_is_read_or_diagnosed_with_places(seed):
    text = broken(random.Random(seed))
    found = told_of(lambda: read_datamap(text, load_vocabulary()))
    assert all(d.place.line <= text.count("\n") + 2 and d.help and d.so for d in found)
    every = check_datamap(text, load_vocabulary())
    assert list(every) == sorted(every)
    assert {d for d in every if d.severity == "error"} == {d for d in found if d.severity == "error"}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_node_or_diagnostics(text):
    node = read_yaml(text, "any.yaml")
    node.mapping(("a",), required=("b",))
    node.sequence()
    node.text()
    node.flag()
    assert node.value is not None or not node
    assert all(d.code.startswith("yaml.") for d in node.found.found)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_custodians_or_diagnostics(text):
    found = told_of(lambda: read_custodians(text + "\n", DataMap(())))
    assert all(d.code and d.cause and d.help and d.so for d in found)
