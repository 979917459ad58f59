"""The typed form of a published policy: promises, their anchors, and rules.

A promise is one statement of one policy version; a rule is what a person says the promise means for machines.
Plain frozen values only; this module reads nothing and decides nothing.
Source: architecture, "The one idea".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from avow.errors import Place

RULE_KINDS: tuple[str, ...] = (
    "permit",  # data may be used: purposes x recipients x do, under `when`
    "forbid",  # data may not be used; beats every permit unless one of `unless` holds
    "require.source",  # every row of the data has a source out of `sources` (closed list)
    "require.field",  # detail.attribute must be present (for rows matching `when`)
    "require.choice",  # nothing is completed before the outcome of the question about `purposes` is recorded; a no acts at once
    "require.inventory",  # the live columns holding the subjects' data are exactly mapped and within `data`
    "require.place",  # stores, recipients and intakes in scope lie within `places`
    "require.version",  # policy versions are immutable, each later one carries a reason; old ones stay readable
    "bound",  # a time limit: detail.after (event), detail.days
    "duty",  # what the company does without anyone asking: detail.duty, detail.shows
    "right",  # detail.right: access, copy, rectification, erasure, restriction, objection, complaint, question
    "observe",  # a live fact must hold: detail.that (a registered observation), detail.* its parameters
    "attest",  # a document or person vouches: detail.evidence (file below evidence/); owner and expiry stand there
)

CONDITION_KINDS: tuple[str, ...] = (
    "state_absent",  # the subject's state does not hold `value` ("objected:marketing.own", "restricted")  -> deny bit
    "state_present",  # the subject's state holds `value` ("consented:marketing.third_party", "told:...")  -> admit bit
    "row",  # row attribute `name` equals one of `values`
    "own_rows",  # row attribute `name` equals the actor's own key
    "case_open",  # a case of kind `value` is open for the subject
    "consent_for_recipient",  # the subject consented to this recipient
    "place",  # the place of the use is within `values`
    "before",  # before event `value`
    "after",  # after event `value`
)


@dataclass(frozen=True)
class Condition:
    """One entry of a rule's `when` or `unless`. `name` is the row attribute where the kind has one."""

    kind: str
    values: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class Rule:
    """One typed rule. `id` is `<promise id>/<n or name>`. Empty `subjects` means every kind of subject; empty
    `purposes`/`recipients` mean every one, for a forbid only (a permit must name both).
    `do` is a subset of {"read", "write"}; `form` is "rows" or "aggregate" (then `at_least` subjects per group)."""

    id: str
    promise: str
    kind: str
    data: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    do: frozenset[str] = frozenset({"read"})
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    form: str = "rows"
    at_least: int = 0
    detail: Mapping[str, str | int | tuple[str, ...]] = field(default_factory=dict)
    place: Place = Place("")


@dataclass(frozen=True)
class Quote:
    """W3C text quote selector: `exact`, made unique where needed by `prefix` and `suffix`."""

    exact: str
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Anchor:
    """Where a quote stands in the policy text as published: character offsets [start, end), line and column of start."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True)
class Promise:
    """One statement. `checkable` is machine | evidence | none. `conflicts` names promises that say otherwise, with
    the reading that holds; `limits` is a person's own sentence, added to the generated one."""

    id: str
    quote: Quote
    anchor: Anchor
    act: str
    modality: str
    source: str = ""
    data: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    condition: str = ""
    duration: str = ""
    location: str = ""
    checkable: str = "machine"
    rules: tuple[Rule, ...] = ()
    needs: tuple[str, ...] = ()  # proofs that stand outside every rule written so far: keeps the verdict at unproven
    conflicts: tuple[str, ...] = ()
    limits: str = ""
    place: Place = Place("")


@dataclass(frozen=True)
class Sentence:
    """One sentence of the policy text; `promises` are the ids anchored in it; none and not `plain` = unread."""

    start: int
    end: int
    line: int
    text: str
    promises: tuple[str, ...]
    plain: bool = False  # a heading, or marked by a person as carrying no practice


@dataclass(frozen=True)
class Owed:
    """What an earlier version still holds to: rows collected before `until`, the day on which the next version was
    published, keep its permits and prohibitions (`rules`)."""

    version: str
    until: date
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class PolicyVersion:
    """One immutable published version with everything that was read out of it."""

    company: str
    version: str
    published: date
    language: str
    shown_at: tuple[str, ...]
    reason: str  # why it changed; empty only for the first version
    text: str  # exactly as published, front matter removed
    digest: str  # sha256 hex of the file's bytes
    promises: tuple[Promise, ...]
    sentences: tuple[Sentence, ...]
    file: str = ""
    owed: tuple[Owed, ...] = ()  # of earlier versions; `versions.with_owed` fills it in

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for promise in self.promises for rule in promise.rules)

    @property
    def unread(self) -> tuple[Sentence, ...]:
        return tuple(s for s in self.sentences if not s.promises and not s.plain)
