"""What a department may see of a person: a value of a category shows where the policy in force lets the department use it.

The reference engine says so, column by column of the data map, for every kind of person a row may be about; what is not known
(a fact of the row, whose a row is, when it was collected) does not hold. Takes values out before a page is made and counts what it
took by category. Refuses a department that is no recipient inside the company. No department: the privacy office, which sees all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from avow.app.casework import Draft, DraftItem
from avow.app.desk_staff import Case
from avow.app.project import Project
from avow.app.rights import list_objectable
from avow.control.cases import MatchRow
from avow.datamap.holds import UNCONFIRMED, categories_of
from avow.datamap.model import Table
from avow.decide.column import ColumnUse, Kind, decide_column
from avow.decide.question import Question
from avow.duties.rights.model import ERASING, OBJECTED, RESTRICTED, Contact, Wish
from avow.duties.rights.stores import is_theirs
from avow.errors import AvowError, Diagnostic, Place
from avow.vocabulary import Term, Vocabulary, load_vocabulary

INSIDE = "internal"
SHORTEST = 4
NOBODY_KNOWS = (Kind("", ()),)  # a row of which nobody said whose it is
# what a person says of themselves, and what kind of data that is
CONTACT: Mapping[str, str] = {
    "name": "identity.name",
    "email": "contact.email",
    "phone": "contact.phone",
    "postal_address": "contact.postal_address",
}
IDENTIFIERS: Mapping[str, str] = {"email": "contact.email", "phone": "contact.phone", "name": "identity.name"}
Categories = frozenset[str]


def list_departments(vocabulary: Vocabulary) -> tuple[Term, ...]:
    """Every term that a member of staff may belong to, by id."""
    return tuple(t for t in vocabulary.terms("recipient") if t.id.startswith(f"{INSIDE}."))


def check_departments(departments: Iterable[str]) -> tuple[str, ...]:
    """The departments, sorted. Raises AvowError `staff.unknown-department`."""
    wanted = tuple(sorted(set(departments)))
    known = [term.id for term in list_departments(load_vocabulary())]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise AvowError(
            Diagnostic(
                Place("staff"),
                "staff.unknown-department",
                f"{', '.join(f'`{name}`' for name in unknown)} is no department inside the company",
                f"choose from {', '.join(f'`{name}`' for name in known)}",
                "nobody was invited, and nothing was changed",
            )
        )
    return wanted


def every_mark(project: Project) -> frozenset[str]:
    """Every mark that takes a use away."""
    return frozenset({ERASING, RESTRICTED, *(f"{OBJECTED}:{purpose}" for purpose in list_objectable(project))})


@dataclass(frozen=True)
class Sight:
    """What these departments together may see of a person with these marks. Asking twice about the same costs nothing."""

    project: Project
    departments: tuple[str, ...]
    marks: frozenset[str] = frozenset()
    _known: dict[object, bool] = field(default_factory=dict, repr=False, compare=False)

    def sees_column(self, store: str, table: str, column: str, categories: Categories = frozenset()) -> bool:
        """Whether a value of this column shows: by `categories` where the answer states them, otherwise by the map's. What
        the map does not know shows to nobody."""
        found = self._find_table(store, table)
        known = found.find_column(column) if found else None
        held = categories or (categories_of(known) if known else frozenset({UNCONFIRMED}))
        if known is not None and known.link and not held:
            return True  # a key says nothing of its own
        return self.sees(held, _kinds(found) if found else NOBODY_KNOWS)

    def sees_key(self, store: str, table: str) -> bool:
        """Whether the key by which a person stands in a table shows."""
        found = self._find_table(store, table)
        return bool(found and found.key) and self.sees_column(store, table, found.key if found else "")

    def shows_key(self, store: str, table: str) -> bool:
        """The same for the key of any row: one that the map does not name as a person's says nothing of its own."""
        found = self._find_table(store, table)
        return found is not None and (not found.key or self.sees_key(store, table))

    @property
    def strictest(self) -> Sight:
        """As if the person had said no to all that can be said no to: where nobody knows yet whose a row is."""
        return replace(self, marks=frozenset(self.marks | every_mark(self.project)), _known={})

    def categories_of(self, store: str, table: str, column: str) -> Categories:
        """What the map says that the column holds; any personal data where it says nothing."""
        found = self._find_table(store, table)
        known = found.find_column(column) if found else None
        return (categories_of(known) if known else frozenset()) or frozenset({UNCONFIRMED})

    def sees_by_hand(self, store: str) -> bool:
        """Whether what a person wrote down about a store that no machine reaches shows."""
        found = next((s for s in self.project.datamap.stores if s.name == store), None)
        data = found.by_hand.data if found and found.by_hand else frozenset()
        return self.sees(frozenset(data) or frozenset({UNCONFIRMED}), NOBODY_KNOWS)

    def sees(self, categories: Categories, kinds: tuple[Kind, ...]) -> bool:
        """Whether one of the departments may read all of it for some purpose, whichever of `kinds` the row is of."""
        asked = (categories, tuple((kind.name, kind.subjects, *sorted(kind.where.items())) for kind in kinds))
        if asked not in self._known:
            column = ColumnUse("", categories, kinds)
            self._known[asked] = any(self._may_read(column, department) for department in self.departments)
        return self._known[asked]

    def kinds_of(self, matches: Iterable[MatchRow]) -> tuple[Kind, ...]:
        """Whose data a person's own words are: that of the kinds of people in the rows that are theirs."""
        tables = {(m.store, m.table) for m in matches if is_theirs(m)}
        found = [self._find_table(store, table) for store, table in sorted(tables)]
        subjects = sorted({s for table in found if table for record in table.records for s in record.subjects})
        return (Kind("person", tuple(subjects)),) if subjects else NOBODY_KNOWS

    def label(self, categories: Iterable[str]) -> str:
        """The categories in plain words."""
        return ", ".join(self.project.vocabulary.label(term, "category") for term in sorted(categories))

    def _may_read(self, column: ColumnUse, department: str) -> bool:
        version, covers = self.project.version, self.project.vocabulary.covers
        permits = [r for r in version.rules if r.kind == "permit" and any(covers(t, department) for t in r.recipients)]
        for purpose in sorted({purpose for rule in permits for purpose in rule.purposes}):
            question = Question("", purpose, department, state=self.marks)
            if column.categories and decide_column(version, column, question, covers).allowed:
                return True
        return not column.categories

    def _find_table(self, store: str, name: str) -> Table | None:
        stores = self.project.datamap.stores
        return next((t for s in stores if s.name == store for t in s.tables if t.name == name), None)


