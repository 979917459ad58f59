"""What changed between two policy versions: promises added, removed, reworded, narrowed, widened; what is newly allowed.

A purpose or recipient that a version *adds* is what earlier people were not told: the compilers deny it for rows collected
before it until consent or notice admits them (`with_owed`). Refuses to call a reworded promise the same: its words are part
of it; and to call a promise narrower when it is narrower in one thing and wider in another: that is widened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

from avow.policy.folding import fold_words
from avow.policy.promise import Owed, PolicyVersion, Promise, Rule
from avow.vocabulary import Vocabulary, load_vocabulary


@dataclass(frozen=True)
class Difference:
    """Promise ids, sorted. `narrowed` allow less than before and nothing more; `widened` allow something that was not
    allowed, or forbid or require less. `added_purposes` and `added_recipients`: no permit of the earlier version covers them."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    reworded: tuple[str, ...]
    narrowed: tuple[str, ...]
    widened: tuple[str, ...]
    added_purposes: tuple[str, ...]
    added_recipients: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not any(vars(self).values())


def with_owed(versions: Sequence[PolicyVersion]) -> tuple[PolicyVersion, ...]:
    """The versions (oldest first), each with what all earlier ones still owe to the rows collected under them.

    A version out of which nobody read a permit owes nothing: what it allowed is not known, so nothing can be told to be
    new. `unread_before` names those."""
    found = []
    for index, version in enumerate(versions):
        owed = tuple(
            Owed(earlier.version, following.published, _uses_rules(earlier))
            for earlier, following in pairwise(versions[: index + 1])
            if _has_permit(earlier)
        )
        found.append(replace(version, owed=owed))
    return tuple(found)


def unread_before(versions: Iterable[PolicyVersion], version: PolicyVersion) -> tuple[str, ...]:
    """Earlier versions out of which nobody has read a permit: later uses cannot be compared with them."""
    return tuple(v.version for v in versions if v.published < version.published and not _has_permit(v))


def _has_permit(version: PolicyVersion) -> bool:
    return any(rule.kind == "permit" for rule in version.rules)


def _uses_rules(version: PolicyVersion) -> tuple[Rule, ...]:
    return tuple(rule for rule in version.rules if rule.kind in ("permit", "forbid"))


@dataclass(frozen=True)
class _Use:
    """One combination that a rule speaks of. An empty term stands for every term of its kind."""

    data: str
    subject: str
    purpose: str
    recipient: str
    do: str
    form: str
    at_least: int
    conditions: frozenset[object]  # narrow a permit's use
    exceptions: frozenset[object]  # what may stand against a prohibition


def compare_versions(earlier: PolicyVersion, later: PolicyVersion, vocabulary: Vocabulary | None = None) -> Difference:
    """The differences that a person has to look at before the later version takes effect."""
    covers = (vocabulary or load_vocabulary()).covers
    before, after = _by_id(earlier), _by_id(later)
    both = sorted(before.keys() & after.keys())
    wider = {i for i in both if not _within(after[i], before[i], covers)}
    narrower = {i for i in both if not _within(before[i], after[i], covers)} - wider
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        reworded=tuple(i for i in both if _words(before[i]) != _words(after[i])),
        narrowed=tuple(sorted(narrower)),
        widened=tuple(sorted(wider)),
        added_purposes=_new(_permitted(earlier, "purposes"), _permitted(later, "purposes"), covers),
        added_recipients=_new(_permitted(earlier, "recipients"), _permitted(later, "recipients"), covers),
    )


def _by_id(version: PolicyVersion) -> dict[str, Promise]:
    return {promise.id: promise for promise in version.promises}


def _words(promise: Promise) -> str:
    return fold_words(promise.quote.exact)


def _permitted(version: PolicyVersion, what: str) -> set[str]:
    return {term for rule in version.rules if rule.kind == "permit" for term in getattr(rule, what)}


def _new(before: set[str], after: set[str], covers: Callable[[str, str], bool]) -> tuple[str, ...]:
    return tuple(sorted(term for term in after if not any(covers(known, term) for known in before)))


def _within(one: Promise, other: Promise, covers: Callable[[str, str], bool]) -> bool:
    """True if `one` allows nothing that `other` does not, forbids all that `other` forbids, and requires all that it requires."""
    allows = all(any(_covers(b, a, covers) for b in _uses(other, "permit")) for a in _uses(one, "permit"))
    forbids = all(any(_covers(a, b, covers) for a in _uses(one, "forbid")) for b in _uses(other, "forbid"))
    return allows and forbids and _required(other) <= _required(one)


def _uses(promise: Promise, kind: str) -> list[_Use]:
    return [use for rule in promise.rules if rule.kind == kind for use in _uses_of(rule)]


def _uses_of(rule: Rule) -> Iterable[_Use]:
    every = ("",)
    parts = product(
        rule.data, rule.subjects or every, rule.purposes or every, rule.recipients or every, sorted(rule.do)
    )
    conditions, exceptions = frozenset(rule.when), frozenset(rule.unless)
    for data, subject, purpose, recipient, do in parts:
        yield _Use(data, subject, purpose, recipient, do, rule.form, rule.at_least, conditions, exceptions)


def _covers(wide: _Use, narrow: _Use, covers: Callable[[str, str], bool]) -> bool:
    """A use is covered by one of wider terms and of no further conditions; rows cover groups, and small groups large ones."""
    terms = all(
        not getattr(wide, key) or covers(getattr(wide, key), getattr(narrow, key))
        for key in ("data", "subject", "purpose", "recipient")
    )
    form = wide.form == "rows" or (narrow.form == "aggregate" and wide.at_least <= narrow.at_least)
    return (
        terms
        and form
        and wide.do == narrow.do
        and wide.conditions <= narrow.conditions
        and wide.exceptions <= narrow.exceptions
    )


def _required(promise: Promise) -> frozenset[object]:
    """What the promise demands beside uses, each rule as a whole: any change of one counts as a demand given up and a new one."""
    return frozenset(
        (
            r.kind,
            r.data,
            r.subjects,
            r.sources,
            r.places,
            r.when,
            tuple(sorted((k, str(v)) for k, v in r.detail.items())),
        )
        for r in promise.rules
        if r.kind not in ("permit", "forbid")
    )
