"""Visits that try to get data out: to whom it may not go, without a ground, too much of it, too late, too far away.

Each send goes the way of every send; what came of it is looked at in the file itself, in the register and in the database, as the
firm outside would see it. Refuses to send anything of anybody but a synthetic person, and to anybody: files are read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from avow.duties.rights.model import DONE
from avow.prove.inquiry import CannotTell
from avow.prove.shopper.planting import Guest
from avow.prove.shopper.shop import Saw, Shop, judged

CHANNELS = ("file", "api", "mail", "login")
ONLY = "disclosures"  # intakes of shopper.yaml that are for these visits alone
SHOWN = (
    *("unaffiliated", "consent", "obligation", "contract", "fields", "inside", "abroad"),
    *("emergency", "staff-address", "own-answer", "downstream"),
)


Changes = dict[str, Any]  # fields of a firm's line in the register


@dataclass(frozen=True)
class Sent:
    """What came of one attempt. `codes` say why it was refused, () when it went; `text` is the file as its receiver gets it,
    `logged` whether the register shows the attempt to somebody who looks for it."""

    codes: tuple[str, ...]
    text: str
    logged: bool

    @property
    def went(self) -> bool:
        return not self.codes


class Office(Protocol):
    """What only the company can arrange, for synthetic people alone. A `case` is a kind of order: see `open_case`."""

    def firms(self) -> tuple[str, ...]:
        """Registered firms under contract that have a pair of their own."""

    def send(
        self,
        guest: Guest,
        firm: str,
        ground: str = "contract",
        channel: str = "file",
        wants: str = "",
        case: str = "",
        why: str = "",
        **changed: Any,
    ) -> Sent:
        """One attempt to give a firm the guest's rows that it could see. `wants` is a category asked for beside what it may have;
        `changed` are fields of the firm's line in the register, for this attempt alone."""

    def sees(self, guest: Guest, firm: str, as_of_end: bool = False) -> bool:
        """Whether the firm's own login sees the guest in the database: now, or on the day after its contract."""

    def reads_column(self, guest: Guest, firm: str, category: str) -> bool:
        """Whether the database lets the firm's own pair read any column of the category."""

    def password_ends(self, firm: str) -> bool:
        """Whether the login's password ends with the contract."""

    def agree(self, guest: Guest, firm: str) -> None: ...

    def withdraw(self, guest: Guest, firm: str) -> None: ...

    def open_case(self, how: str, guest: Guest) -> str:
        """A synthetic legal case about a row of the guest: `request` (nothing obliges), `no-document`, `unapproved`, `obligation`.
        Gives its name."""

    def pass_on(self, guest: Guest, giver: str, receiver: str, wants: str = "") -> Sent:
        """One department shares the guest's row with another."""

    def kept_from(self) -> Sequence[tuple[str, str, str]]:
        """(giver, receiver, category) that the policy keeps from the receiving department."""

    def may_pass(self) -> Sequence[tuple[str, str]]:
        """(giver, receiver) between which rows of people may go."""

    def review_is_due(self, guest: Guest) -> bool:
        """Whether the newest release about the guest waits for a review by somebody else, and who asked cannot review it."""

    def refuses_address(self, address: str) -> bool:
        """Whether staff at this address are refused people's data. Raises CannotTell where no place is configured."""

    def addresses(self) -> tuple[str, str]:
        """An address within the allowed places and one outside of them."""

    def notices(self, request: object) -> Sequence[str]:
        """Firms that have to be told what became of data, by a finished request: a mail stands in the outbox, or a task is open."""


def visit_strangers(shop: Shop) -> Iterator[Saw]:
    """A firm outside the group, without any ground, by every way out."""
    office, guest = _begin(shop)
    firm = _seeing(office, guest)[0]
    stranger: Changes = {"kind": "thirdparty.unaffiliated", "affiliated": False, "contract": ""}
    wrong = []
    for channel in CHANNELS:
        for ground in ("", "contract"):
            sent = office.send(guest, firm, ground=ground, channel=channel, **stranger)
            wrong += [f"by {channel} it went to a firm outside the group"] if sent.went else []
            wrong += [] if sent.logged else [f"a refused attempt by {channel} stands in no register"]
    wrong += [] if office.send(guest, firm).went else ["nothing goes to a firm under contract either"]
    unknown = office.send(guest, "nobody-registered")
    wrong += ["it went to a firm that nobody registered"] if unknown.went else []
    good = f"refused and logged by {', '.join(CHANNELS)}; a firm under contract gets its file; one that nobody registered does not"
    yield judged("unaffiliated", wrong, good)


