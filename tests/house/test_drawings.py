"""The one state machine of requests is drawn as it is."""

import re

from source import ROOT

from avow.duties.rights.model import (
    CLARIFYING,
    FEE,
    FINDING,
    IDENTITY,
    MOVES,
    RECEIVED,
    REFUSED,
    REVIEW,
    WAITING,
    WITHDRAWN,
)

PAGE = (ROOT / "docs" / "explanation" / "rights.md").read_text(encoding="utf-8")
DRAWN = re.findall(r"^    (\w+) --> (\w+): (.+)$", PAGE, re.MULTILINE)
# said in one sentence below the drawing: out of every open state in which nothing is being done yet
LEFT_OUT = {
    (s, t) for s in (RECEIVED, IDENTITY, CLARIFYING, FEE, FINDING, REVIEW, WAITING) for t in (WITHDRAWN, REFUSED)
}


def test_every_move_of_a_request_is_drawn_and_every_move_drawn_can_be_made():
    moves = {(start, end) for start, ends in MOVES.items() for end in ends}
    drawn = {(start, end) for start, end, _ in DRAWN}
    assert drawn <= moves
    assert moves - drawn == LEFT_OUT - drawn
    assert moves >= LEFT_OUT


def test_every_move_drawn_is_explained_and_nothing_else_is():
    letters = {letter for _, _, label in DRAWN for letter in label.split(", ")} | {"A"}
    rows = re.findall(r"^\| ([A-Z]{1,2}(?:, [A-Z]{1,2})*) \|", PAGE, re.MULTILINE)
    assert sorted(letter for row in rows for letter in row.split(", ")) == sorted(letters)
