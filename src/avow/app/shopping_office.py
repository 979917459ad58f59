"""What staff, the clock and the books do for the mystery shopper's own requests, and for those alone.

Every door here looks first whether the request is synthetic. Refuses to hasten, approve, charge or lift anything of a real person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from avow.app.desk import Desk
from avow.app.project import Project
from avow.control import cases, rights
from avow.control.shopping import ShopperRecords
from avow.duties.rights.certificate.verify import check_certificate
from avow.duties.rights.changing import STAYS
from avow.duties.rights.hands import say_nobody
from avow.duties.rights.model import WAITING, Actor, Contact, Request, Wish
from avow.duties.rights.moves import refuse
from avow.duties.rights.rules import plan_fee
from avow.errors import AvowError, LawError
from avow.law import Fee, choose_law, load_profiles
from avow.ledger import Kind, Ledger
from avow.ledger.keys import load_public_key
from avow.policy import read_recipients
from avow.prove.inquiry import CannotTell
from avow.prove.shopper import Eyes, Guest
from avow.prove.shopper.shop import SHOPPER

OWN_FEE = Fee(Decimal("5.00"), "EUR", "")


@dataclass(frozen=True)
class BookDeeds:
    """Records uses and disclosures of a guest's data, as the programs of the company would."""

    project: Project
    ledger: Ledger
    eyes: Mapping[str, Eyes]

    def use(self, guest: Guest) -> str:
        """By the first pair that may read a row of the guest; gives its purpose. Raises CannotTell."""
        for store, table, key in guest.keys:
            for given in self.eyes[store].rights if self._is_person(store, table) else ():
                granted = given.tables.get(table)
                if granted and granted.read:
                    self._record(Kind.READ, str(given.pair), table, key)
                    return given.pair.purpose
        raise CannotTell("no pair may read a row of the synthetic person")

    def disclose(self, guest: Guest) -> str:
        """To the first registered recipient that receives anything; gives its legal name, "" where there is none."""
        entries = read_recipients(self.project.settings.project, self.project.vocabulary)
        entry = next((e for e in entries if e.purposes and e.data), None)
        row = next(((t, k) for s, t, k in guest.keys if self._is_person(s, t)), None)
        if entry is None or row is None:
            return ""
        self._record(Kind.DISCLOSE, f"{entry.purposes[0]}/{entry.id.replace('-', '_')}", *row)
        return entry.entity

    def _record(self, kind: Kind, pair: str, table: str, key: str) -> None:
        actor = self.ledger.digester.digest("actor", "shopper")
        subject = self.ledger.subject_digest(f"{table}:{key}")
        self.ledger.record_access(kind, pair, table, "", actor, subject, wait=True)

    def _is_person(self, store: str, table: str) -> bool:
        mapped = self.eyes[store].map.find_table(table)
        return mapped is not None and bool(mapped.key) and not mapped.organisation


