"""What a company does with personal data, and which sentence of its policy says so: the report of practice without a sentence.

Promises: every live column, source, use, recipient and safeguard that is given stands in the report once, with the promises that
speak of it; what nobody mapped is there too, without any. Refuses to call a practice said because it is harmless: a sentence has to
say it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from avow.datamap.coverage import says_a_use
from avow.datamap.holds import UNCONFIRMED, categories_of
from avow.datamap.model import StoreMap, Table
from avow.policy.promise import PolicyVersion, Promise, Rule
from avow.policy.recipients import RecipientEntry
from avow.stores.port import StoreDescription
from avow.vocabulary import Vocabulary

KINDS: tuple[str, ...] = ("collection", "source", "use", "recipient", "safeguard")
_HOLDING = ("table", "foreign table", "partition", "materialized view")
INSIDE = "inside"  # what stands for the purpose where a department shares a record with another
_OWN_COLUMNS = frozenset({"avow_mask", "avow_handling", "avow_batch"})


@dataclass(frozen=True)
class Practice:
    """One thing that is done. `said_by` are the ids of the promises that say so; none: it has no sentence."""

    kind: str
    what: str
    said_by: tuple[str, ...]


@dataclass(frozen=True)
class LiveStore:
    """One store as it is now. `description` None where a person works by hand; `sources` counts rows whose source nobody mapped, by
    table; `controls` maps each control that was applied to the promises that asked for it."""

    map: StoreMap
    description: StoreDescription | None = None
    sources: Mapping[str, int] = field(default_factory=dict)
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Doings:
    """Everything live that a policy has to speak of. `uses` are pairs ("purpose/recipient") that the ledger recorded."""

    stores: tuple[LiveStore, ...]
    recipients: tuple[RecipientEntry, ...] = ()
    uses: tuple[str, ...] = ()


def list_practice(version: PolicyVersion, vocabulary: Vocabulary, doings: Doings) -> tuple[Practice, ...]:
    """By kind, then by name. What is without a sentence has an empty `said_by`."""
    say = _Sayings(version, vocabulary)
    found: dict[tuple[str, str], Practice] = {}
    for practice in _all(say, doings):
        found.setdefault((practice.kind, practice.what), practice)
    return tuple(found[key] for key in sorted(found, key=lambda key: (KINDS.index(key[0]), key[1])))


def unsaid(practices: Iterable[Practice]) -> tuple[Practice, ...]:
    """Those without a sentence."""
    return tuple(practice for practice in practices if not practice.said_by)


def _all(say: _Sayings, doings: Doings) -> Iterator[Practice]:
    for store in doings.stores:
        yield from _collections(say, store)
        yield from _sources(say, store)
        yield from (Practice("use", str(pair), say.of_use(pair.purpose, pair.recipient)) for pair in store.map.pairs)
        for key, why in store.controls.items():
            yield Practice("safeguard", f"{store.map.name}: {key}", tuple(p for p in why if p in say.ids))
    for use in doings.uses:
        purpose, _, recipient = use.partition("/")
        yield Practice("use", use, say.of_logged(purpose, recipient, doings.recipients))
    for entry in doings.recipients:
        if entry.purposes or entry.data:
            yield Practice("recipient", f"{entry.id} ({entry.kind})", say.of_recipient(entry))


def _collections(say: _Sayings, store: LiveStore) -> Iterator[Practice]:
    if store.map.by_hand:
        for category in sorted(store.map.by_hand.data):
            yield Practice("collection", f"{store.map.name}: {category}", say.of_category(category))
    for info in store.description.tables if store.description else ():
        if info.kind not in _HOLDING:
            continue
        table = next((t for t in store.map.tables if t.name == info.name), None)
        if table is None:
            yield Practice("collection", f"{store.map.name}: {info.name} (nobody mapped it)", ())
        elif not table.ignore:
            yield from _columns(say, store.map.name, table, [c.name for c in info.columns])


def _columns(say: _Sayings, store: str, table: Table, live: list[str]) -> Iterator[Practice]:
    for name in live:
        column, place = table.find_column(name), f"{store}: {table.name}.{name}"
        if column is None:
            if name not in _OWN_COLUMNS:
                yield Practice("collection", f"{place} (nobody mapped it)", ())
            continue
        for category in sorted(categories_of(column)):
            unread = " (nobody confirmed it)" if category == UNCONFIRMED and not column.confirmed else ""
            yield Practice("collection", f"{place}: {category}{unread}", say.of_category(category))


def _sources(say: _Sayings, store: LiveStore) -> Iterator[Practice]:
    for table in (t for t in store.map.tables if t.personal and t.source and not t.ignore):
        assert table.source is not None
        for term in sorted({*table.source.values.values(), *filter(None, (table.source.always,))}):
            yield Practice("source", f"{store.map.name}: {table.name} from {term}", say.of_source(term))
    for login in store.map.logins:
        if login.source:
            yield Practice(
                "source", f"{store.map.name}: login {login.name} from {login.source}", say.of_source(login.source)
            )
    for name, rows in store.sources.items():
        yield Practice("source", f"{store.map.name}: {rows} rows of {name} from a source that nobody mapped", ())


class _Sayings:
    """What the sentences of one version speak of. A term is looked up once, however many columns hold it."""

    def __init__(self, version: PolicyVersion, vocabulary: Vocabulary) -> None:
        self.version, self.vocabulary = version, vocabulary
        self.ids = frozenset(promise.id for promise in version.promises)
        self._rules = version.rules
        self._of_category: dict[str, tuple[str, ...]] = {}

    def of_category(self, category: str) -> tuple[str, ...]:
        if category not in self._of_category:
            said = self._promises(lambda rule: says_a_use(rule, category, self.vocabulary))
            self._of_category[category] = said
        return self._of_category[category]

    def of_source(self, term: str) -> tuple[str, ...]:
        said = [p.id for p in self.version.promises if self._names(p.sources, term)]
        return tuple(dict.fromkeys([*said, *self._promises(lambda rule: self._names(rule.sources, term))]))

    def of_use(self, purpose: str, recipient: str) -> tuple[str, ...]:
        return self._promises(
            lambda rule: (
                rule.kind == "permit"
                and self._names(rule.purposes, purpose)
                and self._names(rule.recipients, recipient)
            )
        )

    def of_logged(self, purpose: str, recipient: str, entries: Iterable[RecipientEntry]) -> tuple[str, ...]:
        """A use as the ledger has it: by a pair, by the person (`subject`), to a registered recipient by its id, or from one
        department to another, which is said where a sentence lets that department use anything."""
        if recipient == "subject":
            # what a person asks for is done for them: any sentence that gives them rights speaks of it
            return self._promises(lambda rule: rule.kind == "right")
        if purpose == INSIDE:
            permits = (rule for p in self.version.promises for rule in p.rules if rule.kind == "permit")
            return tuple(dict.fromkeys(rule.promise for rule in permits if self._names(rule.recipients, recipient)))
        entry = next((e for e in entries if e.id.replace("-", "_") == recipient), None)
        return self.of_use(purpose, entry.kind if entry else recipient)

    def of_recipient(self, entry: RecipientEntry) -> tuple[str, ...]:
        """Promises that name the kind of recipient; none when one of its purposes is said by no sentence."""
        named = [p.id for p in self.version.promises if self._receives(p, entry.kind)]
        said = all(
            any(self._passes_on(p, entry.kind, purpose) for p in self.version.promises) for purpose in entry.purposes
        )
        return tuple(named) if said else ()

    def _receives(self, promise: Promise, kind: str) -> bool:
        permits = (rule for rule in promise.rules if rule.kind == "permit")
        said = promise.act in ("share", "sell", "transfer") and promise.modality != "will_not"
        return (said and self._names(promise.recipients, kind)) or any(self._names(r.recipients, kind) for r in permits)

    def _passes_on(self, promise: Promise, kind: str, purpose: str) -> bool:
        return self._receives(promise, kind) and (
            self._names(promise.purposes, purpose)
            or any(r.kind == "permit" and self._names(r.purposes, purpose) for r in promise.rules)
        )

    def _names(self, terms: Iterable[str], term: str) -> bool:
        return any(one == term or self.vocabulary.covers(one, term) for one in terms)

    def _promises(self, wanted: Callable[[Rule], bool]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule.promise for rule in self._rules if wanted(rule)))
