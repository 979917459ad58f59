"""Runs the visits, here and by whoever shares them, records what each showed, and cleans up whatever happens.

A visit that fails says so as a finding; it never ends the run. Visits whose offices take back each other's records stay together
and in their order; all others go to whoever is free. Refuses to leave an aspect out: what a visit did not get to is recorded as
could not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import psycopg

from avow.control.shopping import ShopperFinding
from avow.duties.rights.model import CLOSED
from avow.errors import AvowError
from avow.policy.shows import DUTY_SHOWS, RIGHT_SHOWS
from avow.prove.inquiry import CannotTell, say_failure
from avow.prove.shopper.shop import SHOPPER, Saw, Shop, Stopped
from avow.prove.verdict import COULD_NOT

Record = Callable[[ShopperFinding], None]


@dataclass(frozen=True)
class Visit:
    """`right` (a right or a duty) is exercised, `shows` lists the aspects that the visit sets out to show, `go` yields them."""

    right: str
    shows: tuple[str, ...]
    go: Callable[[Shop], Iterator[Saw]]


Group = tuple[Visit, ...]

# Duties of one line share an office, or one takes back the synthetic records of another when a visit ends.
TOGETHER = (("cases", "reviews", "vault", "disclosures"), ("choices", "campaigns"), ("intakes", "retention"))


def run_visits(shop: Shop, groups: Sequence[Group], claim: Callable[[int], bool], record: Record) -> None:
    """Every group that is got by `claim`, by its number. Rows and requests are cleaned up after each visit, also after a stop or
    an error."""
    try:
        for number, group in enumerate(groups):
            shop.check_stopped()
            for visit in group if claim(number) else ():
                for finding in _one(shop, visit):
                    record(finding)
                clean_up(shop)
    except Stopped:
        pass
    finally:
        clean_up(shop)


def list_unseen(visits: Sequence[Visit], findings: Iterable[ShopperFinding]) -> tuple[Visit, ...]:
    """Visits of which an aspect was not recorded: whoever had claimed them died."""
    seen = {(finding.right, finding.aspect) for finding in findings}
    return tuple(visit for visit in visits if any((visit.right, aspect) not in seen for aspect in visit.shows))


def share_out(visits: Sequence[Visit]) -> list[Group]:
    """Groups whose visits must be made by one pair of hands, those of several first: the short ones fill the gaps at the end."""
    together = {duty: line[0] for line in TOGETHER for duty in line}
    first = sorted(enumerate(visits), key=lambda pair: together.get(pair[1].right, f"{pair[0]:06}"))
    groups = groupby(first, key=lambda pair: together.get(pair[1].right, str(pair[0])))
    listed = [tuple(visit for _, visit in group) for _, group in groups]
    return sorted(listed, key=lambda group: -len(group))


def _one(shop: Shop, visit: Visit) -> Iterator[ShopperFinding]:
    if why := shop.brief.skip.get(visit.right, ""):
        yield from _missing(shop, visit, set(), f"not exercised here: {why}")
        return
    known: set[str] = set()
    begun, reason = time.perf_counter(), "the visit ended before this was seen"
    try:
        for saw in visit.go(shop):
            ms = (time.perf_counter() - begun) * 1000
            yield ShopperFinding(visit.right, saw.aspect, saw.result, saw.seen, shop.now(), round(ms, 1))
            known.add(saw.aspect)
            begun = time.perf_counter()
    except (CannotTell, AvowError, psycopg.Error) as error:
        reason = _reason(error)
    yield from _missing(shop, visit, known, reason)


def _missing(shop: Shop, visit: Visit, known: set[str], reason: str) -> Iterator[ShopperFinding]:
    for aspect in visit.shows:
        if aspect not in known:
            yield ShopperFinding(visit.right, aspect, COULD_NOT, reason, shop.now())


def _reason(error: Exception) -> str:
    if isinstance(error, psycopg.Error):
        return say_failure(error)
    if isinstance(error, AvowError):
        return error.diagnostics[0].cause if error.diagnostics else "Avow refused"
    return str(error)


def clean_up(shop: Shop) -> None:
    """Withdraws what is still open, then removes every planted row. Goes on after each failure: the journal keeps the rest."""
    for request in shop.requests:
        try:
            if shop.get(request).state not in CLOSED:
                shop.desk.withdraw(request, SHOPPER)
        except AvowError:
            continue
    shop.requests.clear()
    for office in shop.take_used():
        tidy = getattr(office, "clean_up", None)  # an office that leaves records takes them back
        if tidy is not None:
            try:
                tidy()
            except (psycopg.Error, AvowError):
                continue
    for planter in shop.planters.values():
        try:
            planter.remove()
        except (psycopg.Error, AvowError):
            continue


def all_shown(visits: Sequence[Visit]) -> dict[str, set[str]]:
    """Right or duty -> aspects that some visit shows; every one of RIGHT_SHOWS and DUTY_SHOWS must have a visit."""
    found: dict[str, set[str]] = {name: set() for name in (*RIGHT_SHOWS, *DUTY_SHOWS)}
    for visit in visits:
        found[visit.right] |= set(visit.shows)
    return found
