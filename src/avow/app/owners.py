"""Whom a reminder reaches: the members of the staff who own a task or a hold, and may do something about it.

Promises: an owner who is an address is written to as such; a member (by their id) at their console account; a department at the
accounts of its members; where none of that leads to anybody, the privacy office is written to, and without any account the
address of the company's contact. Members who left, and those whose role finishes no task, get nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from avow.app.roles import permits
from avow.control.session import Session
from avow.control.staff import Member, StaffRecords

_ACCOUNTS = (
    "SELECT lower(email) FROM console.accounts_user WHERE id::text = ANY(%s) AND is_active AND email IS NOT NULL"
)


@dataclass(frozen=True)
class Owners:
    """`contact` is the address of the company's contact, "" where it has none."""

    contact: str

    def __call__(self, session: Session, owner: str, department: str) -> tuple[str, ...]:
        if "@" in owner:
            return (owner,)
        members = [
            m
            for m in StaffRecords(session.connection, session.company).members()
            if m.ended_at is None and permits(m.roles, "tasks:finish")
        ]
        named = [m for m in members if m.ref == owner]
        theirs = [m for m in members if {owner, department} & set(m.departments)]
        office = [m for m in members if not m.departments]
        for group in (named, theirs, office):
            if found := _addresses(session.connection, group):
                return found
        return (self.contact,) if self.contact else ()


def _addresses(connection: psycopg.Connection[Any], members: Iterable[Member]) -> tuple[str, ...]:
    """Of their console accounts; none where no console was ever served."""
    refs = [m.ref for m in members]
    if not refs or connection.execute("SELECT to_regclass('console.accounts_user')").fetchone() == (None,):
        return ()
    return tuple(sorted(row[0] for row in connection.execute(_ACCOUNTS, (refs,))))
