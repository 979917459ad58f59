"""The difference between two policy versions in words: for the page, for the mail, and for whoever decides who must be told.

Promises: sentences that came, went or were put otherwise, and what the promises behind them newly allow. Refuses to judge whether
somebody must be told: it says how far the change goes, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from avow.duties.notices.words import policy_words
from avow.policy import PolicyVersion, compare_versions, unread_before

_ALIKE = 0.6  # from here on two sentences count as one that was put otherwise


@dataclass(frozen=True)
class Change:
    """One sentence: `kind` is added, removed or reworded; `before` or `after` is "" where there is none."""

    kind: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """How far a version goes beyond the one before. `wider` holds promise ids that allow more or require less; `unread`: out of the
    version before nobody read what it allows, so nothing can be told to be new."""

    changes: tuple[Change, ...]
    wider: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    unread: bool = False

    @property
    def must_tell(self) -> bool:
        """Whether the version allows something that people were not told: each of them is then told by itself."""
        return not self.unread and bool(self.wider or self.purposes or self.recipients)


def tell_difference(earlier: PolicyVersion, later: PolicyVersion) -> Told:
    """What to tell those who know the earlier version."""
    found = compare_versions(earlier, later)
    changes = tuple(list_changes(_sentences(earlier), _sentences(later)))
    unread = bool(unread_before((earlier,), later))
    return Told(changes, found.widened, found.added_purposes, found.added_recipients, unread)


def list_changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """In the order of the later text."""
    for tag, i, j, k, m in SequenceMatcher(None, list(before), list(after), autojunk=False).get_opcodes():
        if tag != "equal":
            yield from _pair(before[i:j], after[k:m])


def _pair(gone: Sequence[str], came: Sequence[str]) -> Iterator[Change]:
    """Sentences that are much alike are one sentence in other words."""
    left = list(gone)
    for sentence in came:
        near = max(left, key=lambda other: SequenceMatcher(None, other, sentence).ratio(), default="")
        if near and SequenceMatcher(None, near, sentence).ratio() >= _ALIKE:
            left.remove(near)
            yield Change("reworded", near, sentence)
        else:
            yield Change("added", "", sentence)
    for sentence in left:
        yield Change("removed", sentence, "")


def _sentences(version: PolicyVersion) -> list[str]:
    return [words for one in version.sentences if (words := policy_words(one.text))]