@dataclass(frozen=True)
class ShopOffice:
    """`codes` are overheard one-time codes by request."""

    desk: Desk
    project: Project
    records: ShopperRecords
    codes: Mapping[UUID, str]

    def _own(self, request: UUID) -> Request:
        """Raises RightsError for a request of a real person."""
        found = self.desk.get_request(request)
        if not found.synthetic:
            raise refuse("rights.not-synthetic", "this request is a real person's", "leave it to staff and the clock")
        return found

    def hasten(self, request: UUID) -> None:
        """Ends the wait of a synthetic request now."""
        if self._own(request).state == WAITING:
            with self.desk.session() as session:
                rights.record_columns(session, request, waits_until=session.now)

    def approve(self, request: UUID, staff: Actor) -> None:
        self._own(request)
        self.desk.approve(request, staff, "the person is synthetic: nobody gets this answer")

    def do_by_hand(self, request: UUID, staff: Actor) -> None:
        """Ends the tasks of stores that no machine reaches: a synthetic person is in none of them."""
        self._own(request)
        for task in self.desk.tasks(request_id=request):
            self.desk.finish_task(
                task.id, say_nobody(task.step), "nothing held: the person is synthetic", b"synthetic", staff
            )

    def lift(self, request: UUID) -> None:
        self._own(request)
        self.desk.lift_restriction(request, "the synthetic ground is over", Actor("staff", "shopper:first"))

    def close_without_outcome(self, request: UUID) -> bool:
        """Whether it could be done: it must not."""
        self._own(request)
        try:
            self.desk.close_with_words(request, "", "", "", Actor("staff", "shopper:first"))
        except AvowError:
            return False
        return True

    def reply(self, request: UUID, text: str, staff: Actor) -> None:
        self._own(request)
        self.desk.close_with_words(request, "answered", text, "answered by the synthetic colleague", staff)

    def refuses_fee(self, kind: str, above: bool) -> bool:
        """Whether the law's table stops a fee: above its cap, or for a kind that is free."""
        law = self.desk.office.law
        if above:
            return all(_refuses_above(name) for name in law.profiles)
        charged = replace(self.desk.office, law=replace(law, fee=OWN_FEE))
        return not any(plan_fee(charged, name, kind).due for name in law.profiles)

    def ask_with_fee(self, guest: Guest) -> Request:
        """A request under a law that lets the company charge: the one desk with that law and a fee. Gives the request, with
        identity shown."""
        name = next(
            n for n, p in load_profiles().items() if p.fee.words[:1] == ("prescribed",) and "access" in p.fee.words
        )
        law = choose_law(name, tuple(self.desk.office.law.profiles), fee=OWN_FEE)
        desk = replace(self.desk, office=replace(self.desk.office, law=law))
        contact = Contact(email=guest.email, name=guest.name)
        request = desk.open_request("access", contact, Wish(), "guest_form", name, SHOPPER, synthetic=True)
        desk.answer_challenge(request.id, self.codes.get(request.id, ""))
        return desk.get_request(request.id)

    def pay(self, request: UUID) -> None:
        self._own(request)
        self.desk.record_payment(request, Actor("staff", "shopper:first"))

    def is_overdue(self, request: UUID, at: datetime) -> bool:
        return self.records.is_overdue(request, at)

    def certificate_faults(self, request: UUID) -> list[str]:
        """What is wrong with the certificate, checked as an outsider checks it: with the public key alone."""
        found = self.desk.certificate(request)
        if found is None:
            return ["there is no certificate"]
        document, signature = found
        key = load_public_key(self.project.settings.ledger_key.with_suffix(".pub"))
        faults = check_certificate(document, signature, key)
        counted = sum(line["rows"] for s in document.get("stores", ()) for line in s["counts"])
        return faults + ([] if counted else ["the certificate counts no row"])

    def kept_tables(self, request: UUID) -> set[str]:
        """Tables of which rows stay by a ground: of the data map, or a hold."""
        with self.desk.session() as session:
            held = cases.access_holds(session, [request], released=False).get(request, [])
        ruled = {t.name for s in self.project.datamap.stores for t in s.tables if t.erasure == "keep"}
        return ruled | {hold.table for hold in held}

    def let_stay(self, request: UUID, staff: Actor) -> None:
        """Says of every old value in a record that may not be corrected that it stays."""
        self._own(request)
        for one in self.desk.residuals(request):
            if one.lasting:
                why = "the record says what was done"
                self.desk.decide_residual(request, one.store, one.table, one.column, "stays", why, staff)

    def staying_tables(self, request: UUID) -> set[str]:
        """Tables of which a decision of the case says that an old value stays there."""
        with self.desk.session() as session:
            decisions = cases.get_decisions(session, request)
        places = (d.item.split(" ", 2)[2] for d in decisions if d.decision == STAYS and d.item.startswith("residual "))
        return {place.rpartition(".")[0] for place in places}


def _refuses_above(name: str) -> bool:
    """A fee above the law's cap, or any fee where the law allows none, is an error at start; where a law sets no cap there is
    nothing to be above."""
    profile = load_profiles()[name]
    if profile.fee.words[0] == "prescribed" and profile.fee_cap is None:
        return True
    amount, currency = profile.fee_cap or (Decimal(0), "EUR")
    try:
        choose_law(name, fee=Fee(amount + 1, currency, ""))
    except LawError:
        return True
    return False