def visit_contract(shop: Shop) -> Iterator[Saw]:
    """The contract ends, at the gate and in the database."""
    office, guest = _begin(shop)
    wrong, seen = [], _seeing(office, guest)
    today = shop.now().date()
    for firm in seen:
        wrong += [] if office.send(guest, firm).went else [f"{firm} under contract gets nothing"]
        changes: tuple[tuple[str, Changes], ...] = (
            ("whose contract ended yesterday", {"expires": today.fromordinal(today.toordinal() - 1)}),
            ("whose contract begins tomorrow", {"starts": today.fromordinal(today.toordinal() + 1)}),
            ("without a contract", {"contract": ""}),
        )
        for words, changed in changes:
            for channel in CHANNELS:
                wrong += (
                    [f"{firm} {words} got a file"] if office.send(guest, firm, channel=channel, **changed).went else []
                )
        wrong += (
            [f"{firm} sees the person in the database after its contract"] if office.sees(guest, firm, True) else []
        )
        wrong += [] if office.password_ends(firm) else [f"the password of {firm} does not end with its contract"]
    good = f"{len(seen)} firms: files while the contract runs, none before, after or without it; the database closes their logins"
    yield judged("contract", wrong, good)


def visit_fields(shop: Shop) -> Iterator[Saw]:
    """Name, address and number of the contact concerned, and nothing besides."""
    office, guest = _begin(shop)
    wrong, seen = [], _seeing(office, guest)
    for firm in seen:
        sent = office.send(guest, firm)
        lines = sent.text.strip().splitlines()
        wrong += (
            [f"the file for {firm} holds an e-mail address"] if guest.email in sent.text or "@" in sent.text else []
        )
        wrong += [] if guest.name in sent.text else [f"the file for {firm} lacks the name"]
        wrong += [] if len(lines) == 2 else [f"the file for {firm} has {len(lines) - 1} contacts of one organisation"]
        for category in ("contact.email", "financial.credit_information", "payment.invoice"):
            wrong += [f"{firm} was given {category}"] if office.send(guest, firm, wants=category).went else []
            wrong += [f"the database shows {firm} {category}"] if office.reads_column(guest, firm, category) else []
    good = f"{len(seen)} firms: one contact each, name and number, no e-mail, no contact for bills; the database refuses more"
    yield judged("fields", wrong, good)


def visit_consent(shop: Shop) -> Iterator[Saw]:
    """Before consent no, after consent yes, after withdrawal no; and never somebody else's."""
    office, guest = _begin(shop)
    neighbour = shop.plant(ONLY)
    firm = _seeing(office, guest)[0]
    partner: Changes = {"kind": "thirdparty.consented", "affiliated": False, "contract": ""}
    wrong = ["it went before the person agreed"] if office.send(guest, firm, "consent", **partner).went else []
    office.agree(guest, firm)
    wrong += [] if office.send(guest, firm, "consent", **partner).went else ["it did not go although the person agreed"]
    other = office.send(neighbour, firm, "consent", **partner)
    wrong += ["one person's consent let another's data go"] if other.went else []
    office.withdraw(guest, firm)
    wrong += ["it went after the consent was withdrawn"] if office.send(guest, firm, "consent", **partner).went else []
    good = "refused before the consent, sent after it, refused after the withdrawal; another person's data stayed"
    yield judged("consent", wrong, good)


def visit_obligation(shop: Shop) -> Iterator[Saw]:
    """A court: an informal request is not enough, nor an order without its document or a second person."""
    office, guest = _begin(shop)
    firm = _seeing(office, guest)[0]
    court: Changes = {"kind": "authority.court", "affiliated": False, "contract": ""}
    wrong = ["it went to an authority without any case"] if office.send(guest, firm, "obligation", **court).went else []
    for how in ("request", "no-document", "unapproved"):
        sent = office.send(guest, firm, "obligation", case=office.open_case(how, guest), **court)
        wrong += [f"it went to an authority on a case that is {how}"] if sent.went else []
    order = office.open_case("obligation", guest)
    sent = office.send(guest, firm, "obligation", case=order, **court)
    wrong += [] if sent.went else [f"a legal obligation was not met: {', '.join(sent.codes)}"]
    other = office.send(shop.plant(ONLY), firm, "obligation", case=order, **court)
    wrong += ["an order about one person released another's data"] if other.went else []
    firm_too = office.send(guest, firm, "obligation", case=order)
    wrong += ["a firm that is no authority got it on the same order"] if firm_too.went else []
    good = "a request, an order without its document, unapproved or about somebody else release nothing; an obligation does"
    yield judged("obligation", wrong, good)


