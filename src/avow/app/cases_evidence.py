"""How real cases stand, for a check: which were left lying, and whether what they open in the stores is renewed and ended.

Counts and kinds only. Refuses to call anything fine that nobody has put a number to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg

from avow.app.breaches import read_laws
from avow.app.duty_cases import numbers_of
from avow.control.breaches import list_breaches
from avow.duties.breaches import Clock, is_settled
from avow.duties.breaches.clocks import OVERDUE, RUNNING, UNJUDGED
from avow.prove.scene import Standing
from avow.prove.verdict import BROKE, COULD_NOT, HELD

if TYPE_CHECKING:
    from avow.app.duty_look import Look

_GOING = "SELECT kind, worked_at FROM control.duty_case WHERE company = %s AND ended_at IS NULL AND NOT synthetic"
_ENDED = (
    "SELECT id::text FROM control.duty_case WHERE company = %s AND NOT synthetic"
    " AND (ended_at < %s OR expires_at < %s) ORDER BY worked_at DESC LIMIT 10000"
)
_OPEN = "SELECT case_id FROM avow.case_open WHERE ended_at IS NULL AND expires_at > now() AND case_id = ANY (%s)"
GRACE = timedelta(minutes=5)  # a worker ends within it what the desk ended


def read_cases(look: Look) -> Iterator[Standing]:
    """Left-lying cases, and leases of ended ones."""
    company = look.project.settings.company
    days = numbers_of(look.project.settings).unworked_days
    going = look.connection.execute(_GOING, (company,)).fetchall()
    lying = [kind for kind, at in going if look.now - at > timedelta(days=days)]
    if not days:
        repair = "write [numbers.abuse_unworked] in avow.toml: words, days, owner"
        yield Standing("cases", "worked", COULD_NOT, "nobody has said when a case is left lying", "ages", repair)
    elif lying:
        seen = (
            f"{len(lying)} cases lie for more than {days} days without anybody having worked on them: {_kinds(lying)}"
        )
        yield Standing("cases", "worked", BROKE, seen, "ages", "work on them: `avow case list`, or the console")
    else:
        yield Standing(
            "cases", "worked", HELD, f"none of {len(going)} open cases lies for more than {days} days", "ages"
        )
    ended = [row[0] for row in look.connection.execute(_ENDED, (company, look.now - GRACE, look.now - GRACE))]
    yield from _leases(look, ended)
    yield from _breaches(look)


def _leases(look: Look, ended: list[str]) -> Iterator[Standing]:
    still = 0
    for store in look.stores:
        if store.map.cases and (store.open_plant is None or not store.applied):
            why = "nothing was applied there" if not store.applied else "no credential is given that may look there"
            seen = f"whether ended cases are open in store `{store.name}` is not known: {why}"
            yield Standing(
                "cases", "ended", COULD_NOT, seen, "opens-and-closes", "run `avow apply`, then `avow grants`"
            )
            return
        if store.open_plant is not None and store.map.cases:
            with store.open_plant() as connection:
                try:
                    still += len(connection.execute(_OPEN, (ended,)).fetchall())
                except psycopg.errors.InsufficientPrivilege:
                    repair = "run `avow grants` again: it knows what this login needs"
                    seen = f"the open cases of store `{store.name}` may not be read"
                    yield Standing("cases", "ended", COULD_NOT, seen, "opens-and-closes", repair)
                    return
    if still:
        seen = f"{still} cases have ended and are still open in a store"
        yield Standing(
            "cases", "ended", BROKE, seen, "opens-and-closes", "start `avow work`; until then they end within an hour"
        )
    else:
        yield Standing("cases", "ended", HELD, "no case that has ended is open in a store", "opens-and-closes")


def _kinds(kinds: list[str]) -> str:
    return ", ".join(sorted({kind.replace("_", " ") for kind in kinds}))


def _breaches(look: Look) -> Iterator[Standing]:
    """A case that was closed counts as well."""
    laws = read_laws(look.project.settings)
    listed = list_breaches(look.connection, look.project.settings.company)
    yield judge_clocks([laws.clocks(breach, told, look.now) for breach, told in listed])


def judge_clocks(breaches: Sequence[Sequence[Clock]]) -> Standing:
    """How the clocks of all breaches stand: one that ran out stays broken, also where somebody was told afterwards."""
    clocks = [clock for one in breaches for clock in one]
    overdue = [clock for clock in clocks if clock.state == OVERDUE]
    late = [clock for clock in clocks if clock.late]
    unnumbered = sum(clock.state == RUNNING and clock.due is None for clock in clocks)
    unjudged = [clock for clock in clocks if clock.state == UNJUDGED]
    if overdue:
        seen = f"{len(overdue)} clocks of breaches ran out, and nobody was told: {_whom(overdue)}"
        seen += f"; {len(late)} times it was done or decided too late: {_whom(late)}" if late else ""
        repair = "tell them today, with the reason for the delay; then record it: `avow breach told`, or the console"
        return Standing("cases", "told", BROKE, seen, "told", repair)
    if late:
        seen = f"{len(late)} clocks of breaches ran out before it was told, or decided not to tell: {_whom(late)}"
        repair = "give whoever was told late the reason for the delay, and tell them in time from now on"
        return Standing("cases", "told", BROKE, seen, "told", repair)
    if unnumbered:
        seen = f"{unnumbered} times somebody must be told of a breach without undue delay, and nobody has said what that is"
        repair = "tell them, or write [numbers.breach_people] in avow.toml: words, days, owner"
        return Standing("cases", "told", COULD_NOT, seen, "told", repair)
    if unjudged:
        seen = f"whether it must be told is not known, because nobody has judged the risk to people: {_whom(unjudged)}"
        repair = "judge the risk: `avow breach risk`, or the console"
        return Standing("cases", "told", COULD_NOT, seen, "told", repair)
    going = sum(not is_settled(one) for one in breaches)
    return Standing("cases", "told", HELD, f"no clock of a breach ran out; {going} breaches are being told", "told")


def _whom(clocks: Sequence[Clock]) -> str:
    return ", ".join(sorted({f"{clock.to} ({clock.law})" for clock in clocks}))
