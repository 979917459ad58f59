"""A visit to every sweep: a row that is not due stays, one that is due goes or loses its values, and one under a hold stays until
the hold is released.

The sweep is the real one, told of synthetic keys and another moment. Refuses to believe its count: it looks at the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from avow.prove.inquiry import CannotTell
from avow.prove.shopper.planting import Guest, new_guest
from avow.prove.shopper.shop import Saw, Shop, judged

DUTY = "retention"
SHOWN = ("swept", "young-stay", "held-stay")


class RetentionOffice(Protocol):
    """Sweeps of synthetic rows. A sweep has `rule`, `store`, `table`, `by_licence` and `columns`."""

    def sweeps(self) -> Sequence[Any]: ...
    def deliver(self, sweep: Any, guest: Guest) -> bool: ...
    def due_at(self, sweep: Any, key: str) -> datetime: ...
    def sweep(self, sweep: Any, at: datetime, keys: Sequence[str]) -> int: ...
    def hold(self, sweep: Any, guest: Guest) -> object: ...
    def release(self, hold: object) -> None: ...


def visit_retention(shop: Shop) -> Iterator[Saw]:
    """Each sweep of the policy and of the ways in, where a synthetic person can stand in its table."""
    office: RetentionOffice = shop.office_of(DUTY)
    wrong: dict[str, list[str]] = {word: [] for word in SHOWN}
    tried, unseen, held = 0, [], 0
    for sweep in office.sweeps():
        guests = (new_guest(), new_guest())
        if not all(_comes_in(shop, office, sweep, guest) for guest in guests):
            unseen.append(sweep.table)
            continue
        tried += 1
        held += _try_sweep(shop, office, sweep, guests, wrong)
    if not tried:
        raise CannotTell("no synthetic person can stand in a table that a time limit reaches")
    left = f"; not tried, for no way in plants there: {', '.join(sorted(set(unseen)))}" if unseen else ""
    yield judged("swept", wrong["swept"], f"{tried} sweeps took what was due, looked at row by row{left}")
    yield judged(
        "young-stay", wrong["young-stay"], f"{tried} sweeps left what was not due yet as it was, column by column"
    )
    if not held:
        raise CannotTell("no planted row leads to a person who could be held")
    yield judged("held-stay", wrong["held-stay"], f"{held} held rows stayed, and went when the hold was released")


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
