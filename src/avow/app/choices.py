"""Choices for the desks, the command line and the workers: preferences, answers, links of messages, receipts.

Every function is one short transaction of the control database, through the desk of everybody; what needs a store is done by
workers, who are woken. Refuses to tell whether a link or an address is known: an unknown one looks like one that was used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from avow.app.project import Project
from avow.control import campaigns, choices, people
from avow.control.campaigns import CampaignLine, Link
from avow.control.choices import GIVEN, REFUSED, WITHDRAWN, Record, Said
from avow.control.session import Session
from avow.duties.choices.deciding import CHANNELS, objected, record
from avow.duties.choices.receipt import Party, make_receipt, receipt_file, sign_receipt
from avow.duties.choices.terms import ChoiceTerms, find_terms
from avow.duties.rights.rules import Office
from avow.ledger.keys import load_key
from avow.settings import Settings

PERSON, ONE_CLICK, LINK, STAFF = "centre", "one-click", "link", "staff"


class Counter(Protocol):
    """What is needed of a desk."""

    @property
    def office(self) -> Office: ...
    def now(self) -> datetime: ...
    def session(self) -> AbstractContextManager[Session]: ...


@dataclass(frozen=True)
class Preference:
    """How things stand for one use: `wanted` None where nothing was said and nothing stands against it; `channels` by which the
    person may be written to; `since` when it was said last."""

    purpose: str
    wanted: bool | None
    channels: Mapping[str, bool]
    since: datetime | None = None


def list_uses(office: Office) -> tuple[str, ...]:
    """The uses about which a person chooses: those of marketing to which they can object, own marketing where no rule names one."""
    return tuple(p for p in office.rules.purposes if p.split(".")[0] == "marketing") or ("marketing.own",)


def find_subject(desk: Counter, account: str) -> UUID | None:
    """Whom the desk knows the holder of an account as. Makes nobody known."""
    with desk.session() as session:
        return next(iter(people.find_subjects_by_identifier(session, people.ACCOUNT, account)), None)


def get_subject(desk: Counter, account: str, email: str) -> UUID:
    """Whom the desk knows the holder of an account as; a new person where nobody is known. `email` is verified, or ""."""
    with desk.session() as session:
        found = people.find_subjects_by_identifier(session, people.ACCOUNT, account)
        subject = found[0] if found else people.record_subject(session)
        if not found:
            people.record_identifier(session, subject, people.ACCOUNT, account, proven=True)
        if email:
            people.record_identifier(session, subject, "email", email, proven=True)
        return subject


def get_preferences(desk: Counter, subject: UUID | None) -> tuple[Preference, ...]:
    """How things stand for every use; None: nobody is known, and nothing was said."""
    known = [subject] if subject else []
    with desk.session() as session:
        records = [one for found in choices.list_records(session, known).values() for one in found]
        state = next(iter(people.get_states(session, known).values()), {})
    return tuple(_preference(purpose, records, state) for purpose in list_uses(desk.office))


def _preference(purpose: str, records: Sequence[Record], state: Mapping[str, bool]) -> Preference:
    newest = choices.newest(records)
    last = newest.get((purpose, "", ""))
    said = {channel: newest.get((purpose, "", channel)) for channel in CHANNELS}
    against = state.get(objected(purpose), False)
    wanted = False if against else True if last and last.outcome == GIVEN else None
    ways = {channel: not against and not (one and one.is_no) for channel, one in said.items()}
    return Preference(purpose, wanted, ways, last.said_at if last else None)


def list_history(desk: Counter, subject: UUID | None) -> list[Record]:
    """What the person said, newest first; nothing of a person who is not known."""
    if subject is None:
        return []
    with desk.session() as session:
        return choices.list_records(session, [subject]).get(subject, [])[::-1]


def record_preferences(
    desk: Counter, subject: UUID, wanted: Mapping[str, Mapping[str, bool]], method: str = PERSON
) -> int:
    """`wanted`: use -> channel -> whether; no channel at all is a no to the use itself. Only what differs is recorded; gives how
    many answers that were."""
    said: list[Said] = []
    with desk.session() as session:
        records = choices.list_records(session, [subject]).get(subject, [])
        state = people.get_states(session, [subject]).get(subject, {})
        for purpose in list_uses(desk.office):
            if purpose in wanted:
                before = _preference(purpose, records, state)
                said += _differences(before, wanted[purpose], subject, method, session.now)
        return len(record(session, said, desk.office.wake))


def _differences(
    before: Preference, ways: Mapping[str, bool], subject: UUID, method: str, now: datetime
) -> Iterable[Said]:
    any_way = any(ways.values())
    if any_way != before.wanted:
        outcome = GIVEN if any_way else WITHDRAWN if before.wanted else REFUSED
        yield Said(subject, before.purpose, outcome, method, now)
    for channel in CHANNELS if any_way else ():
        is_wanted = ways.get(channel, False)
        if is_wanted != (before.channels[channel] or before.wanted is False):
            yield Said(subject, before.purpose, GIVEN if is_wanted else WITHDRAWN, method, now, channel=channel)


def record_answers(desk: Counter, said: Sequence[Said]) -> int:
    """Answers that somebody took down (staff, the API, an import); gives how many were new."""
    with desk.session() as session:
        return len(record(session, said, desk.office.wake))


@dataclass(frozen=True)
class Overview:
    """(purpose, channel, outcome, explicit, people); answers that wait to be spread; the newest campaigns."""

    totals: list[tuple[str, str, str, bool, int]]
    waiting: int
    campaigns: list[CampaignLine]


def get_overview(desk: Counter) -> Overview:
    with desk.session() as session:
        waiting, _ = choices.count_waiting(session)
        return Overview(choices.count_totals(session), waiting, campaigns.list_campaigns(session))


def digest_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def find_link(desk: Counter, token: str) -> Link | None:
    """What a link of a message is about. Changes nothing."""
    with desk.session() as session:
        return campaigns.find_link(session, digest_token(token))


def press_link(desk: Counter, token: str, everything: bool = False, method: str = ONE_CLICK) -> bool:
    """Says no for whoever holds the link: to the class of the message, or to all of them. False for a link that is none. Pressed
    again it changes nothing."""
    with desk.session() as session:
        link = campaigns.find_link(session, digest_token(token))
        if link is None:
            return False
        state = people.get_states(session, [link.subject]).get(link.subject, {})
        wanted = list_uses(desk.office) if everything else (link.purpose,)
        said = [
            Said(link.subject, purpose, WITHDRAWN, method, session.now)
            for purpose in wanted
            if not state.get(objected(purpose))
        ]
        record(session, said, desk.office.wake)
        return True


def find_receipt(desk: Counter, subject: UUID, consent: UUID) -> bytes | None:
    """The signed receipt of an answer of this person as a file; None while it is not made, or for somebody else's."""
    with desk.session() as session:
        found = choices.find_record(session, consent)
        if found is None or found.subject != subject:
            return None
        made = choices.find_receipt(session, consent)
    return receipt_file(*made) if made else None


