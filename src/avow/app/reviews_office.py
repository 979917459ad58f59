"""The desk of reviews for the mystery shopper: its own reviews, and a grant that lives in one transaction.

Refuses to commit the grant, and to sign a review that is not its own. Without the apply credential no grant can be tried, and the
visit says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg import sql

from avow.app.databases import connect_store
from avow.app.desk import Desk
from avow.app.project import Project
from avow.app.review_dates import PERIODS
from avow.app.reviews import Reviews, compare_rights
from avow.app.tried import refusal_behind
from avow.control import duty_cases, duty_reviews
from avow.datamap.holds import categories_of
from avow.duties.reviews import due_at, is_overdue
from avow.errors import AvowError
from avow.prove.inquiry import CannotTell
from avow.prove.live import Live, read_live
from avow.prove.scene import StoreScene
from avow.prove.scope import Field, personal_tables


@dataclass(frozen=True)
class ShopReviews:
    """`stores` as the check sees them; `desk` is the shopper's own."""

    desk: Desk
    project: Project
    stores: tuple[StoreScene, ...]
    reviews: Reviews

    def findings_with_grant(self) -> tuple[str, list[str], list[str]]:
        store = next((s for s in self.stores if s.applied and s.map.kind == "postgresql"), None)
        dsn = self.project.settings.get_store(store.name).find_dsn("apply") if store else None
        if store is None or dsn is None:
            raise CannotTell("without the apply credential no grant can be tried: the review was not put to the test")
        with connect_store(dsn, store.name) as connection, connection.transaction(force_rollback=True):
            before = self._live(connection, store)
            role, one = _undeclared(store, before)
            home, _, table = one.table.rpartition(".")
            grant = sql.SQL("GRANT SELECT ({}) ON {} TO {}")
            connection.execute(
                grant.format(sql.Identifier(one.column), sql.Identifier(home, table), sql.Identifier(role))
            )
            after = self._live(connection, store)
        return role, list(compare_rights(store, before).findings), list(compare_rights(store, after).findings)

    def _live(self, connection: psycopg.Connection[object], store: StoreScene) -> Live:
        return read_live(connection, list(personal_tables(store.map)))

    def make(self, kind: str) -> UUID:
        with self.desk.session() as session:
            return duty_reviews.record_review(session, kind, {"synthetic": True}, [], synthetic=True)

    def make_effect(self) -> UUID:
        return self.reviews.make_effect(synthetic=True)

    def figures(self, review: UUID) -> Mapping[str, object]:
        found = self.reviews.find(review)
        return found.evidence if found else {}

    def add_incident(self) -> None:
        with self.desk.session() as session:
            facts = {"what": "synthetic", "noticed": session.now.isoformat(timespec="minutes")}
            ends = session.now.replace(year=session.now.year + 1)
            duty_cases.record_case(session, "breach", "shopper:first", facts, {}, ends, opens=True, synthetic=True)

    def sign(self, review: UUID, by: str, words: str) -> str:
        found = self.reviews.find(review)
        if found is None or not found.synthetic:
            raise CannotTell("the review is not the shopper's own")
        try:
            self.reviews.sign(review, by, words)
        except AvowError as error:
            return error.codes[0]
        return ""

    def sign_behind(self, review: UUID, by: str, words: str) -> str:
        return refusal_behind(
            self.desk,
            lambda session: session.connection.execute(
                "UPDATE control.duty_review SET signed_by = %s, signed_at = now(), statement = %s WHERE id = %s",
                (by, words, review),
            ),
        )

    def change_behind(self, review: UUID) -> str:
        return refusal_behind(
            self.desk,
            lambda session: session.connection.execute(
                "UPDATE control.duty_review SET findings = '{}', statement = 'all is well here' WHERE id = %s",
                (review,),
            ),
        )

    def due(self, kind: str) -> datetime | None:
        number = self.project.settings.find_number(PERIODS[kind])
        with self.desk.session() as session:
            last = duty_reviews.find_last_signed(session, kind, synthetic=True)
        return due_at(last, None, number.days if number else 0)

    def counts_as_late(self, kind: str, at: datetime) -> bool:
        return is_overdue(self.due(kind), at)

    def take_back(self) -> None:
        with self.desk.session() as session:
            duty_reviews.forget_synthetic_reviews(session)
            duty_cases.forget_synthetic_cases(session)


def _undeclared(store: StoreScene, live: Live) -> tuple[str, Field]:
    """A pair's role and a personal column that it cannot read."""
    for rights in store.rights:
        for table in store.map.tables if rights.role in live.roles else ():
            granted = rights.tables.get(table.name)
            for column in table.columns if table.name in live.tables else ():
                if categories_of(column) and (granted is None or column.name not in granted.read):
                    return rights.role, Field(table.name, column.name)
    raise CannotTell("every pair may read every personal column: no grant would be an extra one")


def make_reviews_office(stack: ExitStack, project: Project, desk: Desk, scenes: tuple[StoreScene, ...]) -> ShopReviews:
    """The office of one run."""
    return ShopReviews(desk, project, scenes, Reviews(desk.session, project.settings))
