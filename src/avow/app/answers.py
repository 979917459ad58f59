"""Puts answers and certificates together for the workers: policy, data map, recipients, ledger, law and settings as facts.

`Answers` is the workers' `Build`: what the register permits and the ledger saw, recipients by name, times of keeping, looks of
staff and decisions about masks, then the files. `Certificates` is their `Certify`. Refuses nothing about a case: whether an
answer may go out is for `avow.duties.rights`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from avow.control import cases, people
from avow.control.answers import KeptFile
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.control.task_files import TaskFile, read_file
from avow.datamap.model import DataMap
from avow.duties.rights import hands
from avow.duties.rights.answer import (
    Asked,
    Contact,
    Facts,
    LoggedUse,
    Look,
    RegisterUse,
    StoreFacts,
    build_answer,
    build_confirmation,
    count_holdings,
    held_of_rows,
    list_logged_uses,
    list_missing,
    list_recipients,
    list_register,
    list_retention,
)
from avow.duties.rights.answer.confirmation import YES
from avow.duties.rights.answer.model import Decision, HandFile, Place
from avow.duties.rights.certificate.document import (
    FADING,
    LIVE,
    NOT_OURS,
    NOTICE_GOES,
    CertificateFacts,
    ErasedStore,
    Kept,
    Left,
    make_certificate,
    sign_certificate,
)
from avow.duties.rights.certificate.secret import certificate_secret
from avow.duties.rights.model import CONFIRMATION
from avow.duties.rights.moves import access_contact, access_wish
from avow.duties.rights.naming import list_identifiers
from avow.duties.rights.ports import ErasedFacts, Made
from avow.duties.rights.written import AnswerFile, Write
from avow.errors import LedgerError
from avow.law import CompanyLaw, Profile
from avow.ledger import Entry
from avow.policy import PolicyVersion, RecipientEntry
from avow.sealing import CompanyKeys
from avow.settings import AnswerSettings, ContactSettings
from avow.stores.duty import Identifier, Row, StoreSpec
from avow.vocabulary import Vocabulary, load_vocabulary

FindUses = Callable[[Sequence[str]], Iterator[Entry]]  # names of one person -> ledger entries; raises LedgerError
Register = Mapping[tuple[str, str, str], tuple[RegisterUse, ...]]


@dataclass(frozen=True)
class Answers:
    """Builds answers. `specs` are the governed stores and those by hand; `words` names each store for customers; `recipients`
    None: the company has no such file; `uses` looks into the ledger."""

    company: str
    version: PolicyVersion
    datamap: DataMap
    specs: tuple[StoreSpec, ...]
    recipients: tuple[RecipientEntry, ...] | None
    law: CompanyLaw
    contact: ContactSettings
    settings: AnswerSettings
    uses: FindUses
    vocabulary: Vocabulary = field(default_factory=load_vocabulary)
    _registers: dict[frozenset[str], Register] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, session: Session, row: RequestRow, rows: Iterable[Row], write: Write) -> Made:
        asked = self._asked(session, row)
        facts = self.gather(session, row)
        if asked.scope == (CONFIRMATION,):
            confirmed = build_confirmation(asked, facts, held_of_rows(facts, rows), write)
            counts = {f"{held.store} {held.kind}": held.rows for held in confirmed.held}
            return Made(_kept(confirmed.files), 0, confirmed.verdict == YES, counts)
        found = {file.name: file for file in hands.list_answer_files(session, row.id)} if facts.files else {}
        read = partial(_read_found, session, found)
        answer = build_answer(asked, facts, rows, write, vocabulary=self.vocabulary, read=read)
        return Made(
            files=_kept(answer.files),
            score=answer.completeness.points,
            held=answer.held,
            rows=answer.rows,
            masked=sum(r.pieces for r in answer.redactions if r.why != "staff"),
            missing=() if asked.kind == "copy" else list_missing(answer.completeness),
        )

    def count(self, session: Session, row: RequestRow, rows: Iterable[Row]) -> dict[str, Any]:
        """What the first page of the centre shows: counts and words, no value."""
        return count_holdings(self.gather(session, row), rows, self.vocabulary)

    def find_told(self, session: Session, row: RequestRow) -> tuple[str, ...]:
        """Recipients to which, by the use log, data of the person went: they are to be told what becomes of it."""
        if not self.recipients:
            return ()
        log, _ = self._log(session, row)
        return tuple(r.name or r.kind for r in list_recipients(self.recipients, log, self.vocabulary) if r.dates)

    def gather(self, session: Session, row: RequestRow) -> Facts:
        """Everything beside the rows, for one request."""
        own, state = self._own(session, row), frozenset[str]()
        if row.subject:
            marks = people.get_states(session, [row.subject]).get(row.subject, {})
            state = frozenset(mark for mark, held in marks.items() if held)
        log, whole = self._log(session, row)
        profile = self.law.profile(row.jurisdiction)
        return Facts(
            stores=tuple(self._stores(session, row)),
            register=self._register(state),
            log=log,
            log_complete=whole,
            recipients=None if self.recipients is None else list_recipients(self.recipients, log, self.vocabulary),
            retention=list_retention(self.version, self.specs),
            retention_otherwise=self.settings.retention,
            source_otherwise=self.settings.source,
            looks=tuple(Look(x.at, x.purpose, x.role) for x in cases.get_looks(session, row.subject))
            if row.subject
            else (),
            own=own,
            decisions=read_decisions(cases.access_masks(session, row.id)),
            company_addresses=self.settings.addresses,
            rights=tuple(dict.fromkeys(kind for clock in profile.clocks for kind in clock.kinds)),
            automated=self.settings.automated,
            contact=self._contact(profile),
            policy_version=self.version.version,
            files=tuple(
                HandFile(file.store, file.name, file.called, file.media_type, file.size)
                for file in (hands.list_answer_files(session, row.id) if any(s.by_hand for s in self.specs) else ())
            ),
        )

    def _asked(self, session: Session, row: RequestRow) -> Asked:
        contact, wish = access_contact(session, row), access_wish(session, row)
        profile = self.law.profile(row.jurisdiction)
        return Asked(
            reference=row.reference,
            kind=row.kind,
            company=self.company,
            jurisdiction=row.jurisdiction,
            received_at=row.original_received_at or row.received_at,
            made_at=session.now,
            law=profile.law,
            language=contact.language if contact else "en",
            scope=self._scope(wish.scope if wish else ()),
            provided_only=any(ground.code == "right-not-given" for ground in profile.grounds_for("copy")),
        )

    def _scope(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Categories only: a scope in other words narrows nothing, so that nobody gets less than they meant."""
        if words == (CONFIRMATION,):
            return words
        known = tuple(word for word in words if self.vocabulary.find("category", word))
        return known if len(known) == len(words) else ()

    def _own(self, session: Session, row: RequestRow) -> tuple[Identifier, ...]:
        """What is held of the person, and what the asker has shown to be theirs: a mere claim unmasks nothing."""
        shown = [identifier for identifier, proven in list_identifiers(session, row) if proven]
        held = people.access_identifiers(session, [row.subject]).get(row.subject, []) if row.subject else []
        known = [Identifier(h.kind, h.value) for h in held if h.kind != people.ACCOUNT]
        return tuple(dict.fromkeys((*shown, *known)))

    def _log(self, session: Session, row: RequestRow) -> tuple[tuple[LoggedUse, ...], bool]:
        names = [str(row.subject or row.id)]
        if row.subject:
            for key in people.access_keys(session, [row.subject]).get(row.subject, []):
                names += names_in_ledger(key.table, key.key)
        try:
            return list_logged_uses(self.uses(names)), True
        except LedgerError:
            return (), False

    def _register(self, state: frozenset[str]) -> Register:
        """People with the same marks share it; there are as many as there are choices, and the first cost half a second each."""
        if state not in self._registers:
            found: dict[tuple[str, str, str], tuple[RegisterUse, ...]] = {}
            for store_map in self.datamap.stores:
                found |= list_register(self.version, store_map, self.vocabulary, state)
            self._registers[state] = found
        return self._registers[state]

    def _stores(self, session: Session, row: RequestRow) -> Iterator[StoreFacts]:
        steps = {s.store: s for s in cases.get_steps(session, [row.id]) if s.step == "find"}
        results = hands.list_results(session, [spec.name for spec in self.specs if spec.by_hand], row.id)
        for spec in self.specs:
            step, result = steps.get(spec.name), results.get(spec.name)
            covered = step.covered if step else "hand" if spec.by_hand else "machine"
            yield StoreFacts(
                spec,
                words=self.settings.stores.get(spec.name, ""),
                covered="not" if result and result.state == "impossible" else covered,
                searched=tuple(step.searched) if step else (),
                by_hand=result.state if result else "",
            )

    def _contact(self, profile: Profile) -> Contact:
        routes = {route.kind: route for route in reversed(profile.routes)}
        authority, court = routes.get("authority"), routes.get("court")
        return Contact(
            person=self.contact.name,
            email=self.contact.email,
            phone=self.contact.phone,
            address=self.contact.post,
            authority=self.contact.authority or (authority.name if authority else ""),
            authority_url=self.contact.authority_link or (authority.at if authority else ""),
            court=court.name if court else "",
        )


