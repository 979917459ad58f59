"""The end of a contract in the database: logins of firms outside that open nothing before its first and after its last day.

Promises: the login's password ends with the contract (VALID UNTIL), and a restrictive policy shows the firm's sessions no row
from the moment on which it ends, whatever they authenticated with and however long they have been there. Nobody but these
sessions pays for it. Two settings of a session, `avow.on_behalf` (a login) and `avow.as_of` (a time), can only close more: by them
a probe sees today what that login will see later. Refuses to end a login of the company's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, literal
from avow.datamap.model import Login, Pair

_NOW = "greatest(statement_timestamp(), nullif(current_setting('avow.as_of', true), '')::timestamptz)"


def contract_condition(target: Target, pair: Pair) -> str:
    """True as SQL for every session but those of firms whose contract does not run; "" where no firm with one uses the pair."""
    logins = [login for login in target.store_map.logins if pair in login.pairs and login.recipient]
    parts = [f"({_not_of(login)} OR {runs})" for login in logins if (runs := _runs(login))]
    return f"(SELECT {' AND '.join(parts)})" if parts else ""


def _not_of(login: Login) -> str:
    name = literal(login.name)
    return f"(session_user <> {name} AND coalesce(current_setting('avow.on_behalf', true), '') <> {name})"


def _runs(login: Login) -> str:
    # the first day by the clock alone: a later `as_of`, which a session may set, can only close
    begins = f"statement_timestamp() >= {_moment(login.since)}" if login.since else ""
    ends = f"{_NOW} < {_moment(login.until + timedelta(days=1))}" if login.until else ""
    return " AND ".join(filter(None, (begins, ends)))


def _moment(day: date) -> str:
    """The day's first moment, UTC."""
    return f"timestamptz '{day.isoformat()} 00:00:00+00'"


def contract_objects(target: Target) -> Iterator[Wanted]:
    """The end of each such login's password."""
    for login in target.store_map.logins:
        role = target.survey.roles.get(login.name)
        if not login.recipient or login.until is None or role is None:
            continue
        key, end = f"contract:{login.name}", f"{login.until + timedelta(days=1)} 00:00:00"
        recorded = target.survey.recorded.get(key)
        before = f"{role.valid_until}+00" if role.valid_until else "infinity"
        undo = recorded.undo if recorded else f"ALTER ROLE {ident(login.name)} VALID UNTIL {literal(before)}"
        yield Wanted(
            key,
            "switch",
            f"ALTER ROLE {ident(login.name)} VALID UNTIL {literal(f'{end}+00')}",
            undo,
            f"{login.name} of `{login.recipient}` ends with the contract",
            expect=end,
            role=login.name,
        )
