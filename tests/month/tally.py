"""What should be true at the end of a month, counted by hand: who was written to, what was given to whom, what is held and gone.

Plain Python over plain values. It hears what happens (an order, a no, an erasure) and works out what the policy makes of it; it
knows nothing of Avow, imports nothing of it and reads none of its records. Refuses to guess about what it was not told.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Key = tuple[Any, ...]
Row = dict[str, Any]
Books = dict[str, dict[Key, Row]]
USES = ("marketing.own", "marketing.affiliate", "marketing.other_information")
ASKED = dict(zip(USES, ("wants_own", "wants_affiliate", "wants_other"), strict=True))
KEYS: Mapping[str, tuple[str, ...]] = {
    "organisations": ("id",),
    "contacts": ("id",),
    "contacts_2019": ("old_id",),
    "end_users": ("id",),
    "leads": ("id",),
    "enquiries": ("id",),
    "answers": ("id",),
    "marketing_preferences": ("organisation_id",),
    "orders": ("id",),
    "order_lines": ("id",),
    "deliveries": ("id",),
    "installations": ("id",),
    "invoices": ("id",),
    "payments": ("id",),
    "tickets": ("id",),
    "messages": ("id",),
    "credit_cases": ("id",),
    "credit_reports": ("id",),
    "traffic": ("id",),
    "usage_counters": ("organisation_id", "period", "direction"),
    "mail_log": ("id",),
    "staff": ("id",),
    "suppression": ("email",),
}
NOT_TOLD = ("updated_at",)  # a trigger of the company's own writes it with every change
# Where a campaign finds people: table and column of the address.
AUDIENCE = (("organisations", "email"), ("end_users", "email"), ("leads", "email"))
# What of a row is somebody's, where the row itself stays when that person is forgotten.
THEIRS: Mapping[str, tuple[str, ...]] = {
    "orders": ("placed_by", "end_user_id", "extra"),
    "deliveries": ("contact_id", "end_user_id", "recipient_name", "postal_address", "phone"),
    "installations": ("contact_id", "contact_name", "contact_title", "postal_address", "phone"),
    "tickets": ("contact_id", "cc_contact_id", "end_user_id", "title", "topic"),
    "traffic": ("end_user_id", "local_ip", "remote_ip", "local_email", "remote_email"),
}
OLD_LIST = "stood on the company's old list"


# Whatever stands there, as long as it is nothing of the person who was forgotten: that is searched for apart.
ANY = "(no longer told)"


@dataclass(frozen=True)
class Given:
    """What one recipient should have got in one file: the names of the columns, and the value of each person's line."""

    recipient: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]  # in order; the same line twice is two lines


