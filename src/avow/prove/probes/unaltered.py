"""Probe of every control in the database: does it still stand as apply left it?

The compilers compare each live definition with the one that was read back right after apply; here the differences that
weaken a control on the rule's tables become findings. Indexes and statistics are no controls and break nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from avow.prove.inquiry import Finding, Inquiry, Outcome, broke, held
from avow.prove.planted import CHANGED, say_planted, stands_on
from avow.prove.scene import Drift, StoreScene

CONTROLS = frozenset(
    {
        "grant",
        "policy",
        "rls",
        "view",
        "check",
        "trigger",
        "function",
        "member",
        "inherit",
        "revoke",
        "column",
        "contract",
        *CHANGED,
    }
)
_EVERYWHERE = frozenset({"function", "member", "inherit"})


def probe_unaltered(inquiry: Inquiry, store: StoreScene, tables: Iterable[str]) -> tuple[Outcome, ...]:
    """One outcome for an applied store; none before the first apply, where the other probes tell what is open."""
    if not store.applied:
        return ()
    return (inquiry.attempt("controls-unaltered", "catalogue", partial(_compare, store, tuple(tables))),)


def _compare(store: StoreScene, tables: tuple[str, ...]) -> Finding:
    found = [drift for drift in store.drift if drift.kind in CONTROLS and _concerns(drift, tables)]
    if found:
        words = "; ".join(say_planted(d) if d.kind in CHANGED else f"`{d.key}` is {d.found}" for d in found[:4])
        rest = f"; and {len(found) - 4} more" if len(found) > 4 else ""
        return broke(f"in store `{store.name}` controls are not as apply left them: {words}{rest}", _repairs(found))
    return held(f"in store `{store.name}` every control on {len(tables)} tables stands as apply left it")


def _repairs(found: Iterable[Drift]) -> tuple[str, ...]:
    planted = {d.kind in CHANGED for d in found}
    drop = ("drop what apply did not make, or take it back",) if True in planted else ()
    return (*drop, *(("run avow doctor --repair",) if False in planted else ()))


def _concerns(drift: Drift, tables: tuple[str, ...]) -> bool:
    """Whether the object belongs to one of the tables, or to all of them."""
    if drift.kind in _EVERYWHERE:
        return True
    if drift.kind in CHANGED:
        return stands_on(drift, tables)
    parts = drift.key.split(":")
    bare = {table.rpartition(".")[2] for table in tables}
    return any(part in tables for part in parts) or (drift.kind == "view" and parts[-1].rpartition(".")[2] in bare)
