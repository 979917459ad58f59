"""The gate through which a message to many people goes, and the only door from a campaign to the outbox.

Promises: the audience is read in the role of the pair of the class, so that whoever objected is not there to be seen, and each
read stands in the ledger; Avow's own record is asked again for every receiver, so that a lagging store sends nothing; a
message, its line on record and its place in the outbox stand or fall together. Refuses a class that choices.yaml does not
name, and a text that goes to everybody under a template that is not on the list.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from avow.app.choices import Overview, digest_token, get_overview, get_terms
from avow.app.databases import connect_store, control_dsn, get_dsn
from avow.app.desk import Desk
from avow.app.outgoing import SEND_JOB, make_outbox
from avow.app.project import Project, open_project
from avow.app.recording import open_project_ledger
from avow.app.rights import open_desk
from avow.client import purpose as take_pair
from avow.control import campaigns, choices, people
from avow.control.campaigns import LEFT_OUT, PUT, Send
from avow.control.session import Session
from avow.duties.campaigns.gate import Receiver, Refusals, headers_of, plan_sends, text_of
from avow.duties.choices.deciding import objected, reachable
from avow.duties.choices.terms import Audience, ChoiceTerms
from avow.errors import ChoicesError, Diagnostic, Place
from avow.ledger import Ledger
from avow.outbox import Message, Outbox
from avow.work import defer

Key = tuple[str, str, str]
_TOKEN = 24  # bytes of a link's secret


@dataclass(frozen=True)
class Words:
    """What a campaign says: `purpose` is its class; nothing in it is about one person."""

    purpose: str
    name: str
    subject_line: str
    body: str


@dataclass(frozen=True)
class Sendings:
    """What became of a campaign: receivers by "put" or by the reason for leaving out; `seen` in the class's own role."""

    id: UUID
    seen: int
    counts: dict[str, int]


