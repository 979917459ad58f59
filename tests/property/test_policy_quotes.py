"""A quote taken out of any text is found where it was taken, or refused as ambiguous; never anywhere else."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from avow.errors import Diagnostic, Place
from avow.policy.anchors import place_quote
from avow.policy.folding import fold, fold_words
from avow.policy.promise import Anchor, Quote
from avow.policy.sentences import split_sentences

HERE = Place("p.yaml", 1, 1)
UNITS = ["a", "b", "c", "é", "e\u0301", "1", "1\u0301", "-", "'", "\u2019", "\u00ad", "\ufb01"]
WORD = st.lists(st.sampled_from(UNITS), min_size=1, max_size=6).map("".join)
GAP = st.sampled_from([" ", "\n", "\u00a0", "  \n ", ", ", ". ", " \u2013 ", "\u200b "])
TEXT = st.lists(st.tuples(WORD, GAP), min_size=1, max_size=30).map(lambda parts: "".join(a + b for a, b in parts))
RESPELLED = {"\n": " ", "\u00a0": " ", "\u2019": "'", "\u2013": "-", "\ufb01": "fi", "\u200b": ""}


def respell(words: str) -> str:
    for written, other in RESPELLED.items():
        words = words.replace(written, other)
    return words


@given(TEXT, st.data())
def test_a_quote_is_found_where_it_was_taken_or_nowhere(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = place_quote(text, Quote(respell(text[start:end])), HERE)
    if isinstance(found, Anchor):
        assert fold_words(text[found.start : found.end]) == fold_words(respell(text[start:end]))


@given(TEXT, st.data())
def test_a_quote_of_whole_words_is_found_or_ambiguous(text: str, data: st.DataObject) -> None:
    words = fold(text).text.split()  # a soft hyphen before a line break joins two of these
    if not words:
        return
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    quote = " ".join(words[first:last])
    found = place_quote(text, Quote(respell(quote)), HERE)
    assert isinstance(found, Anchor) or found.code == "policy.quote-ambiguous"


@given(TEXT)
def test_the_place_counts_are_those_of_a_plain_search(text: str) -> None:
    folded = fold(text).text
    for word in set(folded.split()):
        alone = [i for i in range(len(folded)) if folded.startswith(word, i)]
        found = place_quote(text, Quote(word), HERE)
        assert isinstance(found, Anchor | Diagnostic)
        if isinstance(found, Anchor):
            assert alone
        if len(alone) == 1 and isinstance(found, Diagnostic):
            assert found.code != "policy.quote-ambiguous"


@given(st.text(st.sampled_from("aB.!? \n#-|1)e.g\u201d。"), max_size=80))
def test_no_letter_of_a_text_is_outside_every_sentence(text: str) -> None:
    sentences = split_sentences(text)
    inside = {place for s in sentences for place in range(s.start, s.end)}
    assert all(letter.isspace() or place in inside for place, letter in enumerate(text))
    assert all(a.end <= b.start for a, b in pairwise(sentences))
