"""Staff members, their invitations, and the programs that may call the API: ids, roles, scopes and digests.

Short transactions on a connection that is handed in. Refuses to hold a name, an address, a token or a link in the clear: who a
member is stands in the console's own account table; a secret is told once and kept as its SHA-256.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from uuid import UUID

import psycopg

INVITATION_LASTS = timedelta(days=3)


@dataclass(frozen=True)
class Member:
    """A person of the company's own. `ref` is the user name of the console account; `ended_at` set: opens nothing.
    `departments` are recipient terms; none: the privacy office."""

    ref: str
    roles: tuple[str, ...]
    joined_at: datetime
    invited_by: str
    ended_at: datetime | None
    departments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invitation:
    """An open invitation, without its secret."""

    id: UUID
    roles: tuple[str, ...]
    invited_by: str
    made_at: datetime
    expires_at: datetime
    departments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Client:
    """A program that may call the API. `scopes` are checked by the API's registry."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class StaffEvent:
    """A change of somebody's rights. `roles` is what holds from then on: roles, departments, or scopes of a token."""

    at: datetime
    actor_ref: str
    name: str
    about: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class KeptAnswer:
    """What was answered under an idempotency key; `status` 0: the call is still under way."""

    digest: bytes
    status: int
    body: Any


def digest_of(secret: str) -> bytes:
    """How a secret of 256 random bits is kept; a slow hash would protect nothing that long."""
    return sha256(secret.encode()).digest()


@cache
def _sql(name: str) -> bytes:
    return files("avow.control").joinpath("sql", f"{name}.sql").read_bytes()


def _member(row: Sequence[Any] | None) -> Member | None:
    return Member(row[0], tuple(row[1]), row[2], row[3], row[4], tuple(row[5])) if row else None


def _invitation(row: Sequence[Any]) -> Invitation:
    return Invitation(row[0], tuple(row[1]), row[2], row[3], row[4], tuple(row[5]))


