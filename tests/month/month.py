"""February 2026 at CloudSentric, day by day: who orders, who asks, who says no, what is sold, bought, sent, lost and found again.

`live(life, say)` lives it from the first morning to the last night. The same seed gives the same month. What a day needs to have
prepared beforehand is kept in `Month`, by name. Refuses to go on when a day went otherwise than it should have at its doors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from life import Life
from machine import BOB, DANA, Letter
from people import Person
from tally import USES, Books, Given

OWN, AFFILIATE, OTHER = USES
FAR = "2999-01-01"
VAN, FITTERS = "northline-couriers", "brightwire-installers"
POLICE = """
  example-constabulary:
    kind: authority.law_enforcement
    entity: "Example Constabulary (fictional)"
    place: uk
    purposes: [legal.comply]
    data: [network.ip_addresses, network.email_addresses, network.usage, organisation.name, organisation.size, organisation.sector]
"""
# what an order may ask for, by table: nothing else may stand in the file
TO_POLICE = {
    "traffic": (
        "id",
        "seen_at",
        "organisation_id",
        "end_user_id",
        "direction",
        "local_ip",
        "remote_ip",
        "local_email",
        "remote_email",
        "bytes",
    ),
    "usage_counters": ("organisation_id", "period", "direction", "bytes", "flows"),
}
Day = Callable[["Month"], str]


@dataclass
class Month:
    """One month: `life` has the doors, the rest is who is who."""

    life: Life
    firms: list[dict[str, Person]] = field(default_factory=list)
    users: list[Person] = field(default_factory=list)
    bought: list[Person] = field(default_factory=list)
    met: list[Person] = field(default_factory=list)
    asked: dict[str, tuple[Person, str]] = field(default_factory=dict)
    copy: Books = field(default_factory=dict)
    forgotten: list[tuple[int, Person]] = field(default_factory=list)
    case: str = ""
    breach: str = ""
    letters: list[Letter] = field(default_factory=list)
    short: list[Person] = field(default_factory=list)

    def day(self, later: int) -> str:
        """The date so many days from now."""
        return (self.life.machine.clock.now().date() + timedelta(days=later)).isoformat()

    # -- days ----------------------------------------------------------------------------------------------------------
    def opening(self) -> str:
        """The first morning: Avow takes over the list of those who must get nothing; first orders."""
        life = self.life
        life.join()
        old = life.folder / "old.csv"
        listed = [row["email"] for row in life.tally.books["suppression"].values()] + ["never.again@old-list.example"]
        old.write_text("since,email\n" + "".join(f"2024-05-01,{email}\n" for email in listed), encoding="utf-8")
        life.machine.avow("take-over", "suppressions", str(old))
        for email in listed:
            life.tally.listed_before(email)
        for channel, said in (("form", ("yes", "yes", "yes")), ("phone", ("no", "yes", "not answered"))):
            self.firms.append(life.order(channel, said))
        life.invoice(self.firms[0])
        life.ticket(self.firms[0])
        return "an officer, an old list, orders by form and by telephone"

    def more_orders(self) -> str:
        life = self.life
        for channel, said in (("fax", ("yes", "no", "yes")), ("email", ("not answered", "not answered", "no"))):
            self.firms.append(life.order(channel, said))
        life.invoice(self.firms[2])
        life.ticket(self.firms[2])
        life.machine.work_at_desks()
        self.users = [life.crowd.person("end user") for _ in range(6)]
        life.deliver("reseller_file", self.users, {"reseller": "Beacon Resale 1", "obtained_on": self.day(-1)})
        return "orders by fax and e-mail, end users of a reseller"

    def lists(self) -> str:
        """An event, a list that is licensed for ever, and one for a week."""
        life = self.life
        self.met = [life.crowd.person("visitor of a fair") for _ in range(4)]
        life.deliver("event_file", self.met, {"event": "Hosting Days", "obtained_on": self.day(-1)})
        self.bought = [life.crowd.person("bought lead") for _ in range(6)]
        never = Person("listed", "Nora Never", "never.again@old-list.example", "", "")
        facts = {"broker": "Fairlist Data", "contract": "FL-2210", "obtained_on": self.day(-1), "permitted_use": OWN}
        life.deliver("broker_list", [*self.bought, never], {**facts, "licensed_until": FAR}, {never.email: "objected"})
        self.short = [life.crowd.person("lead for a week") for _ in range(3)]
        life.deliver("broker_list", self.short, {**facts, "contract": "FL-2211", "licensed_until": self.day(8)})
        return "leads of a fair and of two bought lists"

    def first_campaign(self) -> str:
        self.letters = self.life.campaign(OWN, "Two new sizes")
        return f"a campaign about our own services: {len(self.letters)} letters"

    def noes(self) -> str:
        """By one press, on the page, by telephone."""
        life = self.life
        for who in (self.bought[0].email, self.firms[0]["firm"].email):
            life.press(next(one for one in self.letters if one.to == who), OWN)
        for who in (self.users[0].email, self.met[0].email):
            life.stop_marketing(who)
        life.told_by_phone("objection", self.met[1].email, [AFFILIATE])
        return "two press the link, two object on the page, one by telephone"

    def second_campaign(self) -> str:
        self.life.finish_tasks()
        return f"a campaign about affiliates: {len(self.life.campaign(AFFILIATE, 'From our affiliates'))} letters"

    def disclosures(self) -> str:
        """Two firms under contract get what they may; four wishes are refused."""
        life = self.life
        vans, fitters = ([firm[role] for firm in self.firms] for role in ("delivery", "installation"))
        life.disclose(VAN, vans, "order.deliver", ("name", "postal_address", "phone"))
        life.disclose(FITTERS, fitters, "order.install", ("name", "postal_address", "phone"))
        row = f"main:public.contacts:{vans[0].at['contacts']}"
        ask = ("disclose", VAN, row, "--purpose")
        no = [f"disclosure.{why}" for why in ("field-not-promised", "field-not-registered", "purpose-not-registered")]
        life.refused(no[:2], *ask, "order.deliver", "--columns", "name,email")
        life.refused([no[0], no[2]], *ask, OWN, "--columns", "name")
        register = life.machine.project / "recipients.yaml"
        before = register.read_text(encoding="utf-8")
        for then, now, why in (
            ("expires: 2031-01-31", "expires: 2026-01-31", "contract-not-running"),
            ("place: uk", "place: us", "place-not-allowed"),
        ):
            register.write_text(before.replace(then, now, 1), encoding="utf-8")
            life.refused([f"disclosure.{why}"], *ask, "order.deliver", "--columns", "name")
        register.write_text(before, encoding="utf-8")
        return "two firms get their lists, four wishes are refused"

    def police(self) -> str:
        """A legal obligation: a case, approved by somebody else, for one customer."""
        life, machine = self.life, self.life.machine
        register = machine.project / "recipients.yaml"
        register.write_text(register.read_text(encoding="utf-8").rstrip() + POLICE, encoding="utf-8")
        paper = life.folder / "terms.txt"
        paper.write_text("4.2 Nobody attacks anybody.", encoding="utf-8")
        order = life.folder / "order.txt"
        order.write_text("We ask for what you hold about one network.", encoding="utf-8")
        for paper_of, kind, name in (
            (paper, "terms", "acceptable use 2025-03"),
            (order, "order", "written request 17"),
        ):
            put = ("vault", "put", str(paper_of), "--kind", kind, "--name", name, "--owner", "bob")
            machine.avow(*put, "--from", "2025-03-01", "--until", "2027-01-01", "--by", BOB)
        (flow,) = machine.see(
            machine.store, "SELECT organisation_id FROM traffic WHERE organisation_id IS NOT NULL ORDER BY id LIMIT 1"
        )[0]
        facts = {
            "authority": "Example Constabulary",
            "ground": "written request 17",
            "clause": "4.2",
            "terms": "acceptable use 2025-03",
        }
        told = [word for name, value in facts.items() for word in ("--fact", f"{name}={value}")]
        opened = machine.avow(
            "case", "open", "legal_disclosure", *told, "--about", f"main:public.organisations:{flow}", "--by", BOB
        )
        self.case = opened.split()[0]
        out = life.folder / "police.json"
        disclose = ("case", "disclose", self.case, "--recipient", "example-constabulary", "--to", str(out), "--by", BOB)
        assert "cases.not-open" in machine.avow(*disclose, ok=(2,))
        assert "cases.own-case" in machine.avow("case", "approve", self.case, "--by", BOB, ok=(2,))
        machine.avow("case", "approve", self.case, "--by", DANA)
        machine.avow(*disclose)
        rows, flows = json.loads(out.read_text(encoding="utf-8"))["rows"], 0
        for table, lines in rows.items():
            life.given.append(Given("police", (table,), tuple(sorted(_columns_of(line) for line in lines))))
        for table, columns in TO_POLICE.items():
            held = [row for row in life.tally.books[table].values() if row["organisation_id"] == flow]
            lines = [_columns_of({one: row[one] for one in columns}) for row in held]
            life.tally.gave("police", (f"public.{table}",), lines)
            flows = flows or len(lines)
        machine.avow("case", "close", self.case, "--outcome", "handed over to the constabulary", "--by", BOB)
        return f"the police get {flows} flows of one customer, after a second person agreed"

    def requests(self) -> str:
        """Six want to be forgotten, one of them only for a day, one under a legal hold; one use is to stop; one wants to see."""
        life = self.life
        self.enquirer = life.enquiry()
        life.work()
        held = self.firms[1]["delivery"]
        until = (life.machine.clock.now().date() + timedelta(days=90)).isoformat()
        life.machine.avow(
            "retention",
            "hold",
            "main",
            "public.contacts",
            str(held.at["contacts"]),
            "--reason",
            "a claim",
            "--until",
            until,
        )
        wishes = {
            "enquirer": self.enquirer,
            "caller": self.firms[0]["support"],
            "payer": self.firms[0]["billing"],
            "lead": self.bought[1],
            "user": self.users[1],
            "waverer": self.users[2],
            "held": held,
        }
        for name, who in wishes.items():
            self.asked[name] = (who, life.ask("erasure", who))
        self.asked["stop"] = (self.users[3], life.ask("restriction", self.users[3], ground="inaccurate"))
        self.asked["see"] = (self.met[2], life.ask("access", self.met[2]))
        life.work()
        for who, reference in self.asked.values():
            life.show_code(reference, who)
        life.work()
        for who in wishes.values():
            life.tally.hide(who.email, "is about to be erased")
        life.tally.hide(self.users[3].email, "is restricted")
        return f"{len(self.asked)} people ask for something and show a code"

    def second_thoughts(self) -> str:
        """One takes it back in time, and is there again for everybody."""
        life = self.life
        who, reference = self.asked["waverer"]
        life.ask_code_again(reference)
        life.work()
        life.show_code(reference, who)
        life.withdraw(reference)
        life.work()
        life.tally.asked(reference, "withdrawn")
        life.tally.show(who.email)
        letters = life.campaign(OTHER, "News of the winter")
        return f"one erasure is taken back in time; other news: {len(letters)} letters"

    def forgetting(self) -> str:
        """The wait is over; what no program reaches is done by hand."""
        life = self.life
        life.work()
        life.finish_tasks()
        life.work()
        for name in ("enquirer", "caller", "payer", "lead", "user"):
            self._forgotten(name)
        who, reference = self.asked["held"]
        life.tally.show(who.email)
        life.tally.asked(reference, "done")
        life.tally.expect_mail(who.email, f"Your request {reference} is done in part")
        told = {
            "stop": ("Your request {} is done",),
            "see": ("A first part of your answer is ready: {}", "Your answer is ready: {}"),
        }
        for name, mails in told.items():
            who, reference = self.asked[name]
            life.tally.asked(reference, "done")
            for mail in mails:
                life.tally.expect_mail(who.email, mail.format(reference))
        return "five people are forgotten, one stays because of a claim"

    def _forgotten(self, name: str) -> None:
        who, reference = self.asked[name]
        self.life.tally.erased(who.email, f"{who.kind} {who.name}", who.alone)
        self.life.tally.asked(reference, "done")
        self.life.tally.expect_mail(who.email, f"Your request {reference} is done")
        self.forgotten.append((self.life.tally.day, who))

    def bought_again(self) -> str:
        """A list with people who objected or were erased on it: they stay out. The list for a week has ended."""
        life, day = self.life, self.life.tally.day
        for who in self.short:
            life.tally.deleted("leads", who.at["leads"])
        new = [life.crowd.person("bought lead") for _ in range(3)]
        facts = {
            "broker": "Compass Contacts",
            "contract": "CC-1",
            "obtained_on": self.day(-1),
            "licensed_until": FAR,
            "permitted_use": OWN,
        }
        out = {
            self.bought[0].email: "objected",
            self.users[0].email: "objected",
            self.bought[1].email: "erased",
            self.users[1].email: "erased",
        }
        again = [self.bought[0], self.users[0], self.bought[1], self.users[1]]
        life.deliver("broker_list", [*again, *new], facts, out)
        self.bought += new
        return f"a bought list on day {day}: {len(again)} of {len(again) + 3} stay out"

    def backup(self) -> str:
        life = self.life
        life.machine.dump(life.folder / "store.dump")
        self.copy = life.tally.keep_copy()
        life.machine.avow("backup", str(life.folder / "avow"), AVOW_BACKUP_PASSPHRASE="lantern orbit walnut")
        assert "it was a test" in life.machine.avow("restore", "--test", str(life.folder / "avow"))
        return "copies of the store and of Avow's own records; the second comes back in a test"

    def after_the_copy(self) -> str:
        """What the copy does not know: an erasure, two noes, an order."""
        life = self.life
        self.asked["late"] = (self.firms[2]["delivery"], life.ask("erasure", self.firms[2]["delivery"]))
        life.work()
        life.show_code(self.asked["late"][1], self.asked["late"][0])
        life.stop_marketing(self.users[4].email)
        life.order("phone", ("yes", "yes", "yes"))
        # no worker between: an objection on the page counts at once
        letters = life.campaign(OWN, "A last offer of the winter")
        life.press(next(one for one in letters if one.to == self.bought[2].email), OWN)
        return "an erasure is asked for, two say no, somebody orders"

    def late_forgetting(self) -> str:
        life = self.life
        life.work()
        life.finish_tasks()
        life.work()
        self._forgotten("late")
        life.tally.expect_mail("privacy@northline-couriers.example", "Data that we gave you was erased")
        return "one more is forgotten, and the courier is told"

    def restore(self) -> str:
        """The copy comes back in place of the store. Who was erased since is erased in it; who said no is not written to."""
        life = self.life
        life.machine.restore(life.folder / "store.dump")
        life.machine.avow("apply")  # a copy that came back reads its views anew
        life.tally.restored(self.copy, [who.email for day, who in self.forgotten if day > 16])
        life.work()
        letters = life.campaign(OWN, "We are back")
        return f"the store is an old copy: {len(letters)} letters"

    def new_version(self) -> str:
        """A new version of the policy. The place for telling people of it by mail: here, after it was published."""
        life = self.life
        life.machine.write_version("2026-02", ("A person answers whatever you ask.", "Please open a support ticket"))
        life.machine.avow("apply")
        life.machine.avow("notices", "publish", "--version", "2026-02", "--by", BOB)
        visitor = life.machine.visitor()
        assert visitor.get("/company/privacy-policy") == 200
        assert "A person answers whatever you ask." in visitor.page
        assert visitor.get("/policy/2026-01/") == 200
        assert "A person answers whatever you ask." not in visitor.page
        assert visitor.get("/policy/2026-02/changes/") == 200
        return "version 2026-02 stands at its address, the old one stays readable"

    def leak(self) -> str:
        """A breach: whom it affects, the authority told, a letter to exactly them after a second person agreed."""
        life, avow = self.life, self.life.machine.avow
        since = f"{life.machine.clock.now() - timedelta(hours=5):%Y-%m-%dT%H:%M}"
        facts = ("--fact", "what=a list with two lines went to the wrong firm", "--fact", f"noticed={since}")
        self.breach = avow("case", "open", "breach", *facts, "--by", BOB).split()[0]
        affected = [self.users[4], self.users[5]]
        for who in affected:
            row = f"row:main:public.end_users:{who.at['end_users']}"
            avow("breach", "extent", self.breach, row, "--since", since, "--by", BOB)
        avow("breach", "risk", self.breach, "high", "--why", "it names what they use", "--by", BOB)
        words = ("--nature", "a list was sent astray", "--consequences", "somebody may write to them")
        words += ("--measures", "the firm deleted it", "--advice", "beware of letters in our name")
        avow("breach", "say", self.breach, *words, "--by", BOB)
        letter = avow("breach", "letter", self.breach, "--by", BOB).split()[0]
        assert "breach.own-letter" in avow("breach", "approve", self.breach, letter, "--by", BOB, ok=(2,))
        avow("breach", "approve", self.breach, letter, "--by", DANA)
        avow("breach", "told", self.breach, "authority", "--words", "by its own form", "--by", BOB)
        for _ in range(2):
            life.work()
        for who in affected:
            life.tally.expect_mail(who.email, f"Your data was affected by a security incident ({self.breach})")
        avow("case", "take", self.breach, "--by", BOB)
        avow("case", "close", self.breach, "--outcome", "two people told, the list is deleted", "--by", BOB)
        return "a list goes astray: two people are told, and the authority"

    def moves(self) -> str:
        """Somebody of the staff changes department."""
        life = self.life
        (number, department) = life.machine.see(
            life.machine.store, "SELECT id, department_id FROM staff ORDER BY id LIMIT 1"
        )[0]
        to = 1 + department % 5
        life.machine.of("owner", "UPDATE staff SET department_id = %s WHERE id = %s", to, number)
        life.tally.changed("staff", number, department_id=to)
        return "somebody changes department"

    def last_campaigns(self) -> str:
        life = self.life
        life.finish_tasks()
        for _ in range(3):
            life.machine.work_at_desks()
        own = life.campaign(OWN, "Spring is near")
        affiliate = life.campaign(AFFILIATE, "Affiliates in spring")
        return f"two last campaigns: {len(own)} and {len(affiliate)} letters"


def _columns_of(line: Mapping[str, object]) -> tuple[str, ...]:
    """Every column of a line with its value; what is empty is not written."""
    return tuple(sorted(f"{name}={value}" for name, value in line.items() if value is not None))


def live(life: Life, say: Callable[[str], None]) -> Month:
    """From the first morning to the last night."""
    month = Month(life)
    for day, work in plan(month):
        while life.tally.day < day - 1:
            _night(life)
            life.tally.day += 1
            say(f"day {life.tally.day:2}  nothing but work")
        life.tally.day = day
        told = work()
        _night(life)
        say(f"day {day:2}  {told}")
    return month


def _night(life: Life) -> None:
    life.work()
    life.machine.clock.advance(days=1)


def plan(month: Month) -> Iterator[tuple[int, Callable[[], str]]]:
    yield 1, month.opening
    yield 2, month.more_orders
    yield 3, month.lists
    yield 4, month.first_campaign
    yield 5, month.noes
    yield 6, month.second_campaign
    yield 7, month.disclosures
    yield 8, month.police
    yield 9, month.requests
    yield 10, month.second_thoughts
    yield 13, month.forgetting
    yield 14, month.new_version  # before the copy comes back: `avow apply` refuses a store that is one
    yield 15, month.bought_again
    yield 16, month.backup
    yield 17, month.after_the_copy
    yield 21, month.late_forgetting
    yield 22, month.restore
    yield 24, month.leak
    yield 25, month.moves
    yield 27, month.last_campaigns
    yield 28, lambda: "the last day"