@dataclass(frozen=True)
class CampaignGate:
    """`session` opens a transaction on the control database; `open_store` a connection that may take the pairs of a store."""

    company: str
    address: str
    terms: ChoiceTerms
    outbox: Outbox
    ledger: Ledger
    session: Callable[[], AbstractContextManager[Session]]
    open_store: Callable[[str], AbstractContextManager[psycopg.Connection[Any]]]

    def send(self, words: Words, by: str, only: Collection[Key] | None = None, synthetic: bool = False) -> Sendings:
        """Puts the messages of a campaign into the outbox. `only` narrows the audience to these places; `by` is who asks, and
        somebody else approves a batch above the company's limit. Raises ChoicesError, OutboxError, ClientError."""
        check_words(self.terms, words)
        audience = list(self._audience(words.purpose, only))
        with self.session() as session:
            return self._put(session, session.new_id(), words, by, audience, synthetic)

    def send_asked(self, id: UUID) -> Sendings | None:
        """Puts the messages of a campaign that a program asked for; None when another worker did, or does, the same.
        Raises as `send` does; then the campaign goes on waiting."""
        with self.session() as session:
            asked = campaigns.find_asked(session, id)
        if asked is None:
            return None
        check_words(self.terms, words := Words(asked.purpose, asked.name, asked.subject_line, asked.body))
        audience = list(self._audience(words.purpose, None))
        with self.session() as session:
            if campaigns.find_asked(session, id) is None:  # locked from here to the end of the transaction
                return None
            return self._put(session, id, words, asked.made_by, audience, synthetic=False)

    def preview(self, purpose: str) -> dict[str, int]:
        """Receivers by "put" or reason, as a campaign of this class would meet them now. Puts nothing."""
        check_words(self.terms, Words(purpose, "preview", "preview", "preview"))
        audience = list(self._audience(purpose, None))
        with self.session() as session:
            return _count(plan_sends(audience, find_refusals(session, purpose, audience)), len(audience))[1]

    def send_needed(
        self, template: str, to: str, subject_line: str, text: str, by: str, synthetic: bool = False
    ) -> UUID:
        """One message that a contract or the law needs: it goes whatever the person said about marketing. Raises ChoicesError
        `campaign.not-needed` for a template that is not on the list."""
        if template not in self.terms.transactional:
            raise refuse_campaign(
                "campaign.not-needed",
                f"the template `{template}` is not one that goes to everybody",
                "send it as a campaign of its class, or put it on the list `transactional` of choices.yaml",
            )
        with self.session() as session:
            key = session.make_key()
            message = Message(session.new_id(), template, to, subject_line, text, synthetic=synthetic)
            self.outbox.put(session.connection, [message], key, session.get_key(key), session.now, by)
            defer(session.connection, SEND_JOB, {}, key=SEND_JOB)
        return message.id

    def _audience(self, purpose: str, only: Collection[Key] | None) -> Iterator[Receiver]:
        pair = self.terms.pairs[purpose]
        for audience in self.terms.audiences:
            keys = (
                None
                if only is None
                else [k for store, table, k in only if (store, table) == (audience.store, audience.table)]
            )
            if keys == []:
                continue
            with (
                self.open_store(audience.store) as connection,
                take_pair(
                    pair.purpose, recipient=pair.recipient, actor="campaigns", connection=connection, ledger=self.ledger
                ) as conn,
            ):
                yield from _read(conn, audience, keys)

    def _put(
        self, session: Session, campaign: UUID, words: Words, by: str, audience: Sequence[Receiver], synthetic: bool
    ) -> Sendings:
        planned = list(plan_sends(audience, find_refusals(session, words.purpose, audience)))
        subjects = _subjects(session, [one for one, _ in planned], synthetic)
        sends, messages = [], []
        for (one, reason), subject in zip(planned, subjects, strict=True):
            send, message = self._one(session, words, campaign, one, reason, subject, synthetic)
            sends.append(send)
            messages += [message] if message else []
        text = (words.subject_line, words.body)
        campaigns.record_campaign(session, campaign, words.purpose, words.name, text, by, len(audience), synthetic)
        campaigns.record_sends(session, campaign, sends)
        if messages:
            key = session.make_key()
            self.outbox.put(session.connection, messages, key, session.get_key(key), session.now, by)
            defer(session.connection, SEND_JOB, {}, key=SEND_JOB)
        return Sendings(campaign, *_count(planned, len(audience)))

    def _one(
        self, session: Session, words: Words, campaign: UUID, one: Receiver, reason: str, subject: UUID, synthetic: bool
    ) -> tuple[Send, Message | None]:
        id, digest = session.new_id(), session.keys.lookup.digest("email", one.address)
        if reason:
            unique = session.keys.lookup.digest_form("left out", f"{campaign}\0{one.store}\0{one.table}\0{one.key}")
            return Send(id, subject, unique, LEFT_OUT, reason), None
        people.record_identifier(session, subject, "email", one.address.strip())
        token = secrets.token_urlsafe(_TOKEN)
        link = f"{self.address.rstrip('/')}/no/{token}/"
        message = Message(
            id,
            f"campaign {words.purpose}",
            one.address.strip(),
            words.subject_line,
            text_of(words.body, link, self.company),
            batch=str(campaign),
            synthetic=synthetic,
            headers=headers_of(link),
        )
        return Send(id, subject, digest, PUT, token=digest_token(token)), message


def _count(
    planned: Iterator[tuple[Receiver, str]] | Sequence[tuple[Receiver, str]], seen: int
) -> tuple[int, dict[str, int]]:
    counts: dict[str, int] = {}
    for _, reason in planned:
        counts[reason or PUT] = counts.get(reason or PUT, 0) + 1
    return seen, counts


def _read(conn: psycopg.Connection[Any], audience: Audience, keys: Sequence[str] | None) -> Iterator[Receiver]:
    """What the role of the class sees: the views of its schema come first on the search path."""
    columns = {"key": sql.Identifier(audience.key), "address": sql.Identifier(audience.address)}
    statement = sql.SQL("SELECT {key}::text, {address} FROM {table} WHERE {address} IS NOT NULL").format(
        **columns, table=sql.Identifier(audience.table.rpartition(".")[2])
    )
    if keys is not None:
        statement += sql.SQL(" AND {key}::text = ANY (%s)").format(**columns)
    rows = conn.execute(statement, [] if keys is None else [list(keys)]).fetchall()
    for found, address in rows:
        yield Receiver(audience.store, audience.table, found, address)


