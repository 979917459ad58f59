"""Who acts on the command line: a member of the staff whose role permits the step.

Promises: a name that is nobody's, an account that ended and a role that may not are refused before anything is recorded. On a
command line nobody can prove to be that member: the operating system's user is another one, and no second factor is asked for. The
record says so (`by_cli`). Refuses to repeat what was typed: it may be somebody's address.
"""

from __future__ import annotations

from typing import Any

import psycopg

from avow.app.roles import permits
from avow.control.staff import StaffRecords
from avow.errors import ControlError, Diagnostic, Place

Connection = psycopg.Connection[Any]
_BY_ADDRESS = "SELECT id::text FROM console.accounts_user WHERE lower(email) = lower(%s)"


def get_actor(connection: Connection, company: str, said: str, permission: str) -> str:
    """The id of the member whom `said` names, by their id or by the address of their console account.

    Raises ControlError `staff.nobody` or `staff.may-not`."""
    records = StaffRecords(connection, company)
    member = records.find_member(said.strip()) or records.find_member(_find_by_address(connection, said.strip()))
    if member is None or member.ended_at is not None:
        cause, help = (
            "no member of the staff has that name",
            "give the id that `avow staff list` shows, or their address",
        )
        raise ControlError(Diagnostic(Place("--by"), "staff.nobody", cause, help, "nothing was recorded"))
    if not permits(member.roles, permission):
        cause, help = (
            "none of that member's roles permits this",
            "let somebody do it whose role does: `avow staff list`",
        )
        raise ControlError(Diagnostic(Place("--by"), "staff.may-not", cause, help, "nothing was recorded"))
    return member.ref


def _find_by_address(connection: Connection, address: str) -> str:
    """The account's id; "" for none, and where no console was ever served."""
    if connection.execute("SELECT to_regclass('console.accounts_user')").fetchone() == (None,):
        return ""
    row = connection.execute(_BY_ADDRESS, (address,)).fetchone()
    return str(row[0]) if row else ""
