"""What somebody put into the schemas of Avow's own, as the compilers name it: what can be seen through, and what cannot. Pure.

A planted view or routine is read like any other, and breaks what it leads to. A trigger, a rule or a right to change what decides
about rows makes the controls others than apply left them. What a planted table holds, and what its readers learn from the tables in
which Avow keeps people's choices, no map says: nothing is called kept while it stands. Refuses to judge by a name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from avow.prove.scene import Drift, PairRights, StoreScene

_PLANTED = "planted-"
CHANGED = frozenset({"planted-trigger", "planted-rule", "planted-grant"})  # the controls are no longer what was applied
_HOME = "in a schema of Avow's own"


def names_of(store: StoreScene, *kinds: str) -> list[str]:
    """The names of what was planted of these kinds: view, routine, table, trigger, rule, grant, read, default."""
    wanted = {f"{_PLANTED}{kind}" for kind in kinds}
    return [d.key.partition(":")[2] for d in store.drift if d.kind in wanted]


def say_planted(drift: Drift) -> str:
    kind, _, name = drift.key.removeprefix(_PLANTED).partition(":")
    return f"apply did not make the {kind} `{name}`, {_HOME}"


def unreadable(store: StoreScene) -> str:
    """Why it is not known who sees what; "" where everything planted can be read."""
    found = [f"the table `{name}` stands {_HOME} and apply did not make it" for name in names_of(store, "table")]
    found += [f"apply did not give {name}, where Avow keeps what people chose" for name in names_of(store, "read")]
    return "; ".join(found[:3])


def harmless(store: StoreScene) -> list[str]:
    """What stands there and shows nothing by itself, for the limits of a verdict."""
    found = [f"`{name}` stands {_HOME}, and apply did not make it" for name in names_of(store, "view", "routine")]
    return found + [
        f"whatever is made in Avow's schemas gives {name} by default" for name in names_of(store, "default")
    ]


def rights_as_found(store: StoreScene) -> tuple[PairRights, ...]:
    """The declared rights without the views of groups that are not as apply left them: such a view is read like any other."""
    altered = {d.key for d in store.drift if d.kind == "view"}
    return tuple(
        replace(r, aggregates=tuple(a for a in r.aggregates if f"view:{r.schema}.{a.name}" not in altered))
        for r in store.rights
    )


def stands_on(drift: Drift, tables: Iterable[str]) -> bool:
    """Whether a planted trigger or rule stands on a pair's view of one of the tables, or on what all controls lean on."""
    place = drift.key.rpartition(" on ")[2].partition(" to ")[0]
    if drift.kind == "planted-grant" or not place.startswith("av_p"):
        return True
    return place.rpartition(".")[2] in {table.rpartition(".")[2] for table in tables}