def find_refusals(session: Session, purpose: str, audience: Sequence[Receiver]) -> Refusals:
    """What Avow's own record says about these receivers, whatever a store shows."""
    places = [(one.store, one.table, one.key) for one in audience]
    known = dict(zip(places, people.find_subjects_by_keys(session, places), strict=True))
    subjects = {subject for subject in known.values() if subject}
    states, records = people.get_states(session, subjects), choices.list_records(session, subjects)
    mark = objected(purpose)
    against = {place for place, s in known.items() if s and states.get(s, {}).get(mark)}
    addressed = campaigns.find_objected(session, [one.address for one in audience], mark)
    against |= {place for number, place in enumerate(places) if number in addressed}
    by_mail = {p for p, s in known.items() if s and not reachable(records.get(s, []), {}, purpose, "email")}
    marks = people.find_suppressed(session, [("email", one.address) for one in audience])
    listed = {place for place, found in zip(places, marks, strict=True) if mark in found or "erased" in found}
    return Refusals(frozenset(against), frozenset(by_mail), frozenset(listed))


def _subjects(session: Session, receivers: Sequence[Receiver], synthetic: bool) -> list[UUID]:
    """Whom Avow knows each receiver as; people whom it did not know yet get an id and a key of their own."""
    places = [(one.store, one.table, one.key) for one in receivers]
    known = people.find_subjects_by_keys(session, places)
    fresh = iter(campaigns.record_people(session, sum(one is None for one in known), synthetic))
    return [
        one or people.record_key(session, next(fresh), place, "stood in the audience of a campaign")
        for one, place in zip(known, places, strict=True)
    ]


def check_words(terms: ChoiceTerms, words: Words) -> None:
    """Raises ChoicesError `campaign.unknown-class` or `campaign.no-words`."""
    if words.purpose not in terms.uses:
        raise refuse_campaign(
            "campaign.unknown-class",
            f"`{words.purpose}` is no class of messages",
            f"use one of {', '.join(terms.uses)}; choices.yaml names them",
        )
    if not (words.name.strip() and words.subject_line.strip() and words.body.strip()):
        raise refuse_campaign(
            "campaign.no-words", "a campaign needs a name, a subject line and a text", "write what is missing"
        )


def refuse_campaign(code: str, cause: str, help: str) -> ChoicesError:
    return ChoicesError(Diagnostic(Place("campaign"), code, cause, help, "nothing was put into the outbox"))


def open_gate(
    stack: ExitStack, project: Project, session: Callable[[], AbstractContextManager[Session]]
) -> CampaignGate:
    """The gate of a project; what it opens is closed by `stack`. Raises ChoicesError `choices.no-terms`."""
    terms, settings = demand_terms(project), project.settings
    dsn = stack.enter_context(control_dsn(settings, lambda line: None))
    ledger = stack.enter_context(open_project_ledger(settings, dsn))

    def open_store(name: str) -> AbstractContextManager[psycopg.Connection[Any]]:
        return connect_store(get_dsn(settings.get_store(name), "probe"), name)

    company = settings.title or settings.company
    return CampaignGate(company, settings.centre.address, terms, make_outbox(settings), ledger, session, open_store)


def demand_terms(project: Project) -> ChoiceTerms:
    """Raises ChoicesError `choices.no-terms`."""
    terms = get_terms(project)
    if terms is None:
        raise ChoicesError(
            Diagnostic(
                Place("choices.yaml"),
                "choices.no-terms",
                "nobody has said which classes of messages there are and who may be written to",
                "write choices.yaml: see docs/explanation/choices.md",
                "no message to many people is sent",
            )
        )
    return terms


@dataclass(frozen=True)
class Campaigns:
    """What the command line has: the desk of everybody, and the gate once something is to go through it."""

    desk: Desk
    project: Project
    stack: ExitStack

    def overview(self) -> Overview:
        return get_overview(self.desk)

    def preview(self, purpose: str) -> dict[str, int]:
        return open_gate(self.stack, self.project, self.desk.session).preview(purpose)

    def send(self, words: tuple[str, str, str, str], by: str) -> dict[str, int]:
        """`words`: class, name, subject line, text."""
        return open_gate(self.stack, self.project, self.desk.session).send(Words(*words), by).counts


@contextmanager
def open_campaigns(folder: Path, environ: Mapping[str, str]) -> Iterator[Campaigns]:
    with ExitStack() as stack:
        desk = open_desk(folder, environ)
        stack.callback(desk.close)
        yield Campaigns(desk, open_project(folder, environ), stack)
