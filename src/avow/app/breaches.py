"""The breach room at the desk: what was breached, risk, words, clocks, drafts, who was told, the letter to the people. Web and
command line call only this.

Promises: each act is one transaction of Avow's own records with a line in the case's history; clocks come from the laws that the
company chose. Refuses to count or to write to anybody: that needs a store, and is done by `avow.app.breach_work` out of the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from avow.app.jurisdictions import read_law
from avow.app.project import Project
from avow.control import breaches, duty_cases
from avow.control.breaches import NO_ADDRESS, NOT_SENT, Affected, Breach, KeptExtent, KeptLetter, KeptTold
from avow.control.session import Session
from avow.datamap.model import DataMap
from avow.duties.breaches import (
    BreachFacts,
    Clock,
    Draft,
    Extent,
    Figures,
    Told,
    draft_authority,
    draft_people,
    is_settled,
    plan_clocks,
    read_extent,
)
from avow.duties.breaches.clocks import LEVELS, OVERDUE
from avow.duties.breaches.drafts import WORDS, check_words
from avow.duties.rights.letters.writing import letter_html, letter_text
from avow.errors import ControlError, Diagnostic, Place
from avow.law import Profile
from avow.settings import ContactSettings, Settings
from avow.work import defer

OpenSession = Callable[[], AbstractContextManager[Session]]
BREACH = "breach"
BREACH_JOB = "work_breaches"
NUMBER = "breach_people"  # what "without undue delay" means in days, as the company says
_NOTHING = "nothing was recorded"


@dataclass(frozen=True)
class Laws:
    """What the laws of the company and its own number say about telling people of a breach."""

    profiles: tuple[Profile, ...]
    own_days: int

    def clocks(self, breach: Breach, told: list[KeptTold], now: datetime) -> tuple[Clock, ...]:
        figures = breach.figures
        done = [Told(o.to, o.law, o.told_at, o.by, o.decided, _is_whole(breach, o)) for o in told]
        people = int(figures["people"]) if figures is not None else None
        return plan_clocks(self.profiles, breach.aware_at, now, breach.risk, people, done, self.own_days)


def _is_whole(breach: Breach, told: KeptTold) -> bool:
    """Whoever was found by a later count was not told by it. A decision not to tell is about the breach, whomever it affects."""
    since = breach.counted_at is not None and told.told_at < breach.counted_at
    return told.to != "people" or told.decided or not (since and breach.unwritten)


def read_laws(settings: Settings) -> Laws:
    number = settings.find_number(NUMBER)
    return Laws(tuple(read_law(settings).profiles.values()), number.days if number else 0)


@dataclass(frozen=True)
class Room:
    """Everything about one breach. `people` counts by state of the letter ("" not yet written to)."""

    breach: Breach
    figures: Figures
    extents: list[KeptExtent]
    told: list[KeptTold]
    letters: list[KeptLetter]
    clocks: tuple[Clock, ...]
    people: Mapping[str, int]
    authority: Draft
    letter: Draft

    @property
    def settled(self) -> bool:
        return is_settled(self.clocks)

    @property
    def reached_all(self) -> bool:
        """Whether each natural person on the list who still stands there was sent a letter."""
        return not any(count for state, count in self.people.items() if state in ("", NO_ADDRESS, NOT_SENT))

    @property
    def counting(self) -> bool:
        """A count was asked for and has not come yet."""
        return self.breach.count_wanted_at is not None


@dataclass(frozen=True)
class Breaches:
    """`session` opens one transaction of Avow's own records; `labels` give the plain words for a term."""

    session: OpenSession
    laws: Laws
    datamap: DataMap
    labels: Callable[[str], str]
    title: str
    contact: ContactSettings

    def room(self, case: UUID, language: str = "en") -> Room:
        """Raises ControlError `breach.no-such-breach`."""
        with self.session() as session:
            return self._room(session, case, language)

    def _room(self, session: Session, case: UUID, language: str) -> Room:
        breach = _found(breaches.find_breach(session, case))
        extents = breaches.access_extents(session, breach)
        told = breaches.access_told(session, breach)
        figures = Figures.from_json(breach.figures) if breach.figures is not None else Figures()
        clocks = self.laws.clocks(breach, told, session.now)
        facts = self._facts(session, breach, extents, figures, clocks)
        return Room(
            breach,
            figures,
            extents,
            told,
            breaches.access_letters(session, breach),
            clocks,
            breaches.count_people(session, case),
            draft_authority(facts, language),
            draft_people(facts, language),
        )

    def _facts(
        self,
        session: Session,
        breach: Breach,
        extents: list[KeptExtent],
        figures: Figures,
        clocks: tuple[Clock, ...],
    ) -> BreachFacts:
        case = duty_cases.find_case(session, breach.case)
        assert case is not None  # a breach hangs on its case
        ends = [one.until for one in extents]
        terms = [*(figures.per_category or {}), *(figures.per_subject or {})]
        late = any(clock.to == "authority" and clock.state == OVERDUE for clock in clocks)
        contact = self.contact
        return BreachFacts(
            company=self.title,
            reference=case.reference,
            contact=", ".join(part for part in (contact.name, contact.email, contact.phone) if part),
            aware_at=breach.aware_at,
            since=min((one.since for one in extents), default=None),
            until=max((end for end in ends if end), default=None) if None not in ends else None,
            made_at=session.now,
            figures=figures,
            words=breach.words,
            labels={term: self.labels(term) for term in terms},
            laws=tuple(c.source for c in clocks if c.to == "authority" and c.state not in ("not-due", "not-in-force")),
            late=breach.words.get("late", "") if late else "",
        )

    # -- what was breached -----------------------------------------------------------------------------------------------

    def add_extent(self, case: UUID, text: str, since: datetime, until: datetime | None, by: str) -> Extent:
        """Raises ControlError `breach.bad-extent`, `breach.bad-window`, `cases.has-ended`."""
        found = read_extent(text, since, until, self.datamap)
        with self.session() as session:
            breach = _get_open(session, case)
            window = (found.since, found.until)
            breaches.record_extent(session, breach, found.kind, found.store, found.name, found.key, window, by)
            duty_cases.record_event(session, case, by, "extent", found.words)
            _wake(session)
        return found

    def withdraw_extent(self, case: UUID, extent: UUID, by: str) -> None:
        with self.session() as session:
            _get_open(session, case)
            if breaches.record_extent_withdrawn(session, case, extent, by):
                duty_cases.record_event(session, case, by, "extent withdrawn")
                _wake(session)

    def count_again(self, case: UUID, by: str) -> None:
        with self.session() as session:
            _get_open(session, case)
            breaches.record_count_wanted(session, case)
            duty_cases.record_event(session, case, by, "count asked for")
            _wake(session)

    # -- what follows ----------------------------------------------------------------------------------------------------

    def judge_risk(self, case: UUID, risk: str, why: str, by: str) -> None:
        """Raises ControlError `breach.bad-risk`, `breach.no-words`."""
        if risk not in LEVELS:
            raise _refusal(
                "breach.bad-risk", "a risk to people is unlikely, a risk or high", f"choose from {', '.join(LEVELS)}"
            )
        _check_said(why)
        with self.session() as session:
            _get_open(session, case)
            breaches.record_risk(session, case, risk, by)
            duty_cases.record_event(session, case, by, f"risk: {risk}", why)

    def aware_earlier(self, case: UUID, at: datetime, by: str) -> None:
        """Somebody noticed earlier than was thought. Raises ControlError `breach.aware-later`."""
        with self.session() as session:
            breach = _get_open(session, case)
            if at > breach.aware_at:
                cause = "the company was aware before that moment"
                raise _refusal(
                    "breach.aware-later", cause, "a clock that runs is never set back; an earlier moment may be given"
                )
            breaches.record_aware(session, case, at)
            duty_cases.record_event(session, case, by, "aware earlier")

    def say(self, case: UUID, words: Mapping[str, str], by: str) -> None:
        """What the letters say: nature, consequences, measures, advice, and late (why a clock ran out). Raises ControlError
        `breach.names-somebody`."""
        said = {name: text.strip() for name, text in words.items() if name in (*WORDS, "late")}
        check_words(said)
        with self.session() as session:
            breach = _get_open(session, case)
            breaches.record_words(session, breach, {**breach.words, **said})
            duty_cases.record_event(session, case, by, "words", ", ".join(sorted(said)))

    def tell(self, case: UUID, to: str, law: str, at: datetime, words: str, by: str, decided: bool = False) -> None:
        """Somebody was told, by whatever way, or a person decided not to tell. Raises ControlError `breach.bad-recipient`,
        `breach.bad-moment`, `breach.no-words`."""
        _check_said(words)
        if to not in ("authority", "people") or law not in ("", *(p.id for p in self.laws.profiles)):
            raise _refusal(
                "breach.bad-recipient",
                "nobody of that name is told",
                "name authority or people, and one of the company's laws",
            )
        with self.session() as session:
            breach = _get(session, case)
            if not breach.aware_at <= at <= session.now:
                cause = "nobody is told before the company was aware, or in the future"
                raise _refusal("breach.bad-moment", cause, "give the moment at which it was done, in UTC")
            breaches.record_told(session, breach, to, law, at, by, decided, words)
            duty_cases.record_event(session, case, by, f"{'not told' if decided else 'told'}: {to}", words)

    # -- the letter to people --------------------------------------------------------------------------------------------

    def ask_letter(self, case: UUID, by: str, language: str = "en") -> KeptLetter:
        """The draft as it stands waits for a second person. Raises ControlError `breach.draft-not-whole`,
        `breach.being-counted`."""
        with self.session() as session:
            _get_open(session, case)
            room = self._room(session, case, language)
            if room.letter.missing:
                cause = f"the letter lacks {', '.join(room.letter.missing)}"
                raise _refusal(
                    "breach.draft-not-whole", cause, "say it, or count first: `avow breach say`, `avow breach count`"
                )
            if room.counting:
                raise _refusal(
                    "breach.being-counted", "a count was asked for and has not come", "wait for it: `avow work` counts"
                )
            letter = room.letter.letter
            content = {"title": letter.title, "text": letter_text(letter), "html": letter_html(letter)}
            made = breaches.record_letter(session, room.breach, content, by)
            duty_cases.record_event(session, case, by, "letter asked for")
            return next(one for one in breaches.access_letters(session, room.breach) if one.id == made)

    def approve_letter(self, case: UUID, letter: UUID, by: str, approved: bool = True) -> None:
        """Lets it go to everybody affected, as the second person. Raises ControlError `breach.own-letter`,
        `breach.no-such-letter`."""
        act = breaches.record_letter_approved if approved else breaches.record_letter_refused
        try:
            with self.session() as session:
                _get(session, case)
                if not act(session, case, letter, by):
                    raise _refusal("breach.no-such-letter", "no letter with that id waits", "see `avow breach show`")
                duty_cases.record_event(session, case, by, "letter approved" if approved else "letter refused")
                _wake(session)
        except psycopg.errors.CheckViolation:
            cause = "whoever asked for a letter does not approve it"
            raise _refusal("breach.own-letter", cause, "let a second person read it") from None

    def people(self, case: UUID, by: str) -> list[Affected]:
        """Who is affected, by the keys of their rows; that somebody looked is in the history."""
        with self.session() as session:
            breach = _get(session, case)
            duty_cases.record_event(session, case, by, "list of people read")
            return breaches.access_people(session, breach)


