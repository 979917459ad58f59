"""The rows of the company, made in blocks of organisations so that a million people need little memory.

Promises: the same seed and scale give the same rows on every machine (only `Random.random` is used, whose stream Python
keeps stable); usage counters are the sums of the traffic they count; every reference leads somewhere. A row is one
line in PostgreSQL's COPY text format. Refuses to use a clock, a network or a real person's data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random

from . import words

TODAY = date(2026, 1, 20)
DAYS = tuple((TODAY - timedelta(days=back)).isoformat() for back in range(1500))
CLOCK = tuple(f" {hour:02}:{minute:02}:00+00" for hour in range(8, 18) for minute in range(0, 60, 5))
PERIODS = ("2025-10-01", "2025-11-01", "2025-12-01", "2026-01-01")
NULL = r"\N"

COLUMNS: dict[str, str] = {
    "organisations": "id name size sector postal_address phone fax email notes open_since updated_at",
    "contacts": "id organisation_id role name job_title postal_address phone fax email updated_at",
    "contacts_2019": "old_id org kind fullname title addr tel mail",
    "end_users": "id reseller_id organisation_id full_name email phone postal_address came_by created_at",
    "marketing_preferences": "organisation_id wants_own wants_affiliate wants_other asked_by asked_at",
    "orders": "id organisation_id placed_by end_user_id channel status total extra ordered_at updated_at",
    "order_lines": "id order_id product quantity price",
    "deliveries": "id order_id contact_id end_user_id recipient_role recipient_name postal_address phone status planned_for"
    " delivered_at",
    "installations": "id order_id contact_id visit_role contact_name contact_title postal_address phone status visit_on done_at",
    "invoices": "id number order_id organisation_id billing_contact_id bill_to attention postal_address amount status issued_on",
    "payments": "id invoice_id organisation_id amount bank_reference received_on",
    "tickets": "id organisation_id contact_id cc_contact_id end_user_id assigned_to topic title priority status channel opened_at"
    " closed_at hours",
    "messages": "id ticket_id author body sent_at",
    "credit_cases": "id organisation_id asked_days asked_limit status opened_on decided_on",
    "credit_reports": "id case_id organisation_id case_status agency score summary received_on",
    "traffic": "id seen_at organisation_id end_user_id direction local_ip remote_ip local_email remote_email bytes",
    "usage_counters": "organisation_id period direction bytes flows",
    "mail_log": "id sent_at organisation_id contact_id to_address template",
    "leads": "id source broker_id event_id organisation person email phone reason got_on",
    "suppression": "email since reason",
    "enquiries": "id enquirer channel name email phone question status received_at",
    "answers": "id enquiry_id enquirer answered_by body answered_at",
}

Block = dict[str, list[str]]


@dataclass(frozen=True)
class Size:
    """How many of what a scale of `people` makes: contacts, end users and leads add up to `people`."""

    people: int

    @property
    def organisations(self) -> int:
        return max(4, self.people * 15 // 100)

    @property
    def end_users(self) -> int:
        return self.people * 28 // 100

    @property
    def resellers(self) -> int:
        return max(3, self.people // 400)

    @property
    def enquiries(self) -> int:
        return max(10, self.people // 16)

    @property
    def staff(self) -> int:
        return max(12, min(400, self.people // 100))


@dataclass(frozen=True)
class Person:
    """One contact of an organisation while its block is made."""

    id: int
    role: str
    name: str
    title: str
    address: str
    phone: str
    email: str


@dataclass
class Rows:
    """One run of the generator. `blocks()` gives the rows of each block by table, in an order that a load may keep."""

    size: Size
    seed: int = 2019
    block: int = 4000
    _ids: dict[str, count[int]] = field(default_factory=lambda: defaultdict(lambda: count(1)))
    _contacts: int = 0
    _end_user: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed).random

    def blocks(self) -> Iterator[Block]:
        total = self.size.organisations
        for first in range(1, total + 1, self.block):
            yield self._organisations(first, min(first + self.block - 1, total))
        for first in range(1, self.size.end_users + 1, self.block):
            yield self._end_users(first, min(first + self.block - 1, self.size.end_users))
        yield from self._leads()
        yield self._enquiries()

    # -- drawing ------------------------------------------------------------------------------------------------
    def below(self, n: int) -> int:
        return int(self.random() * n)

    def pick(self, options: tuple[str, ...] | list[str]) -> str:
        return options[int(self.random() * len(options))]

    def next(self, table: str) -> int:
        return next(self._ids[table])

    def name(self) -> str:
        return f"{self.pick(words.FIRST)} {self.pick(words.LAST)}"

    def phone(self) -> str:
        return f"+44 7700 900{self.below(1000):03}" if self.random() < 0.5 else f"01632 960{self.below(1000):03}"

    def address(self) -> str:
        street, town = self.pick(words.STREETS), self.pick(words.TOWNS)
        return f"{1 + self.below(180)} {street}, {town} ZZ{1 + self.below(9)} {self.below(10)}AB"

    def day(self, oldest: int, newest: int = 0) -> str:
        return DAYS[newest + self.below(oldest - newest)]

    def moment(self, oldest: int, newest: int = 0) -> str:
        return self.day(oldest, newest) + CLOCK[int(self.random() * len(CLOCK))]

    # -- organisations and everything that hangs on them ---------------------------------------------------------
    def _organisations(self, first: int, last: int) -> Block:
        out: Block = defaultdict(list)
        for number in range(first, last + 1):
            firm = f"{self.pick(words.FIRM_HEAD)} {self.pick(words.FIRM_TAIL)} {number}"
            domain = f"{firm.replace(' ', '').lower()}.example"
            people = self._organisation(out, number, firm, domain)
            for _ in range(1 + self.below(3)):
                self._order(out, number, firm, people)
            if self.random() < 0.7:
                self._ticket(out, number, people, domain)
            if self.random() < 0.05:
                self._credit(out, number)
            self._traffic(out, number, domain)
        return out

    def _organisation(self, out: Block, number: int, firm: str, domain: str) -> list[Person]:
        size = words.SIZES[min(3, int(self.random() ** 2 * 4))]
        address, since, mail = self.address(), self.day(1500, 30), f"info@{domain}"
        fax = f"01632 960{self.below(1000):03}" if self.random() < 0.3 else NULL
        note = self._note(domain) if self.random() < 0.12 else NULL
        out["organisations"].append(
            f"{number}\t{firm}\t{size}\t{self.pick(words.SECTORS)}\t{address}\t{self.phone()}\t{fax}\t{mail}\t{note}\t{since}\t{since}"
        )
        wants = [("yes", "no", "not answered", "yes")[self.below(4)] for _ in range(3)]
        out["marketing_preferences"].append(
            f"{number}\t{wants[0]}\t{wants[1]}\t{wants[2]}\t{self.pick(words.CHANNELS)}\t{self.moment(900, 30)}"
        )
        if self.random() < 0.01:
            out["suppression"].append(f"{mail}\t{self.day(900, 30)}\tasked by telephone")
        return [self._contact(out, number, role, address, domain) for role in self._roles()]

    def _roles(self) -> list[str]:
        extra = [role for role in words.ROLES[2:] if self.random() < 0.6]
        return [*words.ROLES[:2], *extra]

    def _note(self, domain: str) -> str:
        if self.random() < 0.5:
            return f"after six write to {self.pick(words.FIRST).lower()}.home{self.below(1000)}@{domain} instead"
        return "prefers a call before any visit"

    def _contact(self, out: Block, organisation: int, role: str, address: str, domain: str) -> Person:
        self._contacts += 1
        name, title, phone = self.name(), self.pick(words.TITLES), self.phone()
        email = f"{name.lower().replace(' ', '.')}@{domain}"
        person = Person(self._contacts, role, name, title, address, phone, email)
        fax = f"01632 960{self.below(1000):03}" if self.random() < 0.1 else NULL
        changed = self.moment(900)
        out["contacts"].append(
            f"{person.id}\t{organisation}\t{role}\t{name}\t{title}\t{address}\t{phone}\t{fax}\t{email}\t{changed}"
        )
        if self.random() < 0.25:
            out["contacts_2019"].append(
                f"{person.id + 70000}\t{organisation}\t{role[0].upper()}\t{name}\t{title}\t{address}\t{phone}\t{email}"
            )
        return person

    def _order(self, out: Block, organisation: int, firm: str, people: list[Person]) -> None:
        order = self.next("orders")
        placed = people[self.below(len(people))]
        end_user = str(1 + self.below(self.size.end_users)) if self.size.end_users and self.random() < 0.1 else NULL
        back = 5 + self.below(700)
        status = "open" if back < 25 else "delivered"
        total = self._lines(out, order)
        when = DAYS[back] + CLOCK[self.below(len(CLOCK))]
        out["orders"].append(
            f"{order}\t{organisation}\t{placed.id}\t{end_user}\t{self.pick(words.CHANNELS)}\t{status}\t{total:.2f}"
            f"\t{self._extra()}\t{when}\t{when}"
        )
        self._delivery(out, order, people, end_user, status, back)
        if self.random() < 0.4:
            self._installation(out, order, people, status, back)
        if status == "delivered" and self.random() < 0.93:
            self._invoice(out, order, organisation, firm, people[0], total, back)
        out["mail_log"].append(
            f"{self.next('mail_log')}\t{when}\t{organisation}\t{placed.id}\t{placed.email}\torder confirmation"
        )

    def _lines(self, out: Block, order: int) -> float:
        total = 0.0
        for _ in range(1 + self.below(3)):
            code, _title, price = words.PRODUCTS[self.below(len(words.PRODUCTS))]
            quantity = 1 + self.below(3)
            total += quantity * float(price)
            out["order_lines"].append(f"{self.next('order_lines')}\t{order}\t{code}\t{quantity}\t{price}")
        return total

    def _extra(self) -> str:
        draw = self.random()
        if draw < 0.75:
            return "{}"
        if draw < 0.85:
            return f'{{"fax": "01632 960{self.below(1000):03}"}}'
        return f'{{"site_contact": "{self.name()}", "site_phone": "{self.phone()}"}}'

    def _delivery(self, out: Block, order: int, people: list[Person], end_user: str, status: str, back: int) -> None:
        who = people[1]
        done = DAYS[back - 4] + CLOCK[0] if status == "delivered" else NULL
        state = "delivered" if status == "delivered" else "planned"
        out["deliveries"].append(
            f"{self.next('deliveries')}\t{order}\t{who.id}\t{end_user}\tdelivery\t{who.name}\t{who.address}\t{who.phone}"
            f"\t{state}\t{DAYS[back - 4]}\t{done}"
        )

    def _installation(self, out: Block, order: int, people: list[Person], status: str, back: int) -> None:
        who = next((p for p in people if p.role == "installation"), people[1])
        done = DAYS[back - 3] + CLOCK[9] if status == "delivered" else NULL
        state = "done" if status == "delivered" else "planned"
        out["installations"].append(
            f"{self.next('installations')}\t{order}\t{who.id}\tinstallation\t{who.name}\t{who.title}\t{who.address}\t{who.phone}"
            f"\t{state}\t{DAYS[back - 3]}\t{done}"
        )

    def _invoice(
        self, out: Block, order: int, organisation: int, firm: str, payer: Person, total: float, back: int
    ) -> None:
        invoice = self.next("invoices")
        paid = self.random() < 0.85
        out["invoices"].append(
            f"{invoice}\tCS-{invoice:07}\t{order}\t{organisation}\t{payer.id}\t{firm}\t{payer.name}\t{payer.address}"
            f"\t{total:.2f}\t{'paid' if paid else 'issued'}\t{DAYS[back - 5]}"
        )
        if paid:
            payment = self.next("payments")
            out["payments"].append(
                f"{payment}\t{invoice}\t{organisation}\t{total:.2f}\tREF{self.below(10**8):08}\t{DAYS[max(0, back - 20)]}"
            )

    def _ticket(self, out: Block, organisation: int, people: list[Person], domain: str) -> None:
        ticket = self.next("tickets")
        asks = next((p for p in people if p.role == "support"), people[self.below(len(people))])
        copy = str(people[0].id) if self.random() < 0.15 and people[0].id != asks.id else NULL
        closed = self.random() < 0.8
        back = 2 + self.below(400)
        opened, ended = DAYS[back] + CLOCK[3], DAYS[back - 1] + CLOCK[50] if closed else NULL
        hours = f"{1 + self.below(60)}.{self.below(100):02}" if closed else NULL
        out["tickets"].append(
            f"{ticket}\t{organisation}\t{asks.id}\t{copy}\t{NULL}\t{1 + self.below(self.size.staff)}\t{self.pick(words.TOPICS)}"
            f"\t{self.pick(words.COMPLAINTS)}\t{1 + self.below(4)}\t{'closed' if closed else 'open'}"
            f"\t{('portal', 'email', 'phone')[self.below(3)]}\t{opened}\t{ended}\t{hours}"
        )
        body = self.pick(words.COMPLAINTS)
        if self.random() < 0.2:
            body += f" Write to {asks.name.split()[0].lower()}{self.below(100)}@{domain} if I am out."
        out["messages"].append(f"{self.next('messages')}\t{ticket}\tcustomer\t{body}\t{opened}")
        for _ in range(1 + self.below(2)):
            out["messages"].append(
                f"{self.next('messages')}\t{ticket}\tstaff\t{self.pick(words.REPLIES)}\t{DAYS[back - 1]}{CLOCK[20]}"
            )

    def _credit(self, out: Block, organisation: int) -> None:
        case = self.next("credit_cases")
        decided = self.random() < 0.6
        opened = self.day(60 if not decided else 700, 20)
        status, ended = ("decided", DAYS[5]) if decided else ("open", NULL)
        out["credit_cases"].append(
            f"{case}\t{organisation}\t{(14, 30, 60)[self.below(3)]}\t{500 * (1 + self.below(40))}\t{status}\t{opened}\t{ended}"
        )
        out["credit_reports"].append(
            f"{self.next('credit_reports')}\t{case}\t{organisation}\t{status}\t{self.pick(words.AGENCIES)}\t{200 + self.below(700)}"
            f"\t{self.pick(words.SUMMARIES)}\t{opened}"
        )

    def _traffic(self, out: Block, organisation: int, domain: str) -> None:
        sums: dict[tuple[str, str], list[int]] = {}
        subnet = f"10.{organisation // 250 % 250}.{organisation % 250}"
        for _ in range(4 + self.below(12)):
            period, direction = PERIODS[self.below(4)], ("in", "out")[self.below(2)]
            size = 400 + self.below(4_000_000)
            out["traffic"].append(self._flow(organisation, domain, subnet, period, direction, size))
            entry = sums.setdefault((period, direction), [0, 0])
            entry[0] += size
            entry[1] += 1
        for (period, direction), (size, flows) in sorted(sums.items()):
            out["usage_counters"].append(f"{organisation}\t{period}\t{direction}\t{size}\t{flows}")

    def _flow(self, organisation: int, domain: str, subnet: str, period: str, direction: str, size: int) -> str:
        local = remote = NULL
        if self.random() < 0.4:
            local = f"{self.pick(words.FIRST).lower()}@{domain}"
            remote = f"{self.pick(words.LAST).lower()}{self.below(1000)}@mail{self.below(40)}.example"
        user = str(1 + self.below(self.size.end_users)) if self.size.end_users and self.random() < 0.2 else NULL
        host = f"{('192.0.2', '198.51.100', '203.0.113')[self.below(3)]}.{1 + self.below(254)}"
        when = f"{period[:8]}{1 + self.below(19):02}{CLOCK[self.below(len(CLOCK))]}"
        return (
            f"{self.next('traffic')}\t{when}\t{organisation}\t{user}\t{direction}\t{subnet}.{1 + self.below(250)}\t{host}"
            f"\t{local}\t{remote}\t{size}"
        )

    # -- people who are not contacts of an organisation ----------------------------------------------------------
    def _end_users(self, first: int, last: int) -> Block:
        out: Block = defaultdict(list)
        for number in range(first, last + 1):
            name = self.name()
            email = f"{name.lower().replace(' ', '.')}{number}@home{self.below(30)}.example"
            reseller = str(1 + self.below(self.size.resellers)) if self.random() < 0.8 else NULL
            organisation = (
                str(1 + self.below(self.size.organisations)) if reseller == NULL or self.random() < 0.3 else NULL
            )
            came = "order" if reseller == NULL else "reseller"
            reached = f"{email}\t{self.phone()}\t{self.address()}"
            out["end_users"].append(
                f"{number}\t{reseller}\t{organisation}\t{name}\t{reached}\t{came}\t{self.moment(1200, 20)}"
            )
            if self.random() < 0.12:
                self._end_user_ticket(out, number)
        return out

    def _end_user_ticket(self, out: Block, number: int) -> None:
        ticket, back = self.next("tickets"), 2 + self.below(400)
        out["tickets"].append(
            f"{ticket}\t{NULL}\t{NULL}\t{NULL}\t{number}\t{1 + self.below(self.size.staff)}\t{self.pick(words.TOPICS)}"
            f"\t{self.pick(words.COMPLAINTS)}\t{1 + self.below(4)}\topen\tportal\t{DAYS[back]}{CLOCK[7]}\t{NULL}\t{NULL}"
        )
        out["messages"].append(
            f"{self.next('messages')}\t{ticket}\tcustomer\t{self.pick(words.COMPLAINTS)}\t{DAYS[back]}{CLOCK[7]}"
        )

    def _leads(self) -> Iterator[Block]:
        out: Block = defaultdict(list)
        for number in range(1, max(0, self.size.people - self.size.end_users - self._contacts) + 1):
            self._lead(out, number)
            if number % (self.block * 4) == 0:
                yield out
                out = defaultdict(list)
        yield out

    def _lead(self, out: Block, number: int) -> None:
        source = ("broker", "broker", "event", "web")[self.below(4)]
        broker = str(1 + self.below(len(words.BROKERS))) if source == "broker" else NULL
        event = str(1 + self.below(len(words.EVENTS))) if source == "event" else NULL
        name = self.name()
        firm = f"{self.pick(words.FIRM_HEAD)} {self.pick(words.FIRM_TAIL)} L{number}"
        email = f"{name.split()[0].lower()}.{number}@{firm.replace(' ', '').lower()}.example"
        why = f"{self.pick(words.REASONS)}\t{self.day(700, 10)}"
        out["leads"].append(f"{number}\t{source}\t{broker}\t{event}\t{firm}\t{name}\t{email}\t{self.phone()}\t{why}")
        if self.random() < 0.01:
            out["suppression"].append(f"{email}\t{self.day(600, 10)}\tanswered a mailing with no")

    def _enquiries(self) -> Block:
        out: Block = defaultdict(list)
        for number in range(1, self.size.enquiries + 1):
            name = self.name()
            enquirer = ("customer", "potential", "potential")[self.below(3)]
            status = "answered" if self.random() < 0.85 else "open"
            email = f"{name.lower().replace(' ', '.')}{number}@ask{self.below(20)}.example"
            back = 3 + self.below(500)
            out["enquiries"].append(
                f"{number}\t{enquirer}\t{('web', 'email', 'phone')[self.below(3)]}\t{name}\t{email}\t{self.phone()}"
                f"\t{self.pick(words.QUESTIONS)}\t{status}\t{DAYS[back]}{CLOCK[5]}"
            )
            if status == "answered":
                out["answers"].append(
                    f"{self.next('answers')}\t{number}\t{enquirer}\t{1 + self.below(self.size.staff)}"
                    f"\tThank you for asking. {self.pick(words.REPLIES)}\t{DAYS[back - 2]}{CLOCK[60]}"
                )
        return out
