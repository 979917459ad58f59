"""Staff, their invitations, and the programs that may call the API: the door that console, API and command line share.

Secrets are made here, told once and never again. Refuses to leave a company without an administrator, to change one's own
roles or departments, and to mix the administration of accounts with cases.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg

from avow.app.databases import control_dsn
from avow.app.departments import check_departments
from avow.app.project import Progress
from avow.app.roles import check_roles, check_scopes, permits
from avow.control import open_control
from avow.control.staff import Client, Invitation, KeptAnswer, Member, StaffEvent, StaffRecords
from avow.errors import AvowError, Diagnostic, Place
from avow.settings import Settings

TOKEN_PREFIX = "avow_"  # found by scanners of leaked secrets


@dataclass(frozen=True)
class MadeSecret:
    """A secret that is told once: the id under which it is kept, the secret, and when it ends (None: never)."""

    id: UUID
    secret: str
    ends: datetime | None


Lend = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]


class Staffing:
    """Staff and clients of one company. `lend` lends a connection to the control database for one short transaction."""

    def __init__(self, lend: Lend, company: str, now: Callable[[], datetime], ids: Callable[[], UUID] = uuid4) -> None:
        self._lend, self._company, self._now, self._ids = lend, company, now, ids

    @contextmanager
    def _records(self) -> Iterator[StaffRecords]:
        with self._lend() as connection, connection.transaction():
            yield StaffRecords(connection, self._company)

    def invite(self, roles: Iterable[str], actor: str, departments: Iterable[str] = ()) -> MadeSecret:
        """A one-time link's secret. Raises AvowError for unknown roles and departments, and roles that must stay apart."""
        wanted, theirs = check_roles(roles), check_departments(departments)
        id, secret = self._ids(), secrets.token_urlsafe(32)
        with self._records() as records:
            ends = records.invite(id, secret, wanted, actor, self._now(), theirs)
        return MadeSecret(id, secret, ends)

    def find_invitation(self, secret: str) -> Invitation | None:
        with self._records() as records:
            return records.find_invitation(secret, self._now())

    def invitations(self) -> tuple[Invitation, ...]:
        """The open ones, newest first."""
        with self._records() as records:
            return records.invitations(self._now())

    def withdraw_invitation(self, id: UUID, actor: str) -> None:
        with self._records() as records:
            records.withdraw_invitation(id, actor, self._now())

    def join(self, secret: str, ref: str) -> Member | None:
        """Uses an invitation for the account `ref`; None when it was used or has ended."""
        with self._records() as records:
            return records.join(secret, ref, self._now())

    def find_member(self, ref: str) -> Member | None:
        """None also for those who left."""
        with self._records() as records:
            member = records.find_member(ref)
        return member if member and member.ended_at is None else None

    def members(self) -> tuple[Member, ...]:
        """Everybody, those who left last."""
        with self._records() as records:
            return records.members()

    def events(self) -> tuple[StaffEvent, ...]:
        """The newest changes of rights first."""
        with self._records() as records:
            return records.events()

    def set_roles(self, ref: str, roles: Iterable[str], actor: str) -> None:
        """Raises AvowError: unknown roles, one's own roles, or no administrator would be left."""
        wanted = check_roles(roles)
        with self._records() as records:
            _check_other(ref, actor)
            _check_administrator_left(records.members(), ref, wanted)
            records.set_roles(ref, wanted, actor)

    def set_rights(self, ref: str, roles: Iterable[str], departments: Iterable[str], actor: str) -> None:
        """Roles and departments at once (no department: the privacy office); what stays as it was is no change on record. Raises
        AvowError as `set_roles`, and for unknown departments."""
        wanted, theirs = check_roles(roles), check_departments(departments)
        with self._records() as records:
            _check_other(ref, actor)
            _check_administrator_left(records.members(), ref, wanted)
            member = records.find_member(ref)
            if member is not None and set(member.departments) != set(theirs):
                records.set_departments(ref, theirs, actor)
            if member is not None and set(member.roles) != set(wanted):
                records.set_roles(ref, wanted, actor)

    def list_privacy_office(self) -> tuple[Member, ...]:
        """Who sees a whole case: members without a department whose role shows people's values."""
        there = [m for m in self.members() if m.ended_at is None and not m.departments]
        return tuple(m for m in there if permits(m.roles, "case:values"))

    def end(self, ref: str, actor: str) -> None:
        """Raises AvowError for one's own account and for the last administrator."""
        with self._records() as records:
            _check_other(ref, actor)
            _check_administrator_left(records.members(), ref, ())
            records.end(ref, actor, self._now())

    def issue_token(
        self, name: str, scopes: Iterable[str], actor: str, expires_at: datetime | None = None
    ) -> MadeSecret:
        """A token for a program. Raises AvowError for unknown scopes."""
        wanted = check_scopes(scopes)
        id, secret = self._ids(), TOKEN_PREFIX + secrets.token_urlsafe(32)
        with self._records() as records:
            records.issue(id, name, secret, wanted, actor, expires_at)
        return MadeSecret(id, secret, expires_at)

    def clients(self) -> tuple[Client, ...]:
        with self._records() as records:
            return records.clients()

    def find_client(self, secret: str) -> Client | None:
        """The client of a token that holds today."""
        if not secret.startswith(TOKEN_PREFIX):
            return None
        with self._records() as records:
            return records.find_client(secret, self._now())

    def revoke_token(self, id: UUID, actor: str) -> None:
        with self._records() as records:
            records.revoke(id, actor, self._now())

    def take_call(self, client: UUID) -> int:
        """Counts one call; gives the calls of this minute."""
        with self._records() as records:
            return records.take_call(client, self._now())

    def begin_answer(self, client: UUID, key: str, digest: bytes) -> KeptAnswer | None:
        """None: go on; otherwise what stands under this key."""
        with self._records() as records:
            return records.begin_answer(client, key, digest, self._now())

    def keep_answer(self, client: UUID, key: str, status: int, body: Mapping[str, Any]) -> None:
        with self._records() as records:
            records.keep_answer(client, key, status, body)

    def drop_answer(self, client: UUID, key: str) -> None:
        with self._records() as records:
            records.drop_answer(client, key)


@contextmanager
def open_staffing(settings: Settings, progress: Progress) -> Iterator[Staffing]:
    """Staff and clients of a project, for one command; makes Avow's own database where there is none."""
    with (
        control_dsn(settings, progress) as dsn,
        open_control(dsn, settings.company),
        psycopg.connect(dsn, autocommit=True) as connection,
    ):
        yield Staffing(lambda: nullcontext(connection), settings.company, lambda: datetime.now(UTC))


def _check_other(ref: str, actor: str) -> None:
    if ref == actor:
        raise AvowError(
            Diagnostic(
                Place("staff"),
                "staff.own-account",
                "nobody changes the rights of their own account",
                "ask another administrator",
                "nothing was changed",
            )
        )


def _check_administrator_left(members: Iterable[Member], ref: str, roles: Iterable[str]) -> None:
    left = [m.ref for m in members if m.ended_at is None and m.ref != ref and "administrator" in m.roles]
    if not left and "administrator" not in roles:
        raise AvowError(
            Diagnostic(
                Place("staff"),
                "staff.last-administrator",
                "no administrator would be left",
                "make somebody else an administrator first; `avow staff add` invites one from the command line",
                "nothing was changed",
            )
        )