def _kinds(table: Table) -> tuple[Kind, ...]:
    found = tuple(Kind(record.name, record.subjects, record.where) for record in table.records)
    return found or NOBODY_KNOWS


@dataclass
class Cut:
    """What was taken out: category in plain words -> how many values."""

    sight: Sight
    of_contact: tuple[tuple[str, int], ...] = ()  # the part of it that the asker said of themselves
    _taken: Counter[str] = field(default_factory=Counter)

    @property
    def taken(self) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(self._taken.items()))

    def case(self, found: Case) -> Case:
        """The case without what is not for the departments; decisions, clocks and counts stay."""
        kinds = self.sight.kinds_of(found.matches)
        contact = self._contact(found.contact, kinds) if found.contact else None
        self.of_contact = self.taken
        speaks = self.sight.sees(frozenset({UNCONFIRMED}), kinds)
        texts = found.messages
        if not speaks:
            texts = tuple(replace(m, text="") for m in found.messages)
            self._take({UNCONFIRMED}, len(texts))
        return replace(
            found,
            contact=contact,
            wish=self._wish(found.wish, speaks) if found.wish else None,
            matches=tuple(map(self._match, found.matches)),
            named=tuple(one for one in found.named if self._sees_named(one.kind, kinds)),
            holds=tuple(replace(hold, row="…") if hold.row else hold for hold in found.holds),
            messages=texts,
        )

    def draft(self, draft: Draft) -> Draft:
        """The values of an answer that show; a row's key only where it does, and holds no value that does not."""
        shown, hidden = [], set[str]()
        for item in draft.items:
            store, table, _row, column = item.place
            if self.sight.sees_column(store, table, column, frozenset(item.categories)):
                shown.append(item)
            else:
                self._take(item.categories or {UNCONFIRMED})
                hidden.add(str(item.value))
        return replace(draft, items=tuple(self._without_key(item, hidden - {""}) for item in shown))

    def _without_key(self, item: DraftItem, hidden: set[str]) -> DraftItem:
        store, table, row, column = item.place
        if row and (_holds(row, hidden) or not self.sight.shows_key(store, table)):
            return replace(item, place=(store, table, "", column))
        return item

    def _contact(self, contact: Contact, kinds: tuple[Kind, ...]) -> Contact:
        hidden = {}
        for name, category in CONTACT.items():
            if getattr(contact, name) and not self.sight.sees(frozenset({category}), kinds):
                hidden[name] = ""
                self._take({category})
        kept = []
        for kind, value in contact.identifiers:
            category = IDENTIFIERS.get(kind, UNCONFIRMED)
            if self.sight.sees(frozenset({category}), kinds):
                kept.append((kind, value))
            else:
                self._take({category})
        return replace(contact, identifiers=tuple(kept), **hidden)

    def _sees_named(self, kind: str, kinds: tuple[Kind, ...]) -> bool:
        return self.sight.sees(frozenset({IDENTIFIERS.get(kind, UNCONFIRMED)}), kinds)

    def _wish(self, wish: Wish, speaks: bool) -> Wish:
        changes = []
        for store, table, row, column, value in wish.changes:
            shows = self.sight.sees_column(store, table, column)
            changes += [(store, table, row, column, value)] if shows else []
            if not shows:
                self._take(self.sight.categories_of(store, table, column))
        if speaks:
            return replace(wish, changes=tuple(changes))
        self._take({UNCONFIRMED}, bool(wish.text) + bool(wish.ground))
        return replace(wish, text="", ground="", changes=tuple(changes))

    def _match(self, match: MatchRow) -> MatchRow:
        """A row whose values do not all show is not decided about: its key goes too."""
        values = json.loads(match.card) if match.card else {}
        sight = self.sight if is_theirs(match) else self.sight.strictest
        shown = {name: v for name, v in values.items() if sight.sees_column(match.store, match.table, name)}
        for name in values.keys() - shown.keys():
            self._take(self.sight.categories_of(match.store, match.table, name))
        whole = len(shown) == len(values) and sight.sees_key(match.store, match.table)
        card = json.dumps(shown, ensure_ascii=False) if shown else ""
        return replace(match, card=card, key=match.key if whole else "")

    def _take(self, categories: Iterable[str], times: int = 1) -> None:
        if times:
            self._taken[self.sight.label(categories)] += times


def _holds(key: str, hidden: Iterable[str]) -> bool:
    """Whether a row's key is one of the values, or holds one: a number of few digits stands in any other by chance."""
    return any(value == key or (len(value) >= SHORTEST and value in key) for value in hidden)


def check_seen(seen: bool) -> None:
    """Raises AvowError `staff.not-for-department` where something would be decided that is not seen whole."""
    if not seen:
        raise AvowError(
            Diagnostic(
                Place("staff"),
                "staff.not-for-department",
                "this shows values that are not for your department",
                "ask the privacy office, which sees all of the case, to decide",
                "nothing was decided",
            )
        )
