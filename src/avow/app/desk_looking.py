"""The desk's side of looking: requests, timelines, messages, progress per store, what is held, answers, certificates.

Whether the caller may see a request is for web to decide by account or reference; nothing here is filtered by person but what is
asked for by subject. Values leave only through `messages`, `holdings` and `read_answer`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from avow.app.desk_asking import Counter
from avow.control import answers, cases, disclosures, people, rights
from avow.control.answers import KeptAnswer, KeptFile
from avow.control.cases import LookRow, MessageRow
from avow.control.disclosures import Given, Year
from avow.duties.rights import approvals, charging, marking, replaying
from avow.duties.rights.certificate.secret import certificate_secret
from avow.duties.rights.charging import FeeStanding
from avow.duties.rights.model import Actor, Event, Request, StoreProgress
from avow.duties.rights.moves import as_request, get_locked, no_such_request, record_event
from avow.duties.rights.replaying import Screened
from avow.stores.duty import Identifier

HOLDINGS_FRESH_MINUTES = 10


@dataclass(frozen=True)
class Holdings:
    """What is held about a person: counts by category term, rows by source term, and the lines of the other pages."""

    counts: Mapping[str, int]
    counted_at: datetime
    sources: tuple[Mapping[str, Any], ...] = ()
    recipients: tuple[Mapping[str, Any], ...] = ()
    retention: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Choices:
    """Mark -> held, such as objected:marketing.own; in force in `effective` of the `stores` that know the person."""

    marks: Mapping[str, bool]
    effective: int
    stores: int


@dataclass(frozen=True)
class Answer:
    """An answer that may be downloaded until `expires_at` (UTC)."""

    made_at: datetime
    expires_at: datetime
    score: int
    files: tuple[KeptFile, ...] = field(default=())


class Looking:
    """The methods that change nothing, but for the record that somebody looked."""

    def get_request(self: Counter, request_id: UUID) -> Request:
        """Raises RightsError `rights.no-such-request`."""
        with self.session() as session:
            row = rights.find_request(session, request_id)
            if row is None:
                raise no_such_request()
            return as_request(row, self.company)

    def find_by_reference(self: Counter, reference: str) -> Request | None:
        """By the reference of mails and letters, however it is typed."""
        letters = "".join(c for c in reference.upper() if c.isalnum())
        spelt = f"AV-{letters[2:6]}-{letters[6:]}" if letters.startswith("AV") else letters
        with self.session() as session:
            row = rights.find_by_reference(session, spelt)
            return as_request(row, self.company) if row else None

    def requests_of(self: Counter, account: str = "", subject: UUID | None = None) -> list[Request]:
        """Of an account, or of a person however they asked; newest due date last."""
        filters: dict[str, Any] = {"subject": [subject]} if subject else {"account": [account]}
        with self.session() as session:
            rows = rights.list_requests(session, filters, limit=500) if account or subject else []
            return [as_request(row, self.company) for row in rows]

    def goes_on_in(self: Counter, request_id: UUID) -> Request | None:
        """The request of the same person into which this one was merged; None for one that was not."""
        with self.session() as session:
            row = rights.find_taker(session, request_id)
            return as_request(row, self.company) if row else None

    def queue(
        self: Counter,
        state: str | tuple[str, ...] = (),
        kind: str | tuple[str, ...] = (),
        owner: str = "",
        overdue: bool = False,
        open_only: bool = True,
        page: int = 1,
        size: int = 50,
    ) -> list[Request]:
        """By due date, the most urgent first. `page` counts from 1."""
        filters = {"state": state, "kind": kind, "owner": owner, "overdue": overdue, "open": open_only and not state}
        with self.session() as session:
            rows = rights.list_requests(session, filters, limit=size, offset=size * (max(page, 1) - 1))
            return [as_request(row, self.company) for row in rows]

    def timeline(self: Counter, request_id: UUID) -> list[Event]:
        with self.session() as session:
            return [
                Event(e.at, Actor(e.actor_kind, e.actor_ref), e.name, e.from_state, e.to_state, e.detail)
                for e in rights.get_events(session, request_id)
            ]

    def fee_standing(self: Counter, request_id: UUID) -> FeeStanding:
        """Whether a fee is staff's decision, and what the asker said to it."""
        with self.session() as session:
            return charging.read_standing(rights.get_events(session, request_id))

    def messages(self: Counter, request_id: UUID) -> list[MessageRow]:
        """Oldest first, without the notes of staff. Raises RightsError `rights.no-such-request`."""
        with self.session() as session:
            row = rights.find_request(session, request_id)
            if row is None:
                raise no_such_request()
            return [m for m in cases.access_messages(session, request_id, row.key_id) if m.direction != "note"]

    def stores(self: Counter, request_id: UUID) -> list[StoreProgress]:
        """How far each store is: the newest step counts, a failure is shown with its cause."""
        with self.session() as session:
            return approvals.summarise_stores(cases.get_steps(session, [request_id]))

    def searched(self: Counter, request_id: UUID) -> Mapping[str, tuple[str, ...]]:
        """Store -> "table.column (kind)" of all that was looked into."""
        with self.session() as session:
            steps = cases.get_steps(session, [request_id])
            return {step.store: tuple(step.searched) for step in steps if step.step == "find"}

    def holdings(self: Counter, subject: UUID) -> Holdings | None:
        """What was counted last; None when nobody has counted yet."""
        with self.session() as session:
            found = people.access_holding(session, subject)
        if found is None:
            return None
        text, counted_at = found
        values = json.loads(text)
        lists = {name: tuple(values.get(name, ())) for name in ("sources", "recipients", "retention")}
        return Holdings(values["counts"], counted_at, **lists)

    def ask_holdings(self: Counter, subject: UUID) -> None:
        """A worker counts; counts younger than ten minutes will do."""
        with self.session() as session:
            people.record_holding_asked(session, subject, HOLDINGS_FRESH_MINUTES)
            self.office.wake(session)

    def recipients_of(self: Counter, subject: UUID) -> tuple[Mapping[str, Any], ...]:
        """Who received or may receive the person's data, as counted last."""
        held = Looking.holdings(self, subject)
        return held.recipients if held else ()

    def given_of(self: Counter, subject: UUID) -> list[Given]:
        """The register of disclosures of one person, newest first, by every row that a store knows them by."""
        with self.session() as session:
            held = people.access_keys(session, [subject]).get(subject, [])
            return disclosures.list_given(session, [(key.store, key.table, key.key) for key in held])

    def disclosure_years(self: Counter) -> list[Year]:
        """Real disclosures by year and ground: counts alone."""
        with self.session() as session:
            return disclosures.list_years(session)

    def sources_of(self: Counter, subject: UUID) -> tuple[Mapping[str, Any], ...]:
        """Where the person's data came from, as counted last."""
        held = Looking.holdings(self, subject)
        return held.sources if held else ()

    def retention_of(self: Counter, subject: UUID) -> tuple[Mapping[str, Any], ...]:
        """What goes when, as counted last."""
        held = Looking.holdings(self, subject)
        return held.retention if held else ()

    def choices(self: Counter, subject: UUID) -> Choices:
        """What the person decided and what stands about them, and where it is in force already."""
        with self.session() as session:
            marks = people.get_states(session, [subject]).get(subject, {})
            effective, stores = marking.count_effective(session, self.office, subject)
            return Choices(marks, effective, stores)

    def looks_at(self: Counter, subject: UUID) -> list[LookRow]:
        """Every look of staff at the person's data: date, purpose, role."""
        with self.session() as session:
            return cases.get_looks(session, subject)

    def looks_at_request(self: Counter, request_id: UUID) -> list[LookRow]:
        """Every look at what one request holds, for an asker whom nobody knows otherwise."""
        with self.session() as session:
            return cases.get_looks_at_request(session, request_id)

    def answer(self: Counter, request_id: UUID) -> Answer | None:
        """The answer that may be downloaded; None before it is made and after it has expired."""
        with self.session() as session:
            kept = answers.find_answer(session, request_id)
            return _as_answer(kept, answers.list_files(session, kept.id)) if kept else None

    def answer_files(self: Counter, request_id: UUID) -> tuple[KeptFile, ...]:
        found = Looking.answer(self, request_id)
        return found.files if found else ()

    def read_answer(self: Counter, request_id: UUID, name: str, start: int = 0) -> Iterator[bytes]:
        """The bytes of a file from `start` on. Web has asked for the password or passkey again before. Nothing when there is
        no such file."""
        number, skip = divmod(start, answers.CHUNK)
        with self.session() as session:
            kept = answers.find_answer(session, request_id)
            if kept is None:
                return
            if kept.opened_at is None:
                answers.record_opened(session, kept.id)
                record_event(session, request_id, "answer opened", Actor("person"))
        while True:  # a transaction for each chunk: a slow reader holds no connection
            with self.session() as session:
                chunk = answers.access_chunk(session, kept, name, number)
            if chunk is None:
                return
            yield chunk[skip:]
            number, skip = number + 1, 0

    def remake_answer(self: Counter, request_id: UUID, actor: Actor) -> None:
        """Made again from the stores as they are now, for as long as the law of the case lets it."""
        with self.session() as session:
            approvals.plan_answer_again(session, get_locked(session, request_id), self.office, actor)

    def screen_import(self: Counter, lines: Sequence[Sequence[tuple[str, str]]]) -> list[Screened]:
        """What stands against each line of an import; a line is its (kind, value) pairs."""
        with self.session() as session:
            return replaying.screen_import(session, lines)

    def screen(self: Counter, values: Sequence[Identifier], purpose: str, by: str) -> list[tuple[str, ...]]:
        """For each value why it must not be used for `purpose` ("" for any): `erased`, or the objections that cover it; ()
        where nothing stands against it. `by` names the client; nothing about the values is kept."""
        with self.session() as session:
            found = replaying.screen_import(session, [[(one.kind, one.value)] for one in values])
        return [replaying.list_reasons(one, purpose) for one in found]

    def certificate(self: Counter, request_id: UUID) -> tuple[dict[str, Any], bytes] | None:
        """(document, signature) of an erasure that is done."""
        with self.session() as session:
            return answers.find_certificate(session, request_id)

    def certificate_secret(self: Counter, request_id: UUID) -> str:
        """What the erased person keeps beside the certificate, to show that it is about them; "" without a certificate. Web shows
        it to whoever may see the request, and to nobody else."""
        with self.session() as session:
            found = answers.find_certificate(session, request_id)
            return certificate_secret(session.keys, request_id) if found else ""


def _as_answer(kept: KeptAnswer, files: tuple[KeptFile, ...]) -> Answer:
    return Answer(kept.made_at, kept.expires_at, kept.score, files)
