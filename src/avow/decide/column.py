"""The same question about a whole column: which of its rows may be used?

Promises: a column may be used where *all* its categories may, for *every* kind of person that the row is about; a row
of no declared kind is nobody's to use. The parts of the answer are kept, so that an explanation can name the one that
decided. Takes plain values, which the data map gives (`datamap.columns`); refuses to read a map or a store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from avow.decide.engine import Covers, decide
from avow.decide.question import Decision, Question
from avow.policy.promise import PolicyVersion, Rule


@dataclass(frozen=True)
class Kind:
    """A kind of row: whose data it is, and the attribute values that make a row one of it (none: every row)."""

    name: str
    subjects: tuple[str, ...]
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnUse:
    """A column as a person speaks of it ("contacts.email"), what it holds and whose. No category: not personal."""

    name: str
    categories: frozenset[str]
    kinds: tuple[Kind, ...]
    link: bool = False


@dataclass(frozen=True)
class Part:
    """One decision out of which a column's is made."""

    kind: str
    question: Question
    decision: Decision


@dataclass(frozen=True)
class ColumnDecision:
    """`parts` has one entry for each kind of row, category and kind of person; none for a column that is not personal."""

    column: ColumnUse
    parts: tuple[Part, ...]

    @property
    def allowed(self) -> bool:
        """For every kind of row that was asked about."""
        return all(part.decision.allowed for part in self.parts) and (bool(self.parts) or not self.column.categories)

    @property
    def promises(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(promise for part in self.parts for promise in part.decision.promises))

    def kinds(self) -> dict[str, bool]:
        """Each kind of row asked about, and whether the column may be used on rows of it alone."""
        names = dict.fromkeys(part.kind for part in self.parts)
        return {name: all(p.decision.allowed for p in self.parts if p.kind == name) for name in names}


def decide_column(
    rules: PolicyVersion | Iterable[Rule], column: ColumnUse, question: Question, covers: Covers
) -> ColumnDecision:
    """Decide for each kind of row. `question.category` and `.subject` are filled in; where `question.row` is given only the
    kinds that the row belongs to are asked about, otherwise every kind, each with its own constant attributes."""
    version = rules if isinstance(rules, PolicyVersion) else tuple(rules)
    parts = [
        Part(kind.name, asked, decide(version, asked, covers))
        for kind in column.kinds
        if _may_be(kind, question)
        for category in sorted(column.categories)
        for subject in kind.subjects or ("",)
        for asked in [_asked(question, category, subject, kind)]
    ]
    return ColumnDecision(column, tuple(parts))


def _asked(question: Question, category: str, subject: str, kind: Kind) -> Question:
    row = question.row or kind.where
    return replace(question, category=category, subject=subject, row=row)


def _may_be(kind: Kind, question: Question) -> bool:
    return not question.row or all(question.row.get(name) == word for name, word in kind.where.items())
