"""What the mystery shopper asks of the duty of campaigns: real campaigns whose audience is narrowed to planted rows.

Refuses a campaign without a planted receiver, and sends nothing that is not marked as synthetic: it goes to the sink, or nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from avow.app.campaigns import CampaignGate, Words, open_gate
from avow.app.choices import find_link, press_link
from avow.app.databases import control_dsn
from avow.app.desk import Desk
from avow.app.project import Project
from avow.control import campaigns, people
from avow.control.campaigns import PUT
from avow.errors import AvowError, ChoicesError
from avow.ledger import Kind, find_uses
from avow.ledger.keys import load_digester
from avow.outbox.queue import open_message
from avow.prove.inquiry import CannotTell
from avow.prove.shopper import Guest
from avow.prove.shopper.visits_campaigns import Sent

_BY = "shopper:first"
_TEXT = "A synthetic message that tries whether a no is heard."


@dataclass(frozen=True)
class ShopCampaigns:
    """Implements `visits_campaigns.CampaignOffice`. `dsn` leads to the ledger."""

    desk: Desk
    project: Project
    gate: CampaignGate
    dsn: str

    def classes(self) -> Mapping[str, str]:
        return self.gate.terms.uses

    def needed(self) -> Sequence[str]:
        return sorted(self.gate.terms.transactional)

    def send(self, purpose: str, guests: Sequence[Guest]) -> Sent:
        places = {key for guest in guests for key in guest.keys}
        if not places:
            raise CannotTell("nobody was planted who could be written to")
        words = Words(purpose, "mystery shopper", "A synthetic message", _TEXT)
        sent = self.gate.send(words, _BY, only=places, synthetic=True)
        with self.desk.session() as session:
            lines = campaigns.list_sends(session, sent.id)
            known = people.find_subjects_by_keys(session, sorted(places))
        place_of = {subject: place for place, subject in zip(sorted(places), known, strict=True) if subject}
        put = {place_of[line[1]]: line[0] for line in lines if line[2] == PUT}
        left = {place_of[line[1]]: line[3] for line in lines if line[2] != PUT}
        return Sent(sent.seen, put, left, sum(bool(line[4]) for line in lines if line[2] == PUT))

    def headers(self, message: UUID) -> Mapping[str, str]:
        with self.desk.session() as session:
            row = session.connection.execute(
                "SELECT key_id, to_sealed, body_sealed FROM control.outbox WHERE id = %s AND synthetic", (message,)
            ).fetchone()
            if row is None:
                raise CannotTell("the message does not stand in the outbox")
            _, body = open_message(session.get_key(row[0]), message, bytes(row[1]), bytes(row[2]))
        return {name: value for name, value in body["headers"]}

    def look(self, link: str) -> bool:
        return find_link(self.desk, _token(link)) is not None

    def press(self, link: str, everything: bool = False) -> bool:
        return press_link(self.desk, _token(link), everything)

    def disclosures(self, guests: Sequence[Guest]) -> int:
        digester = load_digester(self.project.settings.ledger_key.with_name("digest.key"))
        names = [f"{table}:{key}" for guest in guests for _, table, key in guest.keys]
        return sum(entry.kind == Kind.DISCLOSE for entry in find_uses(self.dsn, digester, names))

    def send_needed(self, template: str, guest: Guest) -> bool:
        try:
            self.gate.send_needed(template, guest.email, "A synthetic notice", _TEXT, _BY, synthetic=True)
        except ChoicesError:
            return False
        return True


def _token(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def make_office(stack: ExitStack, project: Project, desk: Desk) -> ShopCampaigns | NoCampaigns:
    """Where the gate cannot be opened the visit says so, and the other visits go on."""
    try:
        gate = open_gate(stack, project, desk.session)
    except AvowError as error:
        return NoCampaigns(error.diagnostics[0].cause if error.diagnostics else "the gate cannot be opened")
    return ShopCampaigns(desk, project, gate, stack.enter_context(control_dsn(project.settings, lambda line: None)))


@dataclass(frozen=True)
class NoCampaigns:
    """Stands for a gate that is not there."""

    why: str

    def classes(self) -> Mapping[str, str]:
        raise CannotTell(self.why)
