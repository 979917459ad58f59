"""Right-to-left text takes its joined forms and its order on paper; other text is left alone."""

from __future__ import annotations

import unicodedata

import pytest

from avow.duties.rights.paper.document import wrap
from avow.duties.rights.paper.shaping import is_right_to_left, order_line, shape

MARHABA = "\u0645\u0631\u062d\u0628\u0627"


def forms(text):
    return [unicodedata.decomposition(char).split()[0].strip("<>") for char in text]


def test_letters_join_to_both_sides_as_they_can():
    assert forms(shape(MARHABA)) == ["initial", "final", "initial", "medial", "final"]


def test_a_letter_alone_stands_alone():
    assert forms(shape("\u0628")) == ["isolated"]


def test_lam_and_alef_become_one():
    assert shape("\u0644\u0627") == "\ufefb"
    assert shape("\u0633\u0644\u0627\u0645") == "\ufeb3\ufefc\ufee1"


def test_vowel_signs_are_left_out_and_do_not_part_letters():
    assert forms(shape("\u0628\u064e\u0628")) == ["initial", "final"]


def test_text_from_left_to_right_is_left_alone():
    for text in ("plain", "(a) 12", "", "Ünïcödé"):
        assert shape(text) == text
        assert order_line(text, False) == text
        assert not is_right_to_left(text)


@pytest.mark.parametrize(
    ("text", "right", "expected"),
    [
        ("\u05d0\u05d1 12 \u05d2", True, "\u05d2 12 \u05d1\u05d0"),
        ("\u05d0 (\u05d1) \u05d2", True, "\u05d2 (\u05d1) \u05d0"),
        ("\u05d0\u05d1 AV-7F3K \u05d2", True, "\u05d2 AV-7F3K \u05d1\u05d0"),
        ("see \u05d0\u05d1 12 \u05d2 there", False, "see \u05d2 12 \u05d1\u05d0 there"),
        ("\u05d0\u05d1", False, "\u05d1\u05d0"),
        ("\u05d0 \u2068+44 (0) 20\u2069 \u05d1", True, "\u05d1 +44 (0) 20 \u05d0"),
        ("\u05d0 \u2068x \u2068\u05d2\u05d3\u2069 y\u2069.", True, ".x \u05d3\u05d2 y \u05d0"),
        ("\u05d0 \u2068never closed (a)", True, "never closed (a) \u05d0"),
    ],
)
def test_words_run_from_right_to_left_and_numbers_do_not(text, right, expected):
    assert order_line(text, right) == expected


def test_an_isolate_that_a_line_break_cuts_goes_on_in_the_next_line():
    lines = wrap(MARHABA + " \u2068" + "(word) " * 20 + "\u2069", 200, "DejaVuSans", 9.5, True)
    assert len(lines) > 3
    assert all("(word)" in line and ")word(" not in line for line in lines)


def test_a_line_is_broken_in_reading_order():
    words = [MARHABA] * 30
    lines = wrap(" ".join(words), 200, "DejaVuSans", 9.5, True)
    assert len(lines) > 3
    assert sum(line.count(" ") + 1 for line in lines) == 30