class StaffRecords:
    """The staff and clients of one company."""

    def __init__(self, connection: psycopg.Connection[Any], company: str) -> None:
        self._connection = connection
        self._company = company

    def invite(
        self,
        id: UUID,
        secret: str,
        roles: Sequence[str],
        invited_by: str,
        now: datetime,
        departments: Sequence[str] = (),
    ) -> datetime:
        """Records an invitation; gives the time when its link ends (UTC)."""
        ends = now + INVITATION_LASTS
        self._connection.execute(
            "INSERT INTO control.staff_invitation (id, company, digest, roles, invited_by, made_at, expires_at, "
            "departments) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (id, self._company, digest_of(secret), list(roles), invited_by, now, ends, list(departments)),
        )
        self.note(invited_by, "invited", str(id), (*roles, *departments))
        return ends

    def find_invitation(self, secret: str, now: datetime) -> Invitation | None:
        """The open invitation of a link; None when it was used, has ended or never was."""
        row = self._connection.execute(
            "SELECT id, roles, invited_by, made_at, expires_at, departments FROM control.staff_invitation "
            "WHERE company = %s AND digest = %s AND used_at IS NULL AND expires_at > %s",
            (self._company, digest_of(secret), now),
        ).fetchone()
        return _invitation(row) if row else None

    def invitations(self, now: datetime) -> tuple[Invitation, ...]:
        """Every open invitation, newest first."""
        rows = self._connection.execute(
            "SELECT id, roles, invited_by, made_at, expires_at, departments FROM control.staff_invitation "
            "WHERE company = %s AND used_at IS NULL AND expires_at > %s ORDER BY made_at DESC",
            (self._company, now),
        )
        return tuple(map(_invitation, rows))

    def withdraw_invitation(self, id: UUID, actor: str, now: datetime) -> None:
        """The link opens nothing from now on."""
        self._connection.execute(
            "UPDATE control.staff_invitation SET expires_at = %s WHERE company = %s AND id = %s AND used_at IS NULL",
            (now, self._company, id),
        )
        self.note(actor, "invitation_withdrawn", str(id), ())

    def join(self, secret: str, ref: str, now: datetime) -> Member | None:
        """Uses the link once for the account `ref`; None when it cannot be used (any more)."""
        values = {"company": self._company, "digest": digest_of(secret), "ref": ref, "now": now}
        member = _member(self._connection.execute(_sql("staff_join"), values).fetchone())
        if member is not None:
            self.note(ref, "joined", ref, (*member.roles, *member.departments))
        return member

    def find_member(self, ref: str) -> Member | None:
        row = self._connection.execute(
            "SELECT ref, roles, joined_at, invited_by, ended_at, departments FROM control.staff_member "
            "WHERE company = %s AND ref = %s",
            (self._company, ref),
        ).fetchone()
        return _member(row)

    def members(self) -> tuple[Member, ...]:
        """Everybody, those who left last."""
        rows = self._connection.execute(_sql("staff_members"), {"company": self._company}).fetchall()
        return tuple(member for row in rows if (member := _member(row)))

    def set_roles(self, ref: str, roles: Sequence[str], actor: str) -> None:
        """The roles from now on; effective with the member's next page."""
        self._connection.execute(
            "UPDATE control.staff_member SET roles = %s WHERE company = %s AND ref = %s",
            (list(roles), self._company, ref),
        )
        self.note(actor, "roles", ref, roles)

    def set_departments(self, ref: str, departments: Sequence[str], actor: str) -> None:
        """The departments from now on, none for the privacy office; effective with the member's next page."""
        self._connection.execute(
            "UPDATE control.staff_member SET departments = %s WHERE company = %s AND ref = %s",
            (list(departments), self._company, ref),
        )
        self.note(actor, "departments", ref, departments)

    def end(self, ref: str, actor: str, now: datetime) -> None:
        """The account opens nothing from now on."""
        self._connection.execute(
            "UPDATE control.staff_member SET ended_at = %s WHERE company = %s AND ref = %s AND ended_at IS NULL",
            (now, self._company, ref),
        )
        self.note(actor, "ended", ref, ())

    def note(self, actor: str, name: str, about: str, roles: Sequence[str]) -> None:
        """One line of the history of rights."""
        self._connection.execute(
            "INSERT INTO control.staff_event (company, actor_ref, name, about, roles) VALUES (%s, %s, %s, %s, %s)",
            (self._company, actor, name, about, list(roles)),
        )

    def events(self, limit: int = 200) -> tuple[StaffEvent, ...]:
        """The newest changes of rights first."""
        rows = self._connection.execute(
            "SELECT at, actor_ref, name, about, roles FROM control.staff_event WHERE company = %s ORDER BY id DESC LIMIT %s",
            (self._company, limit),
        )
        return tuple(StaffEvent(row[0], row[1], row[2], row[3], tuple(row[4])) for row in rows)

    def issue(
        self, id: UUID, name: str, secret: str, scopes: Sequence[str], actor: str, expires_at: datetime | None
    ) -> None:
        """Records a client; the secret is kept as its digest."""
        self._connection.execute(
            "INSERT INTO control.api_client (id, company, name, digest, scopes, made_by, expires_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (id, self._company, name, digest_of(secret), list(scopes), actor, expires_at),
        )
        self.note(actor, "token_made", str(id), scopes)

    def clients(self) -> tuple[Client, ...]:
        """Every client, those that are revoked last."""
        rows = self._connection.execute(
            "SELECT id, name, scopes, made_by, made_at, expires_at, used_at, revoked_at FROM control.api_client "
            "WHERE company = %s ORDER BY revoked_at IS NOT NULL, made_at DESC",
            (self._company,),
        )
        return tuple(_client(row) for row in rows)

    def find_client(self, secret: str, now: datetime) -> Client | None:
        """The client of a token that is neither revoked nor past its end; its use is noted once a minute at most."""
        row = self._connection.execute(
            "SELECT id, name, scopes, made_by, made_at, expires_at, used_at, revoked_at FROM control.api_client WHERE "
            "company = %s AND digest = %s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %s)",
            (self._company, digest_of(secret), now),
        ).fetchone()
        if row is None:
            return None
        client = _client(row)
        if client.used_at is None or now - client.used_at > timedelta(minutes=1):
            self._connection.execute("UPDATE control.api_client SET used_at = %s WHERE id = %s", (now, client.id))
        return client

    def revoke(self, id: UUID, actor: str, now: datetime) -> None:
        """The token opens nothing from now on."""
        self._connection.execute(
            "UPDATE control.api_client SET revoked_at = %s WHERE company = %s AND id = %s AND revoked_at IS NULL",
            (now, self._company, id),
        )
        self.note(actor, "token_revoked", str(id), ())

    def take_call(self, client: UUID, now: datetime) -> int:
        """Counts one call; gives the calls of this minute, this one included."""
        minute = now.replace(second=0, microsecond=0)
        row = self._connection.execute(_sql("api_take"), {"client": client, "minute": minute}).fetchone()
        assert row is not None  # an upsert always returns its row
        return int(row[0])

    def begin_answer(self, client: UUID, key: str, digest: bytes, now: datetime) -> KeptAnswer | None:
        """Takes the key for a call that may begin (None), or gives what stands under it already."""
        values = {"client": client, "key": key, "digest": digest, "now": now}
        if self._connection.execute(_sql("api_begin"), values).fetchone():
            return None
        row = self._connection.execute(
            "SELECT digest, coalesce(status, 0), body FROM control.api_answer WHERE client = %s AND key = %s",
            (client, key),
        ).fetchone()
        return KeptAnswer(bytes(row[0]), row[1], row[2]) if row else None

    def keep_answer(self, client: UUID, key: str, status: int, body: Mapping[str, Any]) -> None:
        """The answer that every repetition gets for 24 hours."""
        self._connection.execute(
            "UPDATE control.api_answer SET status = %s, body = %s WHERE client = %s AND key = %s",
            (status, json.dumps(body), client, key),
        )

    def drop_answer(self, client: UUID, key: str) -> None:
        """The call failed without an effect: the key may be used again at once."""
        self._connection.execute("DELETE FROM control.api_answer WHERE client = %s AND key = %s", (client, key))


def _client(row: Sequence[Any]) -> Client:
    return Client(row[0], row[1], tuple(row[2]), *row[3:])