@dataclass(frozen=True)
class Receipts:
    """Makes and signs receipts. `key` is an Ed25519 private key."""

    party: Party
    wordings: Mapping[str, str]
    key: Any

    def __call__(self, one: Record) -> tuple[dict[str, Any], bytes]:
        document = make_receipt(one, self.party, self.wordings)
        return document, sign_receipt(document, self.key)


@dataclass(frozen=True)
class Choosing:
    """What a worker needs: the version of the question that is put now, and who makes receipts. `asking`: stores that write
    answers down themselves."""

    wording: str
    receipts: Receipts
    asking: tuple[str, ...]


def make_choosing(project: Project) -> Choosing:
    """Raises ChoicesError `choices.bad-terms`."""
    terms = find_terms(project.settings.project, project.datamap)
    wordings = terms.wordings if terms else {}
    asking = tuple(s.name for s in project.datamap.stores if any(t.outcomes for t in s.tables))
    receipts = Receipts(party_of(project.settings), wordings, load_key(project.settings.ledger_key))
    return Choosing(terms.asked if terms else "", receipts, asking)


def party_of(settings: Settings) -> Party:
    contact = settings.contact
    change_at = f"{settings.centre.address.rstrip('/')}/preferences/"
    return Party(contact.name, contact.email, contact.post, change_at)


def get_terms(project: Project) -> ChoiceTerms | None:
    return find_terms(project.settings.project, project.datamap)