def visit_emergency(shop: Shop) -> Iterator[Saw]:
    """Goes at once with a reason, and is looked at afterwards by somebody else."""
    office, guest = _begin(shop)
    firm = _seeing(office, guest)[0]
    wrong = ["it went without a word of reason"] if office.send(guest, firm, "emergency").went else []
    sent = office.send(guest, firm, "emergency", why="a person is in danger of their life")
    wrong += [] if sent.went else ["nothing goes in an emergency"]
    wrong += [] if office.review_is_due(guest) else ["nobody has to look at it afterwards, or who asked could"]
    far = office.send(guest, firm, "emergency", why="a person is in danger of their life", location="")
    wrong += ["an emergency lets data go to where nobody knows"] if far.went else []
    yield judged("emergency", wrong, "goes with a reason, waits for a review by somebody else, and keeps to the places")


def visit_inside(shop: Shop) -> Iterator[Saw]:
    """A department passes on what the other may not have."""
    office, guest = _begin(shop)
    kept = office.kept_from()
    if not kept:
        raise CannotTell("no rule keeps a kind of data from a department")
    wrong = []
    for giver, receiver, category in kept:
        sent = office.pass_on(guest, giver, receiver, category)
        wrong += [f"{giver} shared {category} with {receiver}"] if sent.went else []
        wrong += [] if sent.logged else ["a refused sharing stands in no register"]
    passes = [pair for pair in office.may_pass() if office.pass_on(guest, *pair).went]
    wrong += [] if passes else ["nothing can be passed on inside, not even what the policy permits"]
    named = ", ".join(sorted({f"{category} with {receiver}" for _, receiver, category in kept}))
    yield judged("inside", wrong, f"sharing {named} was refused and logged; {len(passes)} permitted ways work")


def visit_abroad(shop: Shop) -> Iterator[Saw]:
    """A recipient outside the places of the policy, and one of whom nobody wrote down where it is."""
    office, guest = _begin(shop)
    wrong = []
    for firm in _seeing(office, guest)[:1]:
        for place in ("us", "fr", ""):
            for channel in CHANNELS:
                sent = office.send(guest, firm, channel=channel, location=place)
                wrong += [f"by {channel} it went to {place or 'a place that nobody wrote down'}"] if sent.went else []
                wrong += [] if sent.logged else [f"a refused attempt by {channel} stands in no register"]
        wrong += [] if office.send(guest, firm).went else ["nothing goes to a firm in an allowed place either"]
    good = "recipients outside the promised places, and one without a country, are refused by every way out and logged"
    yield judged("abroad", wrong, good)


def visit_staff_address(shop: Shop) -> Iterator[Saw]:
    office: Office = shop.office_of("disclosures")
    here, abroad = office.addresses()
    wrong = [] if office.refuses_address(abroad) else ["a session of staff from outside sees people's data"]
    wrong += ["a session of staff from inside sees nothing"] if office.refuses_address(here) else []
    wrong += [] if office.refuses_address("") else ["a session from nowhere sees people's data"]
    yield judged("staff-address", wrong, "a session of staff from outside the allowed places is refused people's data")


def visit_own_answer(shop: Shop) -> Iterator[Saw]:
    """The gate does not stand between a person and their own data, wherever they are."""
    guest = shop.plant("correspondent")
    law = next((name for name in shop.brief.jurisdictions if name != shop.brief.jurisdictions[0]), "")
    if not law:
        raise CannotTell("shopper.yaml names one law alone: nobody abroad can ask")
    done = shop.finish(shop.ask_proven("access", guest, jurisdiction=law).id, "an answer was asked for")
    wrong = (
        []
        if done.state == DONE and shop.count_files(done.id)
        else [f"a person under {law} got no answer: {done.state}"]
    )
    yield judged("own-answer", wrong, f"an answer to a person's own request under the law of `{law}` went out")


def visit_downstream(shop: Shop) -> Iterator[Saw]:
    """Who was given data is told when it is erased; who was not is not."""
    office, guest = _begin(shop)
    firm = _seeing(office, guest)[0]
    if not office.send(guest, firm).went:
        raise CannotTell("nothing could be sent that somebody would have to be told of")
    neighbour = shop.plant(ONLY)
    erased = [shop.finish(shop.ask_proven("erasure", one).id, "an erasure was asked for") for one in (guest, neighbour)]
    told, other = (office.notices(one.id) for one in erased)
    wrong = [] if firm in told else [f"{firm} is not to be told that the data it was given is erased"]
    wrong += ["somebody is to be told about a person of whom they were given nothing"] if other else []
    yield judged(
        "downstream", wrong, "a firm that was given data has to be told of its erasure, and nobody else of anybody"
    )


def _begin(shop: Shop) -> tuple[Office, Guest]:
    office: Office = shop.office_of("disclosures")
    return office, shop.plant(ONLY)


def _seeing(office: Office, guest: Guest) -> list[str]:
    """Firms whose own login sees the synthetic person: with the others nothing would be shown by sending nothing."""
    found = [firm for firm in office.firms() if office.sees(guest, firm)]
    if not found:
        raise CannotTell("no firm under contract sees the synthetic person: shopper.yaml plants nobody for them")
    return found
