"""The words of a policy as people read them: out of the registered text, and out of a page that shows it.

Promises one normal form for both, so that a page can be held against a version by a digest. White space, quotes and dashes of
another form, and the marks of Markdown do not matter; letters, digits, order and punctuation do. Refuses to guess where on a page
of another website the policy begins: its words must stand there in one piece.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from html.parser import HTMLParser

from avow.policy.folding import fold_words

_MARK = re.compile(r"^[^\S\n]*(?:#{1,6}[^\S\n]+|(?:[-*+\u2022]|\d+[.)])[^\S\n]+)", re.MULTILINE)
_EMPHASIS = re.compile(r"\*\*(.+?)\*\*|__(.+?)__|\*(.+?)\*", re.DOTALL)
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "code", "em", "i", "mark", "q", "small", "span", "strong", "sub", "sup", "u"}
)
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head"})
_VOID = frozenset(
    {"br", "hr", "img", "input", "link", "meta", "wbr", "area", "base", "col", "embed", "source", "track"}
)
ARTICLE = "policy-text"
"""The id of the element of our own page that holds the policy and nothing else."""
AROUND = 8  # words shown on either side of the first difference


@dataclass(frozen=True)
class Compared:
    """`same`: the page shows the words. `digest` is of what was compared on the page; `difference` says where it first differs."""

    same: bool
    digest: str
    difference: str = ""


def policy_words(text: str) -> str:
    """The words of a registered text as people read them."""
    return fold_words(_EMPHASIS.sub(lambda m: m[1] or m[2] or m[3], _MARK.sub("", text)))


def digest_of(words: str) -> str:
    """SHA-256 in hex of words in their normal form."""
    return hashlib.sha256(words.encode()).hexdigest()


def page_words(html: str, article: str = "") -> str:
    """What a reader sees on a page, or in the element with the id `article`, in the normal form; "" where that is not there."""
    reader = _Reader(article)
    reader.feed(html)
    reader.close()
    return fold_words("".join(reader.parts))


def compare_page(text: str, html: str, own: bool) -> Compared:
    """Holds a page against a registered text. `own`: one of our pages, where the article is the policy and nothing besides."""
    wanted = policy_words(text)
    shown = page_words(html, ARTICLE if own else "")
    if own:
        return Compared(shown == wanted, digest_of(shown), "" if shown == wanted else first_difference(wanted, shown))
    if wanted in shown:
        return Compared(True, digest_of(wanted))
    start = shown.find(wanted[:60])
    found = shown[start : start + len(wanted)] if start >= 0 else ""
    words = first_difference(wanted, found) if found else "the first words of the version do not stand on the page"
    return Compared(False, digest_of(found), words)


def first_difference(wanted: str, shown: str) -> str:
    """Where two texts part, in words: a policy is public, so its words may be told."""
    left, right = wanted.split(), shown.split()
    at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    if at == len(left) == len(right):
        return ""
    says = " ".join(left[max(at - 2, 0) : at + AROUND]) or "nothing more"
    reads = " ".join(right[max(at - 2, 0) : at + AROUND]) or "nothing more"
    return f"the version says \u201c{says}\u201d where the page says \u201c{reads}\u201d"


class _Reader(HTMLParser):
    """Collects the text of a page, or of the element with one id."""

    def __init__(self, article: str) -> None:
        super().__init__(convert_charrefs=True)
        self.article, self.parts = article, list[str]()
        self._open: list[str] = []
        self._inside = -1 if article else 0  # how many elements were open when the wanted one began
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._part(tag)
        if tag in _VOID:
            return
        if self._inside < 0 and dict(attrs).get("id") == self.article:
            self._inside = len(self._open)
        self._open.append(tag)
        self._unseen += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        while tag in self._open:
            closed = self._open.pop()
            self._unseen -= closed in _UNSEEN
            if self.article and len(self._open) == self._inside:
                self._inside = -2  # it was here: whatever follows is beside it
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._inside >= 0 and not self._unseen:
            self.parts.append(data)

    def _part(self, tag: str) -> None:
        if tag not in _INLINE:
            self.handle_data(" ")
