"""Gathers what an answer says beside the data: permitted uses, logged uses, recipients by name, times of keeping.

Takes the policy version, the data map, the recipients' file and ledger entries as values. Every permitted use is asked of the
reference engine (`avow.decide`), with the person's own state: a use that an objection stops is told as stopped.
Refuses to guess a purpose from a name, and to call a recipient by its kind where the file names it.
Source: GDPR article 15(1)(a), (c), (d); C-154/21 (named recipients).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from avow.datamap.holds import categories_of
from avow.datamap.model import RecordKind, StoreMap, Table
from avow.decide import Question, decide
from avow.duties.rights.answer.model import LoggedUse, RecipientFacts, RegisterUse, RetentionFacts
from avow.ledger import Entry, Kind
from avow.policy import PolicyVersion, RecipientEntry
from avow.policy.promise import Condition, Promise, Rule
from avow.stores.duty import StoreSpec
from avow.vocabulary import Vocabulary

SELF = "subject"  # the recipient of an entry about an answer that went to the person
_ROW_EVENTS = frozenset({"row", "recorded", "collected", "collection", "created", "received"})
_GIVEN = (Kind.EXPORT, Kind.DISCLOSE)
_DENIES = (("objected:", "objected"), ("restricted", "restricted"), ("erasing", "erasing"))


def list_register(
    version: PolicyVersion, store_map: StoreMap, vocabulary: Vocabulary, state: frozenset[str] = frozenset()
) -> dict[tuple[str, str, str], tuple[RegisterUse, ...]]:
    """(store, table, column) -> the uses that the version permits for every category of the column, for any kind of record
    and person of the table. `state` holds the person's marks."""
    asking = _Asking(version, vocabulary, state)
    found = {}
    for table in store_map.tables:
        for column in table.columns:
            categories = sorted(categories_of(column))
            if categories:
                found[store_map.name, table.name, column.name] = asking.uses_of(table, categories)
    return found


@dataclass
class _Asking:
    """Asks the engine each question once; many columns share them."""

    version: PolicyVersion
    vocabulary: Vocabulary
    state: frozenset[str]
    _known: dict[tuple[object, ...], RegisterUse | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._promises = {promise.id: promise for promise in self.version.promises}
        self._permits = [r for r in self.version.rules if r.kind == "permit"]

    def uses_of(self, table: Table, categories: Sequence[str]) -> tuple[RegisterUse, ...]:
        found: dict[tuple[str, str], RegisterUse] = {}
        for kind in table.records:
            for subject in kind.subjects or ("",):
                shared: dict[tuple[str, str], RegisterUse] | None = None
                for category in categories:
                    uses = {(u.purpose, u.recipient): u for u in self._category(table, kind, subject, category)}
                    shared = uses if shared is None else {key: shared[key] for key in shared if key in uses}
                for key, use in (shared or {}).items():
                    if key not in found or use.stopped < found[key].stopped:
                        found[key] = use
        return tuple(sorted(found.values()))

    def _category(self, table: Table, kind: RecordKind, subject: str, category: str) -> Iterator[RegisterUse]:
        for rule in self._permits:
            if any(self.vocabulary.covers(term, category) for term in rule.data):
                facts = _possible_row(rule.when, table, kind)
                if facts is not None:
                    yield from self._asked(rule, subject, category, facts)

    def _asked(self, rule: Rule, subject: str, category: str, row: Mapping[str, str]) -> Iterator[RegisterUse]:
        for purpose in rule.purposes:
            for recipient in rule.recipients:
                key = (rule.id, purpose, recipient, subject, category, tuple(sorted(row.items())))
                if key not in self._known:
                    self._known[key] = self._decide(rule, purpose, recipient, subject, category, row)
                if (use := self._known[key]) is not None:
                    yield use

    def _decide(
        self, rule: Rule, purpose: str, recipient: str, subject: str, category: str, row: Mapping[str, str]
    ) -> RegisterUse | None:
        asked = _fitting(rule, Question(category, purpose, recipient, subject=subject, row=row))
        actual = replace(asked, state=self.state)
        rules, covers = self.version.rules, self.vocabulary.covers
        possible = decide(rules, asked, covers)
        if not possible.allowed:
            return None
        stopped = "" if decide(rules, actual, covers).allowed else _why_stopped(self.state)
        return RegisterUse(purpose, recipient, self._sentence(possible.promises), _in_words(rule), stopped)

    def _sentence(self, promises: Iterable[str]) -> str:
        first = next((self._promises[p] for p in promises if p in self._promises), None)
        return _quote(first) if first else ""


def _quote(promise: Promise) -> str:
    return " ".join(promise.quote.exact.split())


def _possible_row(conditions: Iterable[Condition], table: Table, kind: RecordKind) -> dict[str, str] | None:
    """Attributes of a row of this kind under which the conditions can hold; None if there is no such row."""
    row = dict(kind.where)
    for condition in conditions:
        if condition.kind in ("row", "own_rows"):
            if table.find_attribute(condition.name) is None:
                return None
            if condition.kind == "row" and row.setdefault(condition.name, condition.values[0]) not in condition.values:
                return None
            row.setdefault(condition.name, "own")
    return row


def _fitting(rule: Rule, question: Question) -> Question:
    """The question with every other fact that the permit asks for."""
    want = {kind: frozenset(v for c in rule.when if c.kind == kind for v in c.values) for kind in _FACTS}
    own = {c.name: question.row.get(c.name, "own") for c in rule.when if c.kind == "own_rows"}
    return replace(
        question,
        state=want["state_present"],
        cases=want["case_open"],
        events=want["after"],
        place=next(iter(sorted(want["place"])), ""),
        own=own,
        consents=frozenset({question.recipient}),
        form=rule.form,
        group=rule.at_least,
    )


_FACTS = ("state_present", "case_open", "after", "place")


def _why_stopped(state: frozenset[str]) -> str:
    for prefix, why in _DENIES:
        if any(mark.startswith(prefix) for mark in state):
            return why
    return "not_agreed"


def _in_words(rule: Rule) -> str:
    """The conditions of a permit for the person concerned; "" none."""
    parts = [words for c in rule.when if (words := _CONDITION[c.kind](c))]
    if rule.form == "aggregate":
        parts.append(f"only as numbers about groups of at least {rule.at_least} people")
    return "; ".join(dict.fromkeys(parts))


def _any_of(values: Iterable[str]) -> str:
    return " or ".join(value.partition(":")[2].replace("_", " ") or value.replace("_", " ") for value in values)


_CONDITION: Mapping[str, Callable[[Condition], str]] = {
    "state_absent": lambda c: "unless you object" if any(v.startswith("objected") for v in c.values) else "",
    "state_present": lambda c: "only if you agreed or were told",
    "row": lambda c: f"only where the {c.name.replace('_', ' ')} is {_any_of(c.values)}",
    "own_rows": lambda c: f"only by the {c.name.replace('_', ' ')} concerned",
    "case_open": lambda c: f"only while a case is open ({_any_of(c.values)})",
    "consent_for_recipient": lambda c: "only if you agreed to this recipient",
    "place": lambda c: "",
    "before": lambda c: f"only before: {_any_of(c.values)}",
    "after": lambda c: f"only after: {_any_of(c.values)}",
}


def list_logged_uses(entries: Iterable[Entry]) -> tuple[LoggedUse, ...]:
    """Ledger entries about one person, drawn together by pair, kind, tables and columns. Streams; holds one line each."""
    found: dict[tuple[object, ...], _Line] = defaultdict(_Line)
    for entry in entries:
        key = (entry.pair, entry.kind, entry.tables, entry.columns)
        found[key].add(datetime.fromtimestamp(entry.at / 1e6, UTC).date(), entry.kind in _GIVEN)
    return tuple(
        sorted(
            LoggedUse(
                *_split_pair(str(pair)),
                kind=Kind(kind).name.lower(),  # type: ignore[arg-type]
                tables=_names(str(tables)),
                columns=_names(str(columns)),
                times=line.times,
                first=min(line.ends),
                last=max(line.ends),
                days=tuple(sorted(line.days)),
            )
            for (pair, kind, tables, columns), line in found.items()
        )
    )


@dataclass
class _Line:
    times: int = 0
    ends: set[date] = field(default_factory=set)
    days: set[date] = field(default_factory=set)

    def add(self, day: date, given: bool) -> None:
        self.times += 1
        self.ends = {min({day} | self.ends), max({day} | self.ends)}
        if given:
            self.days.add(day)


def _split_pair(pair: str) -> tuple[str, str]:
    purpose, _, recipient = pair.partition("/")
    return purpose, recipient


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name for name in listed.split(",") if name and name != "+")


