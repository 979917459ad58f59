"""What the mystery shopper's visits to retention may ask for: sweeps of synthetic rows alone, at another moment, and holds on them.

Refuses to sweep without keys: a sweep at a later moment would take what is not due yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from avow.app.desk import Desk
from avow.app.intakes_office import ShopIntakes
from avow.app.intakes_office import make_office as make_intakes
from avow.app.project import Project
from avow.app.retention import Retention, make_due, opened, sweep_one
from avow.compilers.limits import Sweep
from avow.prove.inquiry import CannotTell
from avow.prove.shopper.planting import Guest


@dataclass(frozen=True)
class ShopRetention:
    """Implements the `RetentionOffice` of the visits."""

    project: Project
    desk: Retention
    intakes: ShopIntakes

    def sweeps(self) -> Sequence[Sweep]:
        return self.desk.sweeps()[0]

    def deliver(self, sweep: Sweep, guest: Guest) -> bool:
        """The guest comes in by the way whose licence the sweep watches."""
        way = sweep.rule.removeprefix("licence of ")
        return bool(self.intakes.deliver(way, self.intakes.facts(way), [guest]).accepted)

    def due_at(self, sweep: Sweep, key: str) -> datetime:
        """From when on the row is due."""
        with opened(self.project, sweep.store, "duty") as eyes:
            far = datetime(9990, 1, 1, tzinfo=UTC)
            stands = eyes.standing(make_due(self.project, sweep, (), (key,)), far)
        if stands.oldest is None:
            raise CannotTell(f"the synthetic row of {sweep.table} has no date")
        return datetime.combine(stands.oldest, time.min, UTC) + timedelta(days=sweep.days)

    def sweep(self, sweep: Sweep, at: datetime, keys: Sequence[str]) -> int:
        if not keys:
            raise CannotTell("nothing was planted to be swept")
        return sweep_one(self.desk, sweep, at, tuple(keys))

    def hold(self, sweep: Sweep, guest: Guest) -> object:
        """A hold on the guest; None where no row of theirs is one of a person."""
        store = self.project.datamap.find_store(sweep.store)
        due = make_due(self.project, sweep, ())
        subjects = [path.subject for path in due.paths]
        found = next((k for s, t, k in guest.keys if s == sweep.store and t in subjects), "")
        table = next((t for s, t, k in guest.keys if k == found and t in subjects), "")
        if store is None or not found:
            return None
        until = datetime.now(UTC).date() + timedelta(days=400)
        return self.desk.hold(sweep.store, table, found, "synthetic", "shopper", until)

    def has_people(self, sweep: Sweep) -> bool:
        """Whether rows of the table lead to a person at all."""
        return bool(make_due(self.project, sweep, ()).paths)

    def release(self, hold: object) -> None:
        self.desk.release(hold)  # type: ignore[arg-type]


def make_office(stack: ExitStack, project: Project, desk: Desk) -> ShopRetention:
    """The office of one run of the shopper, closed with it."""
    own = Retention(project, desk.pool, desk.keys, desk.now)
    return ShopRetention(project, own, make_intakes(stack, project, desk))