@dataclass
class Tally:
    """The month as it should be. `day` is written into reasons, so that a difference tells where it came from."""

    books: Books = field(default_factory=dict)
    noes: dict[str, dict[str, str]] = field(default_factory=dict)  # address -> use -> why
    hidden: dict[str, str] = field(default_factory=dict)  # address -> why no use sees them
    mails: Counter[tuple[str, str]] = field(default_factory=Counter)
    gone: dict[str, str] = field(default_factory=dict)  # a value that must stand nowhere -> whose it was
    stays: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # a value of somebody forgotten -> tables that a law keeps
    given: list[Given] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    states: dict[str, str] = field(default_factory=dict)  # reference of a request -> the state it must end in
    holds: set[str] = field(default_factory=set)
    day: int = 0

    # -- what happens ---------------------------------------------------------------------------------------------
    def open_books(self, books: Mapping[str, Iterable[Row]]) -> None:
        """The company's books on the first morning."""
        for table, rows in books.items():
            self.books[table] = {_key(table, row): _told(row) for row in rows}
        for row in self.books["marketing_preferences"].values():
            self._hear_answer(row)

    def wrote(self, table: str, row: Row) -> None:
        """A row that the company wrote; the same key again is a change."""
        self.books[table].setdefault(_key(table, row), {}).update(_told(row))
        if table == "marketing_preferences":
            self._hear_answer(self.books[table][_key(table, row)])

    def changed(self, table: str, key: Any, **values: Any) -> None:
        self.books[table][(key,)].update(values)

    def deleted(self, table: str, key: Any) -> None:
        del self.books[table][(key,)]

    def _hear_answer(self, row: Row) -> None:
        address = _form(self.books["organisations"][(row["organisation_id"],)].get("email"))
        for use, column in ASKED.items():
            said = row.get(column)
            if not address or said is None:
                continue
            if said == "no":
                self.noes.setdefault(address, {})[use] = "said no with an order"
            elif said == "yes" and self.noes.get(address, {}).get(use) == "said no with an order":
                del self.noes[address][use]

    def said_no(self, address: str, uses: Iterable[str], how: str) -> None:
        for use in uses:
            self.noes.setdefault(_form(address), {})[use] = f"{how} on day {self.day}"

    def listed_before(self, address: str) -> None:
        """An address of the company's old list of people who must get nothing."""
        self.said_no(address, USES, OLD_LIST)

    def hide(self, address: str, why: str) -> None:
        """Nobody may use their data: restricted, or about to be erased."""
        self.hidden[_form(address)] = f"{why} since day {self.day}"

    def show(self, address: str) -> None:
        self.hidden.pop(_form(address), None)

    def asked(self, reference: str, ends: str) -> None:
        self.states[reference] = ends

    def expect_mail(self, to: str, subject: str, times: int = 1) -> None:
        self.mails[_form(to), subject] += times

    def campaign(self, use: str, subject: str) -> int:
        """A message to everybody whom this use may reach today; gives to how many."""
        reached = {form: form for form in self.reachable(use)}
        for form in reached:
            self.mails[form, subject] += 1
        return len(reached)

    def reachable(self, use: str) -> set[str]:
        found, numbers = set[str](), self._numbers_against(use)
        for form, row in self._audience():
            why = self.noes.get(form, {}).get(use) or self.hidden.get(form)
            if form and why is None and _digits(row) not in numbers:
                found.add(form)
        return found

    def _audience(self) -> Iterator[tuple[str, Row]]:
        for table, column in AUDIENCE:
            for row in self.books[table].values():
                yield _form(row.get(column)), row

    def _numbers_against(self, use: str) -> set[str]:
        """Telephone numbers of those who said no: whoever has the same one is left out, too (there are few numbers for drama)."""
        return {_digits(row) for form, row in self._audience() if self.noes.get(form, {}).get(use)} - {""}

    def why_not(self, address: str, use: str) -> str:
        form = _form(address)
        why = self.noes.get(form, {}).get(use) or self.hidden.get(form)
        shares = any(_digits(row) in self._numbers_against(use) for one, row in self._audience() if one == form)
        return why or ("shares a number with somebody who said no" if shares else "was in no audience")

    def erased(self, email: str, who: str, alone: Iterable[str] = ()) -> None:
        """Somebody is forgotten. `alone` are further values that nobody else has: telephone number, name, address."""
        form, keep = _form(email), set(self.holds)
        kept_in = self._forget(form, keep)
        self.said_no(email, USES, "was erased")
        self.hidden.pop(form, None)
        for value in (email, *alone):
            self.gone[value] = f"{who}, erased on day {self.day}"
            self.stays[value] = tuple(kept_in)
        self.stays[email] = (*kept_in, "suppression")

    def _forget(self, form: str, held: set[str]) -> list[str]:
        """Takes a person out of the books; gives the tables in which a law keeps something of theirs."""
        people = {
            t: self._keys(t, lambda row: _form(row.get("email")) == form)
            for t in ("contacts", "end_users", "leads", "enquiries")
        }
        contacts, users = ({key[0] for key in people[table]} for table in ("contacts", "end_users"))
        tickets = self._of("tickets", ("contact_id", contacts), ("end_user_id", users))
        shared = {k for k in tickets if self._others(self.books["tickets"][k], contacts)}
        kept = [t for t in ("invoices",) if self._of(t, ("billing_contact_id", contacts))]
        for table in THEIRS:
            keys = self._of(
                table,
                ("placed_by", contacts),
                ("contact_id", contacts),
                ("cc_contact_id", contacts),
                ("end_user_id", users),
            )
            for key in keys:
                self.books[table][key].update({c: ANY for c in THEIRS[table] if c in self.books[table][key]})
        gone = dict(people)
        gone["contacts_2019"] = self._keys(
            "contacts_2019", lambda r: _form(r.get("mail")) == form or r["old_id"] in contacts
        )
        gone["mail_log"] = self._of("mail_log", ("contact_id", contacts))
        gone["messages"] = self._keys("messages", lambda r: (r["ticket_id"],) in tickets - shared)
        gone["answers"] = self._keys("answers", lambda r: (r["enquiry_id"],) in people["enquiries"])
        for table, keys in gone.items():
            for key in keys:
                del self.books[table][key]
        for key in self._keys("messages", lambda r: (r["ticket_id"],) in shared):
            self.books["messages"][key]["body"] = ANY
        return kept

    @staticmethod
    def _others(row: Row, contacts: set[Any]) -> bool:
        return any(row.get(c) is not None and row.get(c) not in contacts for c in ("contact_id", "cc_contact_id"))

    def _keys(self, table: str, is_theirs: Callable[[Row], bool]) -> set[Key]:
        return {key for key, row in self.books[table].items() if is_theirs(row)}

    def _of(self, table: str, *links: tuple[str, set[Any]]) -> set[Key]:
        return self._keys(
            table, lambda row: any(row.get(column) in ids for column, ids in links if row.get(column) is not None)
        )

    def gave(self, recipient: str, columns: Iterable[str], lines: Iterable[tuple[str, ...]]) -> None:
        self.given.append(Given(recipient, tuple(columns), tuple(sorted(lines))))

    def keep_copy(self) -> Books:
        """The books as a nightly copy has them."""
        return copy.deepcopy(self.books)

    def restored(self, books: Books, forgotten_since: Iterable[str]) -> None:
        """An old copy came back. Whoever was forgotten since is forgotten in it as well; what people said still counts."""
        self.books = copy.deepcopy(books)
        for email in forgotten_since:
            self._forget(_form(email), set())