def list_recipients(
    entries: Iterable[RecipientEntry], log: Iterable[LoggedUse], vocabulary: Vocabulary
) -> tuple[RecipientFacts, ...]:
    """Everybody outside: those of the file by their legal name, with the days on which the log saw data go to them; then
    those that only the log knows, by kind. A logged kind that fits several firms is told apart from all of them."""
    listed = tuple(entries)
    days: dict[str, set[date]] = defaultdict(set)
    purposes: dict[str, set[str]] = defaultdict(set)
    for use in log:
        if use.days and use.recipient != SELF and not vocabulary.covers("internal", use.recipient):
            days[use.recipient].update(use.days)
            purposes[use.recipient].add(use.purpose)
    named = []
    for entry in listed:
        fits = [i for i in (entry.id, entry.id.replace("-", "_")) if i in days]
        if not fits and entry.kind in days and sum(e.kind == entry.kind for e in listed) == 1:
            fits = [entry.kind]
        seen = tuple(sorted({day for i in fits for day in days.pop(i)}))
        if seen or entry.purposes or entry.data:
            named.append(
                RecipientFacts(
                    entry.entity, entry.kind, entry.location, entry.purposes, entry.data, seen, entry.expires
                )
            )
    unnamed = [
        RecipientFacts("", kind, purposes=tuple(sorted(purposes[kind])), dates=tuple(sorted(seen)))
        for kind, seen in days.items()
    ]
    return (*sorted(named), *sorted(unnamed))


def list_retention(version: PolicyVersion, specs: Iterable[StoreSpec]) -> tuple[RetentionFacts, ...]:
    """The version's time limits, then what the data map keeps, why and for how many years."""
    bounds = [
        RetentionFacts(categories=rule.data, days=_days(rule), after=_event(str(rule.detail.get("after", ""))))
        for rule in version.rules
        if rule.kind == "bound"
    ]
    kept = [
        RetentionFacts(
            tables=((spec.name, table.name),),
            ground=table.ground,
            after="row" if table.years else "",
            years=table.years,
        )
        for spec in specs
        for table in spec.tables
        if table.erasure == "keep" and table.ground
    ]
    return (*bounds, *kept)


def _days(rule: Rule) -> int | None:
    days = rule.detail.get("days")
    return days if isinstance(days, int) else None


def _event(name: str) -> str:
    return "row" if name in _ROW_EVENTS else name.replace("_", " ").replace("-", " ")
