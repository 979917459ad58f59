"""Finds where a quote stands in a policy text: in exactly one place, or not at all.

After the W3C text quote selector: `exact`, made unique by `prefix` and `suffix`. Line breaks, white space and typography do
not matter (see `folding`); letters do. Refuses to choose: of two places none is taken; a quote that was changed is shown beside
the nearest words, not anchored to them; and the inside of a longer word is no place ("use" does not stand in "because").
Source: W3C Web Annotation Data Model, 4.2.4.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from avow.errors import Diagnostic, Place
from avow.policy.folding import Folded, fold, fold_words, joined
from avow.policy.promise import Anchor, Quote

_NEAR = 0.6  # how alike the nearest words must be to be shown
_CONTEXT = 12  # the most words offered as a prefix or suffix
_TRIED = 8  # places with the most words in common that are compared letter by letter
_SHOWN = 6  # the most places named in a diagnostic
_SO = "no verdict is given for this promise, and the whole version is not used"


def place_quote(text: str | Folded, quote: Quote, where: Place, original: str = "") -> Anchor | Diagnostic:
    """The one place of `quote`, or the diagnostic `policy.quote-missing`, `-ambiguous` or `-changed` for `where`.

    Pass a `Folded` with its `original` when many quotes are placed in one text."""
    folded, original = (fold(text), text) if isinstance(text, str) else (text, original)
    exact = fold_words(quote.exact)
    found = [start for start in _occurrences(folded.text, exact) if _fits(folded.text, start, exact, quote)]
    if len(found) == 1:
        start, end = folded.at[found[0]], folded.ends[found[0] + len(exact) - 1]
        return Anchor(start, end, *line_and_column(original, start))
    return _say_ambiguous(folded, original, found, exact, where) if found else _say_missing(folded, quote, where)


def check_quotes(
    text: str, quotes: Iterable[tuple[str, str]], file: str = "quotes"
) -> list[tuple[str, Anchor | Diagnostic]]:
    """Places every (id, quote) in any text; the n-th quote is line n of `file` in diagnostics."""
    folded = fold(text)
    return [
        (name, place_quote(folded, Quote(words), Place(file, number), text))
        for number, (name, words) in enumerate(quotes, 1)
    ]


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Both count from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _occurrences(text: str, exact: str) -> Iterator[int]:
    """Every place, also overlapping ones, that does not begin or end inside a word."""
    start = text.find(exact) if exact else -1
    while start >= 0:
        end = start + len(exact)
        inside = joined(text[start - 1 : start], exact[0]) or joined(exact[-1], text[end : end + 1])
        if not inside:
            yield start
        start = text.find(exact, start + 1)


def _fits(text: str, start: int, exact: str, quote: Quote) -> bool:
    before = text[:start].rstrip()
    after = text[start + len(exact) :].lstrip()
    return before.endswith(fold_words(quote.prefix)) and after.startswith(fold_words(quote.suffix))


def _say_ambiguous(folded: Folded, original: str, found: list[int], exact: str, where: Place) -> Diagnostic:
    lines = [str(line_and_column(original, folded.at[start])[0]) for start in found[:_SHOWN]]
    more = ", ..." if len(found) > _SHOWN else ""
    offers = [offer for start in found[:2] if (offer := _context(folded.text, start, found, exact))]
    return Diagnostic(
        where,
        "policy.quote-ambiguous",
        f"the quote stands in {len(found)} places (lines {', '.join(lines)}{more}) and nothing says which is meant",
        f"write the quote as `exact:` with what only one place has: {' or '.join(offers) or 'more of its words'}",
        _SO,
    )


def _context(text: str, start: int, found: list[int], exact: str) -> str:
    """The shortest prefix of whole words that no other place has; failing that, the shortest suffix."""
    before = {place: text[:place].split() for place in found}
    after = {place: text[place + len(exact) :].split(maxsplit=_CONTEXT)[:_CONTEXT] for place in found}
    for count in range(1, min(_CONTEXT, len(before[start])) + 1):
        if sum(before[place][-count:] == before[start][-count:] for place in found) == 1:
            return f'`prefix: "{" ".join(before[start][-count:])}"`'
    for count in range(1, len(after[start]) + 1):
        if sum(after[place][:count] == after[start][:count] for place in found) == 1:
            return f'`suffix: "{" ".join(after[start][:count])}"`'
    return ""


def _say_missing(folded: Folded, quote: Quote, where: Place) -> Diagnostic:
    exact = fold_words(quote.exact)
    if next(_occurrences(folded.text, exact), None) is not None:
        cause = "the quote stands in the policy, but not between this prefix and this suffix"
        help = "correct `prefix:` and `suffix:`: they are the words directly before and behind the quote"
        return Diagnostic(where, "policy.quote-changed", cause, help, _SO)
    near = _nearest(folded.text, exact)
    if near:
        return Diagnostic(
            where,
            "policy.quote-changed",
            f"the quote does not stand in the policy; the nearest words are `{near}`",
            "quote the words as they are published, and read again whether the rules still say what they mean",
            _SO,
        )
    return Diagnostic(
        where,
        "policy.quote-missing",
        "the quote does not stand in the policy, and nothing near it does",
        "remove the promise if the statement is gone, or quote the words that replaced it",
        _SO,
    )


def _nearest(text: str, exact: str) -> str:
    """The words most like the quote, where they are like enough to be the same statement changed; else nothing."""
    wanted = frozenset(exact.lower().split())
    starts = [0, *(place + 1 for place, letter in enumerate(text[:-1]) if letter == " ")] if wanted and text else []
    windows = [_window(text, start, len(exact)) for start in starts]
    likely = sorted(windows, key=lambda w: -len(wanted & set(w.lower().split())))[:_TRIED]
    scored = [(_alike(window, exact), window) for window in likely]
    best = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
    return best[1] if best[0] >= _NEAR else ""


def _window(text: str, start: int, width: int) -> str:
    end = text.find(" ", start + width)
    return text[start : end if end >= 0 else len(text)]


def _alike(window: str, exact: str) -> float:
    return difflib.SequenceMatcher(None, window.lower(), exact.lower(), autojunk=False).ratio()
