"""Reviews at the desk: made from live rights and from what happened, shown with what a person must look at, signed.

Promises: a review of procedures holds every way to personal data that the declared rights do not allow, read from the stores when
it was made; a review of effect holds counts since the last one. Refuses to sign by itself: a person does, in the console.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from avow.app.checking import budget_of, open_scenes
from avow.app.duty_cases import open_case_work
from avow.app.project import Progress, Project, open_project
from avow.app.review_dates import PERIODS, Due
from avow.control import duty_reviews
from avow.control.duty_reviews import EFFECT, KINDS, PROCEDURES, Review
from avow.control.session import Session
from avow.datamap.holds import categories_of
from avow.duties.reviews import check_signature, due_at
from avow.errors import ControlError, Diagnostic, Place
from avow.prove.copying import copied_ways
from avow.prove.live import Live, read_live
from avow.prove.planted import names_of, rights_as_found
from avow.prove.scene import StoreScene
from avow.prove.scope import Field, personal_tables
from avow.prove.ways import find_ways, judge, membership_faults, say_ways
from avow.settings import Settings
from avow.vocabulary import load_vocabulary

OpenSession = Callable[[], AbstractContextManager[Session]]
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
MOST = 200  # findings in one review; the rest is counted


@dataclass(frozen=True)
class Reviews:
    """The desk of reviews; needs no store."""

    session: OpenSession
    settings: Settings

    def due(self) -> list[Due]:
        with self.session() as session:
            return [self._due(session, kind) for kind in KINDS]

    def _due(self, session: Session, kind: str) -> Due:
        number = self.settings.find_number(PERIODS[kind])
        last = duty_reviews.find_last_signed(session, kind)
        words, days, owner = (number.words, number.days, number.owner) if number else ("", 0, "")
        return Due(kind, words, days, owner, last, due_at(last, duty_reviews.find_begun(session), days))

    def listed(self) -> list[Review]:
        with self.session() as session:
            return duty_reviews.list_reviews(session)

    def find(self, review: UUID) -> Review | None:
        with self.session() as session:
            return duty_reviews.find_review(session, review)

    def sign(self, review: UUID, by: str, statement: str) -> None:
        """Raises ControlError `reviews.no-such-review`, `reviews.signed`, `reviews.no-statement`."""
        with self.session() as session:
            found = duty_reviews.find_review(session, review)
            if found is None:
                cause, help = "there is no such review", "see the list of reviews"
                raise ControlError(
                    Diagnostic(Place("review"), "reviews.no-such-review", cause, help, "nothing was signed")
                )
            check_signature(by, statement, found.signed_at is not None)
            duty_reviews.record_signed(session, review, by, statement.strip())

    def make_effect(self, synthetic: bool = False) -> UUID:
        """What happened since the last signature: tests run, incidents, changes."""
        with self.session() as session:
            since = duty_reviews.find_last_signed(session, EFFECT) or duty_reviews.find_begun(session) or BEGINNING
            figures = duty_reviews.get_figures(session, since, synthetic)
            findings = [f"{figures[name]} {words}" for name, words in _LOOK_AT.items() if figures[name]]
            if not figures["tried"] or not figures["checks"]:
                findings.append("the controls were not tried in this time: no check, or no run of the mystery shopper")
            evidence = {"since": since.isoformat(), **figures}
            return duty_reviews.record_review(session, EFFECT, evidence, findings, synthetic)

    def make_procedures(self, stores: Sequence[StoreScene], synthetic: bool = False) -> UUID:
        """Live rights set against the declared ones, in every store."""
        compared = [compare_store(store) for store in stores if store.map.kind != "manual"]
        evidence: dict[str, Any] = {"stores": [one.evidence for one in compared]}
        findings = [words for one in compared for words in one.findings]
        with self.session() as session:
            return duty_reviews.record_review(session, PROCEDURES, evidence, findings, synthetic)


_LOOK_AT: Mapping[str, str] = {
    "broken": "verdicts of checks were broken",
    "not_held": "things that the mystery shopper tried did not hold",
    "incidents": "incidents: breaches and reports of abuse",
    "versions": "new versions of the policy",
    "staff_changes": "changes of who among the staff may do what",
}


@dataclass(frozen=True)
class Compared:
    evidence: Mapping[str, Any]
    findings: tuple[str, ...]


def compare_store(store: StoreScene) -> Compared:
    """What can be reached in one store beyond what is declared; a store that cannot be looked at is a finding itself."""
    if store.down or store.open_probe is None:
        words = f"store `{store.name}` could not be looked at: {store.down or 'no credential is given'}"
        return Compared({"store": store.name, "looked": False}, (words,))
    with store.open_probe() as connection:
        live = read_live(connection, list(personal_tables(store.map)), names_of(store, "view", "routine"))
        return compare_rights(store, live)


def compare_rights(store: StoreScene, live: Live) -> Compared:
    """Pure: `live` against what the data map and the policy declare."""
    fields = [Field(t.name, c.name) for t in store.map.tables if t.personal for c in t.columns if categories_of(c)]
    ways = [*find_ways(live, rights_as_found(store), fields), *membership_faults(live, store.map, store.rights)]
    ways += copied_ways(live, store.map, store.rights, fields, load_vocabulary().covers)
    judged = judge(ways, store.map, datetime.now(UTC).date())
    roles = sorted({way.role for way in judged.open})
    findings = [
        f"in store `{store.name}`: {say_ways([w for w in judged.open if w.role == role], most=20)}"
        for role in roles[:MOST]
    ]
    evidence = {
        "store": store.name,
        "looked": True,
        "roles": len(live.roles),
        "declared_pairs": len(store.rights),
        "columns": len(fields),
        "extra": len(judged.open),
        "custodians": list(judged.declared),
    }
    return Compared(evidence, tuple(findings))


def make_review(folder: Path, environ: Mapping[str, str], kind: str, progress: Progress) -> Review:
    """Makes one review now, for somebody to sign."""
    project = open_project(folder, environ)
    with open_case_work(folder, environ, progress) as work, ExitStack() as stack:
        reviews = Reviews(work.cases.session, project.settings)
        if kind == EFFECT:
            made = reviews.make_effect()
        else:
            scenes = open_scenes(stack, project, budget_of(project, None, None, None), progress)
            made = reviews.make_procedures(scenes)
        found = reviews.find(made)
        assert found is not None  # made now
        return found


def make_due_reviews(folder: Path, environ: Mapping[str, str], days: int = 14) -> int:
    """Makes those that are due within `days` and lie unsigned by nobody yet; gives how many."""
    project = open_project(folder, environ)
    made = 0
    with open_case_work(folder, environ) as work, ExitStack() as stack:
        reviews = Reviews(work.cases.session, project.settings)
        for due in reviews.due():
            soon = due.due is not None and (due.due - datetime.now(UTC)).days < days
            with work.cases.session() as session:
                waits = duty_reviews.has_unsigned(session, due.kind, due.last_signed or BEGINNING)
            if soon and not waits:
                _make(reviews, due.kind, stack, project)
                made += 1
    return made


def _make(reviews: Reviews, kind: str, stack: ExitStack, project: Project) -> None:
    if kind == EFFECT:
        reviews.make_effect()
        return
    reviews.make_procedures(open_scenes(stack, project, budget_of(project, None, None, None), lambda line: None))