def make_breaches(project: Project, session: OpenSession) -> Breaches:
    settings = project.settings
    return Breaches(
        session,
        read_laws(settings),
        project.datamap,
        project.vocabulary.label,
        settings.title or settings.company,
        settings.contact,
    )


def record_opened(session: Session, case: UUID, aware_at: datetime, what: str) -> None:
    """The breach room of a case that was opened in this transaction. What happened begins the words of the letters, unless it holds
    something like a person's address."""
    breaches.record_breach(session, case, aware_at)
    try:
        check_words({"nature": what})
    except ControlError:
        return
    breaches.record_words(session, _get(session, case), {"nature": what})


def check_past(at: datetime | None, now: datetime) -> None:
    """Raises ControlError `breach.bad-moment` for a moment that has not come."""
    if at is not None and at > now:
        raise _refusal(
            "breach.bad-moment", "nobody was aware in the future", "give the moment in UTC, such as 2026-03-02T09:00"
        )


def check_told(session: Session, case: UUID, laws: Laws) -> None:
    """A breach does not close while a law wants somebody told. Raises ControlError `breach.untold`."""
    breach = _get(session, case)
    open_ = [c for c in laws.clocks(breach, breaches.access_told(session, breach), session.now) if not is_settled((c,))]
    if open_:
        whom = ", ".join(sorted({f"{clock.to} ({clock.law})" for clock in open_}))
        cause = f"nobody has told, or decided not to tell: {whom}"
        raise _refusal("breach.untold", cause, "tell them, or record the decision with its reason; then close the case")


def _get(session: Session, case: UUID) -> Breach:
    """Locked until the transaction ends."""
    return _found(breaches.find_breach_locked(session, case))


def _found(found: Breach | None) -> Breach:
    if found is None:
        raise _refusal("breach.no-such-breach", "there is no breach with that case", "see `avow case list --all`")
    return found


def _get_open(session: Session, case: UUID) -> Breach:
    found = _get(session, case)
    kept = duty_cases.find_case(session, case)
    if kept is None or kept.ended_at is not None:
        raise _refusal("cases.has-ended", "the case has ended", "open a new one if there is more to say")
    return found


def _check_said(words: str) -> None:
    if len(words.strip()) < 10:
        raise _refusal("breach.no-words", "this is recorded with words", "say how, or why, in a sentence")


def _refusal(code: str, cause: str, help: str) -> ControlError:
    return ControlError(Diagnostic(Place("breach"), code, cause, help, _NOTHING))


def _wake(session: Session) -> None:
    defer(session.connection, BREACH_JOB, {}, key=BREACH_JOB)
