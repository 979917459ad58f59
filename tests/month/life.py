"""What happens at the company: each event is done at its doors, and told to the tally in the same breath.

Doors are the logins of the company's programs, the command line, the API, the pages of the privacy centre and of the console, and
the mail server. Refuses a short cut: nothing is written into Avow's own tables, and nothing of Avow is imported.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from machine import BOB, DANA, PASSWORD, Letter, Machine, Visitor, code_of
from people import Crowd, Person
from tally import ASKED, KEYS, USES, Given, Row, Tally

SAID = ("yes", "no", "not answered")
ROLES = ("billing", "delivery", "installation", "support")
REFERENCE = re.compile(r"AV-[0-9A-Z]{4}-[0-9A-Z]{4}")


@dataclass
class Life:
    """The company in its month. Events change the world first, and the tally when the world took them."""

    machine: Machine
    tally: Tally
    random: Random
    folder: Path
    officer: Visitor | None = None
    token: str = ""
    letters: list[Letter] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    visits: dict[str, Visitor] = field(default_factory=dict)
    forgotten: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.crowd = Crowd(self.random)

    # -- the company's own programs -------------------------------------------------------------------------------
    def write(self, login: str, table: str, **values: Any) -> Any:
        """One row by the program that writes such rows; gives its key. The tally hears what was written."""
        keys = KEYS[table]
        columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        told = {k: json.dumps(v) if isinstance(v, dict) else v for k, v in values.items()}
        query = f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING {', '.join(keys)}"
        (found,) = self.machine.of(login, query, *told.values())
        self.tally.wrote(table, {**values, **dict(zip(keys, found, strict=True))})
        return found[0]

    def order(self, channel: str, said: Sequence[str] = ("yes", "yes", "yes")) -> dict[str, Person]:
        """A new customer orders by this way; gives its contacts by role, and the organisation under "firm"."""
        name, domain = self.crowd.firm()
        firm = Person("customer", name, f"info@{domain}", "", "")
        firm.at["organisations"] = self.write(
            "app",
            "organisations",
            name=name,
            size=self.random.choice(("1-9", "10-49")),
            sector="retail",
            email=firm.email,
        )
        people = {"firm": firm}
        for role in ROLES:
            who = people[role] = self.crowd.person(f"{role} contact", domain)
            who.at["contacts"] = self.write(
                "app",
                "contacts",
                organisation_id=firm.at["organisations"],
                role=role,
                name=who.name,
                job_title="Office manager",
                postal_address=who.address,
                phone=who.phone,
                email=who.email,
            )
        answers = dict(zip(ASKED.values(), said, strict=True))
        self.write(
            "app", "marketing_preferences", organisation_id=firm.at["organisations"], **answers, asked_by=channel
        )
        self._ordered(people, channel)
        return people

    def _ordered(self, people: dict[str, Person], channel: str) -> None:
        firm, payer = people["firm"].at["organisations"], people["billing"]
        order = self.write(
            "app",
            "orders",
            organisation_id=firm,
            placed_by=payer.at["contacts"],
            channel=channel,
            extra={"site_contact": payer.name, "site_phone": payer.phone},
        )
        self.write("app", "order_lines", order_id=order, product="HOST-S", quantity=1, price=35)
        day = self.machine.clock.now().date() + timedelta(days=3)
        for table, role, named, when in (
            ("deliveries", "delivery", "recipient_name", "planned_for"),
            ("installations", "installation", "contact_name", "visit_on"),
        ):
            who = people[role]
            told = {named: who.name, "postal_address": who.address, "phone": who.phone, when: day}
            who.at[table] = self.write("app", table, order_id=order, contact_id=who.at["contacts"], **told)
        payer.at["mail_log"] = self.write(
            "app",
            "mail_log",
            organisation_id=firm,
            contact_id=payer.at["contacts"],
            to_address=payer.email,
            template="order confirmation",
        )
        people["firm"].at["orders"] = order

    def invoice(self, people: dict[str, Person]) -> None:
        firm, payer = people["firm"], people["billing"]
        number = f"MO-{firm.at['orders']:06}"
        firm.at["invoices"] = self.write(
            "finance",
            "invoices",
            number=number,
            order_id=firm.at["orders"],
            organisation_id=firm.at["organisations"],
            billing_contact_id=payer.at["contacts"],
            bill_to=firm.name,
            attention=payer.name,
            postal_address=payer.address,
            amount=35,
            issued_on=self.machine.clock.now().date(),
        )

    def ticket(self, people: dict[str, Person]) -> None:
        who = people["support"]
        who.at["tickets"] = self.write(
            "support",
            "tickets",
            organisation_id=people["firm"].at["organisations"],
            contact_id=who.at["contacts"],
            topic="restore",
            title=f"Please call {who.name}",
        )
        body = f"The line is down. Call me under {who.phone} or write to {who.email}."
        who.at["messages"] = self.write(
            "support", "messages", ticket_id=who.at["tickets"], author="customer", body=body
        )

    def enquiry(self) -> Person:
        who = self.crowd.person("enquirer")
        question = f"How soon could a line be ready? Write to {who.email}."
        who.at["enquiries"] = self.write(
            "web",
            "enquiries",
            enquirer="potential",
            channel="web",
            name=who.name,
            email=who.email,
            phone=who.phone,
            question=question,
        )
        who.at["answers"] = self.write(
            "web",
            "answers",
            enquiry_id=who.at["enquiries"],
            enquirer="potential",
            body=f"Dear {who.name}, within a week.",
        )
        return who

    # -- ways in ---------------------------------------------------------------------------------------------------
    def deliver(
        self, way: str, people: Iterable[Person], facts: dict[str, str], out: dict[str, str] | None = None
    ) -> None:
        """A file by a registered way. `out`: address -> the reason for which its line must stay out."""
        table, named, fixed = {
            "broker_list": ("leads", {"person": "name", "email": "email", "phone": "phone"}, {"source": "broker"}),
            "event_file": ("leads", {"person": "name", "email": "email", "phone": "phone"}, {"source": "event"}),
            "reseller_file": (
                "end_users",
                {"name": "name", "email": "email", "phone": "phone", "address": "address"},
                {"came_by": "reseller"},
            ),
        }[way]
        everybody, out = list(people), out or {}
        more = {"organisation": "Sold Ltd", "reason": "fair"} if table == "leads" else {}
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow([*named, *more])
        lines.writerows([[*(getattr(who, value) for value in named.values()), *more.values()] for who in everybody])
        file = self.folder / f"{way}-{self.tally.day}.csv"
        file.write_text(text.getvalue(), encoding="utf-8")
        told = [word for name, value in facts.items() for word in ("--fact", f"{name}={value}")]
        said = self.machine.avow("intake", "import", way, str(file), *told, ok=(1,) if out else (0,))
        left = {everybody[int(n) - 1].email: why for n, why in re.findall(r"line (\d+): (\w+)", said)}
        assert left == out, (left, out)
        self._hear_delivery(table, [who for who in everybody if who.email not in out], fixed)

    def _hear_delivery(self, table: str, people: list[Person], fixed: Row) -> None:
        addresses = [who.email for who in people]
        rows = self.machine.see(self.machine.store, f"SELECT email, id FROM {table} WHERE email = ANY (%s)", addresses)
        for who in people:
            keys = [id for email, id in rows if email == who.email]
            assert keys, f"{who.email} was taken and is not there"
            who.at[table] = max(keys)
            names = {
                "leads": {"person": who.name},
                "end_users": {"full_name": who.name, "postal_address": who.address},
            }[table]
            self.tally.wrote(table, {"id": who.at[table], **names, "email": who.email, "phone": who.phone, **fixed})

    # -- messages to many --------------------------------------------------------------------------------------------
    def campaign(self, use: str, subject: str) -> list[Letter]:
        """A campaign, let go by a second person, sent; gives the letters that came of it."""
        text = self.folder / "text.txt"
        text.write_text("Hello from us.", encoding="utf-8")
        self.machine.avow(
            "campaign", "send", "--use", use, "--name", subject, "--subject", subject, "--text", str(text)
        )
        listed = self.machine.avow("outbox", "list", "--limit", "1", ok=(0, 1))
        (batch,) = re.findall(r"^batch (\S+):", listed, re.M)
        self.machine.avow("outbox", "approve", batch, "--by", DANA)
        self.tally.campaign(use, subject)
        self.work()
        return [one for one in self.letters if one.subject == subject]

    def work(self) -> None:
        """A worker does what is due; the letters that came of it are read."""
        self.machine.work()
        self.letters += self.machine.mails()

    def press(self, letter: Letter, use: str) -> None:
        """A mail program says no with one POST, as RFC 8058 has it. A look at the page before changes nothing."""
        visitor = self.machine.visitor()
        path = letter.link.removeprefix(self.machine.centre)
        assert visitor.get(path) == 200
        visitor.page = ""
        assert visitor.post(path, **{"List-Unsubscribe": "One-Click"}) == 200
        self.tally.said_no(letter.to, [use], "pressed the link of a message")

    # -- what people ask -----------------------------------------------------------------------------------------------
    def ask(self, kind: str, who: Person, **about: Any) -> str:
        """A guest asks on the pages of the privacy centre; gives the reference. The code is typed by `show_codes`."""
        visitor = self.machine.visitor()
        visitor.get(f"/ask/?kind={kind}")
        visitor.post(f"/ask/?kind={kind}", kind=kind)
        steps = {
            "about": about or {"scope": "all"},
            "place": {"place": "uk"},
            "contact": {"email": who.email, "name": who.name},
            "trace": {},
        }
        while (step := visitor.path.strip("/").rpartition("/")[2]) in steps:
            assert visitor.post(visitor.path, **steps.pop(step)) == 200, visitor.path
        assert visitor.path == "/ask/check/", visitor.wrong()
        assert visitor.post("/ask/check/") == 200, visitor.wrong()
        found = REFERENCE.search(visitor.path)
        assert found, visitor.path
        self.visits[found[0]] = visitor
        return found[0]

    def ask_code_again(self, reference: str) -> None:
        """On another day, in another browser: a code opens the page of the request again."""
        visitor = self.visits[reference] = self.machine.visitor()
        visitor.get(f"/requests/{reference}/code/")
        assert visitor.post(f"/requests/{reference}/code/send/") == 200

    def show_code(self, reference: str, who: Person) -> None:
        """Types the newest code that came by mail. It has to be there: run `work` before."""
        subject = f"Your code for {reference}"
        codes = [one for one in self.letters if one.subject == subject]
        letter = codes[-1]
        assert letter.to == who.email
        self.tally.expect_mail(who.email, subject)
        if len(codes) == 1:  # whoever showed who they are is told the due day; a later code opens the page alone
            self.tally.expect_mail(who.email, f"We have your request {reference}")
        code = re.search(r"one-time code is (\S+)\.", letter.text)
        assert code, letter.text
        visitor = self.visits[reference]
        visitor.get(f"/requests/{reference}/code/")
        assert visitor.post(f"/requests/{reference}/code/", code=code[1]) == 200
        assert visitor.path == f"/requests/{reference}/", visitor.path

    def withdraw(self, reference: str) -> None:
        visitor = self.visits[reference]
        visitor.get(f"/requests/{reference}/withdraw/")
        assert visitor.post(f"/requests/{reference}/withdraw/") == 200

    def stop_marketing(self, address: str) -> str:
        """The one page for a no, without an account and without a code."""
        visitor = self.machine.visitor()
        visitor.get("/stop-marketing/")
        assert visitor.post("/stop-marketing/", email=address) == 200
        found = REFERENCE.search(visitor.path)
        assert found, visitor.path
        self.tally.said_no(address, USES, "objected on the page")
        self.objected(address, found[0])
        return found[0]

    def told_by_phone(self, kind: str, address: str, uses: Sequence[str]) -> str:
        """Somebody rings up; the desk's program tells Avow by the API."""
        body = {"kind": kind, "contact": {"email": address}, "purposes": list(uses)}
        status, answer = self.machine.call("POST", "/api/choices", self.token, body)
        assert status == 201, answer
        self.objected(address, str(answer["reference"]))
        self.tally.said_no(address, uses, f"{kind} by telephone")
        return str(answer["reference"])

    # -- the officer -----------------------------------------------------------------------------------------------------
    def join(self) -> None:
        """Bob, the privacy officer, and Dana, the second person, make their accounts at the console; a program gets its token."""
        self.officer, self._secret = self._account(BOB, "privacy_officer")
        self._account(DANA, "approver")
        scopes = [w for s in ("requests:read", "requests:write", "intakes", "screen") for w in ("--scope", s)]
        printed = self.machine.avow("staff", "token", "desk", *scopes)
        self.token = next(word for word in printed.split() if len(word) > 30)

    def _account(self, address: str, role: str) -> tuple[Visitor, str]:
        """By the link of the invitation, with a second factor; gives the browser and the factor's secret."""
        link = self.machine.avow("staff", "add", "--role", role).splitlines()[0]
        visitor = self.machine.visitor(self.machine.console)
        visitor.get(link.removeprefix(self.machine.console))
        visitor.post(visitor.path, email=address, password=PASSWORD, again=PASSWORD)
        visitor.get("/account/2fa/totp/activate/")
        secret = re.search(r'value="([A-Z2-7]{32})"', visitor.page)
        assert secret, visitor.wrong()
        visitor.post("/account/2fa/totp/activate/", code=code_of(secret[1], self.machine.clock.now()))
        return visitor, secret[1]

    def sign_in(self) -> Visitor:
        """Bob at his desk, with password and second factor where the console asks for them again."""
        assert self.officer is not None
        self.officer.get("/tasks/")
        if "/account/" in self.officer.path:
            self.officer = self.machine.visitor(self.machine.console)
            self.officer.get("/account/login/")
            self.officer.post("/account/login/", login=BOB, password=PASSWORD)
            self.officer.post(self.officer.path, code=code_of(self._secret, self.machine.clock.now()))
            assert self.officer.get("/tasks/") == 200
            assert self.officer.path == "/tasks/", self.officer.path
        return self.officer

    def finish_tasks(self) -> int:
        """What no program reaches: Bob looks into the mailbox, asks the accountant, and says so."""
        bob, done = self.sign_in(), 0
        for path in sorted(set(re.findall(r'href="(/tasks/[0-9a-f-]{36}/)"', bob.page))):
            bob.get(path)
            outcome = "nothing" if 'value="nothing"' in bob.page else "done"
            assert bob.post(path, outcome=outcome, evidence="searched every folder, nothing there") == 200
            done += 1
        return done

    def agree(self, reference: str) -> None:
        """Bob lets a request go on that waits for a person."""
        bob = self.sign_in()
        bob.get(f"/cases/{reference}/")
        assert bob.post(f"/cases/{reference}/approve/", reason="it was told on the telephone what is missing") == 200, (
            bob.wrong()
        )

    def state(self, reference: str) -> str:
        status, answer = self.machine.call("GET", f"/api/requests/{reference}", self.token)
        assert status == 200, answer
        return str(answer["state"])

    def erase(self, who: Person, reference: str) -> None:
        """The tally hears that the wait is over and the person is forgotten."""
        self.tally.erased(who.email, f"{who.kind} {who.name}", who.alone)
        self.forgotten.append((self.tally.day, who.email))
        self.tally.asked(reference, "done")

    def disclose(self, recipient: str, people: Sequence[Person], purpose: str, columns: Sequence[str]) -> None:
        """A file for a firm under contract; the tally says what stands in it."""
        out = self.folder / f"{recipient}-{self.tally.day}.csv"
        rows = [f"main:public.contacts:{who.at['contacts']}" for who in people]
        self.machine.avow("disclose", recipient, *rows, "--purpose", purpose, "--out", str(out), "--by", BOB)
        header, *lines = csv.reader(io.StringIO(out.read_text(encoding="utf-8")))
        self.given.append(Given(recipient, tuple(header[1:]), tuple(sorted(tuple(line[1:]) for line in lines))))
        named = {"name": "name", "postal_address": "address", "phone": "phone"}
        self.tally.gave(recipient, columns, [tuple(getattr(who, named[c]) for c in columns) for who in people])

    def objected(self, address: str, reference: str) -> None:
        """Two letters belong to an objection: it came in, and it is in force."""
        self.tally.expect_mail(address, f"We have your request {reference}")
        self.tally.expect_mail(address, f"Your request {reference} is done")
        self.tally.asked(reference, "done")

    def refused(self, codes: Sequence[str], *words: str) -> None:
        """Something that must not go, and is told so, with every reason at once."""
        said = self.machine.avow(*words, ok=(1,))
        assert set(re.findall(r"disclosure\.[a-z-]+", said)) == set(codes), said
        self.tally.refused.update(codes)