@dataclass(frozen=True)
class Seen:
    """What eyes saw at the end. `hits`: value -> places ("store public.orders.extra") where it stands."""

    books: Mapping[str, Mapping[Key, Row]]
    mails: Counter[tuple[str, str]]
    hits: Mapping[str, tuple[str, ...]]
    given: tuple[Given, ...]
    refused: Counter[str]
    states: Mapping[str, str]
    shown: Mapping[str, frozenset[str]]  # use -> addresses that its own role sees
    broken: tuple[str, ...] = ()


def compare(tally: Tally, seen: Seen) -> list[str]:
    """One line for each difference, in either direction; empty when the month went as it should."""
    return [
        *_compare_mails(tally, seen),
        *_compare_books(tally, seen),
        *_compare_gone(tally, seen),
        *_compare_given(tally, seen),
        *_compare_told("request", tally.states, seen.states),
        *(
            f"refusals: {c} is {seen.refused[c]} times, not {tally.refused[c]}"
            for c in sorted(set(tally.refused) | set(seen.refused))
            if tally.refused[c] != seen.refused[c]
        ),
        *_compare_shown(tally, seen),
        *(f"verdict: {one} is broken" for one in seen.broken),
    ]


def _compare_mails(tally: Tally, seen: Seen) -> list[str]:
    lines = []
    for to, subject in sorted(set(tally.mails) | set(seen.mails)):
        should, did = tally.mails[to, subject], seen.mails[to, subject]
        if did < should:
            lines.append(f"mail: {to} got `{subject}` {did} times, not {should}")
        elif did > should:
            reasons = tally.noes.get(to) or tally.hidden.get(to) or "nothing was due to them"
            lines.append(f"mail: {to} got `{subject}` {did} times, not {should}: {reasons}")
    return lines


def _compare_books(tally: Tally, seen: Seen) -> list[str]:
    lines = []
    for table in KEYS:
        should, did = tally.books.get(table, {}), seen.books.get(table, {})
        lines += [f"books: {table} {key} is lost" for key in sorted(set(should) - set(did), key=str)]
        lines += [f"books: {table} {key} should not be there" for key in sorted(set(did) - set(should), key=str)]
        for key in sorted(set(should) & set(did), key=str):
            wrong = [c for c, value in should[key].items() if value != ANY and did[key].get(c) != value]
            lines += [f"books: {table} {key} has another {column}" for column in wrong]
    return lines


def _compare_gone(tally: Tally, seen: Seen) -> list[str]:
    lines = []
    for value, whose in tally.gone.items():
        for place in seen.hits.get(value, ()):
            table = place.rpartition(" ")[2].split(".")[1] if "." in place else ""
            if table not in tally.stays.get(value, ()):
                lines.append(f"gone: something of {whose} stands in {place}")
    return lines


def _compare_given(tally: Tally, seen: Seen) -> list[str]:
    should, did = Counter(tally.given), Counter(seen.given)
    return [
        *(
            f"given: {one.recipient} should have got {one.columns} of {len(one.lines)} people"
            for one in (should - did).elements()
        ),
        *(
            f"given: {one.recipient} got {one.columns} of {len(one.lines)} people, which it should not"
            for one in (did - should).elements()
        ),
    ]


def _compare_told(what: str, should: Mapping[str, str], did: Mapping[str, str]) -> list[str]:
    both = sorted(set(should) | set(did))
    return [
        f"{what}: {one} is {did.get(one, 'nowhere')}, not {should.get(one, 'there at all')}"
        for one in both
        if should.get(one) != did.get(one)
    ]


def _compare_shown(tally: Tally, seen: Seen) -> list[str]:
    """Whom each use's own role sees at the end: the rows of everybody whom it may reach, and of nobody else."""
    lines = []
    for use, shown in seen.shown.items():
        should = tally.reachable(use)
        lines += [f"seen: {one} is hidden from {use} and said no to nothing" for one in sorted(should - shown)]
        lines += [f"seen: {one} is seen by {use}: {tally.why_not(one, use)}" for one in sorted(shown - should)]
    return lines


def _key(table: str, row: Row) -> Key:
    return tuple(row[column] for column in KEYS[table])


def _told(row: Row) -> Row:
    return {column: value for column, value in row.items() if column not in NOT_TOLD and not column.startswith("avow_")}


def _digits(row: Row) -> str:
    return "".join(one for one in str(row.get("phone") or "") if one.isdigit())


def _form(address: Any) -> str:
    return str(address or "").strip().casefold()
