"""A visit to every sweep: a row that is not due stays, one that is due goes or loses its values, and one under a hold stays until
the hold is released.

The sweep is the real one, told of synthetic keys and another moment. What is seen of each limit is told by its own name, store
and table: one limit never stands for another. Refuses to believe a sweep's count: it looks at the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import psycopg

from avow.errors import AvowError
from avow.prove.inquiry import CannotTell, say_failure
from avow.prove.shopper.planting import Guest, new_guest
from avow.prove.shopper.shop import Saw, Shop, judged
from avow.prove.verdict import COULD_NOT

DUTY = "retention"
SWEPT, YOUNG, HELD_STAY = SHOWN = ("swept", "young-stay", "held-stay")


def place_of(store: str, table: str) -> str:
    """The name of a table among those of all stores, for two stores can have tables of one name."""
    return f"{store}/{table}"


def aspect_of(word: str, rule: str, place: str) -> str:
    """The name under which a word is shown of one limit in one table (`place_of`)."""
    return f"{word} {rule} {place}"


class RetentionOffice(Protocol):
    """Sweeps of synthetic rows. A sweep has `rule`, `store`, `table`, `by_licence` and `columns`."""

    def sweeps(self) -> Sequence[Any]: ...
    def deliver(self, sweep: Any, guest: Guest) -> bool: ...
    def due_at(self, sweep: Any, key: str) -> datetime: ...
    def sweep(self, sweep: Any, at: datetime, keys: Sequence[str]) -> int: ...
    def hold(self, sweep: Any, guest: Guest) -> object: ...
    def release(self, hold: object) -> None: ...
    def has_people(self, sweep: Any) -> bool: ...


@dataclass
class _Tried:
    """What came of one sweep: word -> what was wrong; `cause` why it could not be tried; `held` whether somebody was held."""

    sweep: Any
    wrong: dict[str, list[str]] = field(default_factory=lambda: {word: [] for word in SHOWN})
    held: bool = False
    cause: str = ""


def visit_retention(shop: Shop) -> Iterator[Saw]:
    """Each sweep of the policy and of the ways in, where a synthetic person can stand in its table."""
    office: RetentionOffice = shop.office_of(DUTY)
    found = []
    for sweep in office.sweeps():
        found.append(_try(shop, office, sweep))
        if sweep.promise:
            yield from _of_one(office, found[-1])
    tried = [one for one in found if not one.cause]
    if not tried:
        raise CannotTell("no synthetic person can stand in a table that a time limit reaches")
    unseen = sorted({one.sweep.table for one in found if one.cause})
    left = f"; not tried: {', '.join(unseen)}" if unseen else ""
    wrong = {word: [text for one in tried for text in one.wrong[word]] for word in SHOWN}
    yield judged(SWEPT, wrong[SWEPT], f"{len(tried)} sweeps took what was due, looked at row by row{left}")
    yield judged(YOUNG, wrong[YOUNG], f"{len(tried)} sweeps left what was not due yet as it was, column by column")
    held = sum(one.held for one in tried)
    if not held:
        raise CannotTell("no planted row leads to a person who could be held")
    yield judged(HELD_STAY, wrong[HELD_STAY], f"{held} held rows stayed, and went when the hold was released")


def _of_one(office: RetentionOffice, one: _Tried) -> Iterator[Saw]:
    """The same of one limit alone, so that another one's table says nothing about it."""
    sweep, goods = one.sweep, {
        SWEPT: f"what was due in {one.sweep.table} went, looked at row by row",
        YOUNG: f"what was not due yet in {one.sweep.table} stayed as it was, column by column",
        HELD_STAY: f"a held row of {one.sweep.table} stayed, and went when the hold was released",
    }  # fmt: skip
    for word, good in goods.items():
        name = aspect_of(word, sweep.rule, place_of(sweep.store, sweep.table))
        if one.cause:
            yield Saw(name, COULD_NOT, one.cause)
        elif word == HELD_STAY and not one.held and office.has_people(sweep):
            yield Saw(name, COULD_NOT, f"the planted row of {sweep.table} leads to no person who could be held")
        else:
            nobody = f"no row of {sweep.table} leads to a person, so there is nobody to hold"
            yield judged(name, one.wrong[word], nobody if word == HELD_STAY and not one.held else good)


def _try(shop: Shop, office: RetentionOffice, sweep: Any) -> _Tried:
    one, guests = _Tried(sweep), (new_guest(), new_guest())
    try:
        if all(_comes_in(shop, office, sweep, guest) for guest in guests):
            one.held = bool(_try_sweep(shop, office, sweep, guests, one.wrong))
        else:
            one.cause = f"no way in plants a synthetic person in {sweep.table}"
    except CannotTell as error:
        one.cause = str(error)
    except AvowError as error:
        one.cause = error.diagnostics[0].cause
    except psycopg.Error as error:
        one.cause = say_failure(error)
    return one


def _comes_in(shop: Shop, office: RetentionOffice, sweep: Any, guest: Guest) -> bool:
    if sweep.by_licence:
        return office.deliver(sweep, guest)
    intake = next((i for i in shop.brief.intakes if i.store == sweep.store and sweep.table in i.rows), None)
    if intake is not None:
        shop.plant_in(intake, guest)
    return intake is not None and bool(guest.find_key(sweep.table))


def _try_sweep(
    shop: Shop, office: RetentionOffice, sweep: Any, guests: tuple[Guest, Guest], wrong: dict[str, list[str]]
) -> int:
    gone, stays = guests
    keys = [guest.find_key(sweep.table) for guest in guests]
    before = [_row(shop, sweep, guest) for guest in guests]
    due = max(office.due_at(sweep, key) for key in keys)
    early = min(office.due_at(sweep, key) for key in keys) - timedelta(days=1)
    office.sweep(sweep, early, keys)
    if [_row(shop, sweep, guest) for guest in guests] != before:
        wrong["young-stay"].append(f"a row of {sweep.table} was changed before its day")
    hold = office.hold(sweep, stays)
    late = due + timedelta(days=2)
    try:
        office.sweep(sweep, late, keys)
        if _left(shop, sweep, gone):
            wrong["swept"].append(f"a row of {sweep.table} that was due is still there")
        if hold is not None and _row(shop, sweep, stays) != before[1]:
            wrong["held-stay"].append(f"a held row of {sweep.table} was taken")
    finally:
        if hold is not None:
            office.release(hold)
    office.sweep(sweep, late, keys)
    if hold is not None and _left(shop, sweep, stays):
        wrong["held-stay"].append(f"a row of {sweep.table} is still there after its hold was released")
    return int(hold is not None)


def _row(shop: Shop, sweep: Any, guest: Guest) -> dict[str, str]:
    key = (sweep.store, sweep.table, guest.find_key(sweep.table))
    return shop.rows(guest).get(key, {})


def _left(shop: Shop, sweep: Any, guest: Guest) -> bool:
    """What of the guest still stands where the sweep went: the row, or a value that it had to lose."""
    row = _row(shop, sweep, guest)
    if not sweep.columns:
        return bool(row)
    values = {
        value for (_, table, column), value in guest.values.items() if table == sweep.table and column in sweep.columns
    }
    if not row or not values:
        raise CannotTell(f"nothing of the synthetic person in {sweep.table} can be told from nothing")
    return any(row.get(column) in values for column in sweep.columns)