def _read_found(session: Session, found: Mapping[str, TaskFile], file: HandFile) -> Iterator[bytes]:
    """The content of a file that somebody found by hand."""
    return read_file(session, found[file.name])


def names_in_ledger(table: str, key: str) -> list[str]:
    """What programs may have called the person when they recorded a use: "public.contacts:7", "contacts:7", "contact:7"."""
    short = table.rpartition(".")[2]
    return list(dict.fromkeys(f"{name}:{key}" for name in (table, short, short.removesuffix("s"))))


def read_decisions(masks: Mapping[Place, str]) -> dict[Place, Decision]:
    """Decisions of staff on single values: mask unless they said show."""
    return {place: "show" if said == "show" else "mask" for place, said in masks.items()}


def _kept(files: Iterable[AnswerFile]) -> tuple[KeptFile, ...]:
    return tuple(KeptFile(f.name, f.media_type, f.bytes, f.sha256) for f in files)


@dataclass(frozen=True)
class Certificates:
    """Makes and signs certificates. `key` signs; `new_id` gives the certificate's id."""

    company: str
    version: str
    key: Ed25519PrivateKey
    keys: CompanyKeys
    new_id: Callable[[], UUID]

    def __call__(self, facts: ErasedFacts) -> tuple[Mapping[str, Any], bytes]:
        document = make_certificate(self._facts(facts), certificate_secret(self.keys, facts.request))
        return document, sign_certificate(document, self.key)

    def _facts(self, facts: ErasedFacts) -> CertificateFacts:
        machine = [
            ErasedStore(name, "machine", _actions(counts), facts.searched.get(name, 0))
            for name, counts in facts.stores.items()
        ]
        hand = [ErasedStore(name, "hand") for name in facts.by_hand]
        bare = [ErasedStore(name, "not") for name in facts.not_covered]
        return CertificateFacts(
            id=self.new_id(),
            request=facts.request,
            reference=facts.reference,
            company=self.company,
            made_at=facts.erased_at,
            policy_version=self.version,
            identifiers=facts.identifiers,
            stores=(*machine, *hand, *bare),
            erased_at=facts.erased_at,
            gone_by=facts.gone_by.date(),
            left=tuple(_left(facts)),
            kept=tuple(Kept(s, t, ground, facts.reviews.get((s, t))) for s, t, ground in dict.fromkeys(facts.kept)),
            told=facts.told,
        )


def _actions(counts: Mapping[str, int]) -> dict[str, int]:
    """Rows by "table action": what erasing counted, without its notes on holds."""
    return {name: rows for name, rows in counts.items() if "." in name.partition(" ")[0]}


def _left(facts: ErasedFacts) -> Iterator[Left]:
    """Live rows are those that a verification found and somebody or a law lets stand."""
    for store, where, rows in facts.left:
        yield Left(LIVE, store, where, rows, kept=True)
    for store in facts.stores:
        yield Left(FADING, store, "dead rows, statistics, logs and backups", until=facts.gone_by.date())
    for recipient in facts.told:
        yield Left(NOT_OURS, recipient, NOTICE_GOES)
