"""Reads shopper.yaml: by which ways in the synthetic person comes, and what would leave the house because of it.

Every mistake at once, with line and column. Refuses a way in whose mails, invoices and webhooks nobody declared: a
synthetic order that sends a real engineer would be no test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from avow.errors import Collector, ControlError, Place
from avow.yamlplaces import Node, did_you_mean, read_yaml

EFFECTS: tuple[str, ...] = ("mail", "invoice", "webhook")
GOES: tuple[str, ...] = ("none", "harmless", "sink")
_SO = "the mystery shopper does not start, and the rights that it would prove stay unproven"


@dataclass(frozen=True)
class Intake:
    """One way in. `rows`: table -> column -> value, in the order of planting; "{neighbour}" in a value stands for the key
    of the second synthetic person in the table that the column leads to. `bought`: a list from outside, used again after
    an objection. `effects`: what leaves the house -> none | harmless | sink."""

    name: str
    store: str
    rows: Mapping[str, Mapping[str, str]]
    recognised_by: str
    effects: Mapping[str, str]
    bought: bool = False
    correspondent: bool = False  # the person is known only by an address in these rows
    only: str = ""  # a duty for whose visits alone the person comes in this way; "" for all


@dataclass(frozen=True)
class Brief:
    """What the shopper may do. `jurisdictions`: profile names to ask under; `audience`: purposes that an objection must
    close, each seen through the pairs of the data map."""

    intakes: tuple[Intake, ...]
    jurisdictions: tuple[str, ...] = ("uk",)
    audience: tuple[str, ...] = ("marketing",)
    skip: Mapping[str, str] = field(default_factory=dict)  # right or duty -> why it is not exercised here
    at: time | None = None  # the hour (UTC) of the daily run of `avow work`; None: whoever calls `avow shopper run`


def read_brief(project: Path, stores: Mapping[str, tuple[str, ...]]) -> Brief:
    """`stores`: store name -> the probe levels that it consents to. Raises ControlError with every mistake."""
    path = project / "shopper.yaml"
    found = Collector()
    if not path.exists():
        found.add(
            "shopper.no-brief",
            Place("shopper.yaml"),
            "nobody has said how a synthetic person may come in",
            "write shopper.yaml: see docs/howto/mystery-shopper.md",
            _SO,
        )
        raise ControlError(found.found)
    top = read_yaml(path.read_text(encoding="utf-8"), path.name, found).mapping(
        known=("intakes", "jurisdictions", "audience", "skip", "at"), required=("intakes",), what="shopper.yaml"
    )
    intakes = top["intakes"].mapping() if "intakes" in top else {}
    read = tuple(_intake(name, node, stores) for name, node in intakes.items())
    brief = Brief(
        read,
        top["jurisdictions"].texts() if "jurisdictions" in top else ("uk",),
        top["audience"].texts() if "audience" in top else ("marketing",),
        {k: v.text() for k, v in top["skip"].mapping().items()} if "skip" in top else {},
        _hour(top["at"]) if "at" in top else None,
    )
    found.raise_as(ControlError)
    return brief


def _intake(name: str, node: Node, stores: Mapping[str, tuple[str, ...]]) -> Intake:
    known = ("store", "rows", "recognised_by", "effects", "bought", "correspondent", "only")
    given = node.mapping(known=known, required=("store", "rows", "recognised_by"), what=f"intake `{name}`")
    store = given["store"].text() if "store" in given else ""
    if store:
        _check_store(store, given["store"], stores)
    rows = given["rows"].mapping() if "rows" in given else {}
    return Intake(
        name,
        store,
        {table: {c: v.text(empty=True) for c, v in values.mapping().items()} for table, values in rows.items()},
        given["recognised_by"].text() if "recognised_by" in given else "",
        _effects(name, given.get("effects"), node),
        given["bought"].flag() if "bought" in given else False,
        given["correspondent"].flag() if "correspondent" in given else False,
        given["only"].text() if "only" in given else "",
    )


def _hour(node: Node) -> time | None:
    text = node.text()
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        node.add("shopper.bad-hour", f"`{text}` is no time of day", 'write hours and minutes in UTC: at: "03:30"', _SO)
        return None


def _check_store(store: str, at: Node, stores: Mapping[str, tuple[str, ...]]) -> None:
    if store not in stores:
        at.add("shopper.unknown-store", f"there is no store `{store}`", did_you_mean(store, stores), _SO)
    elif "canary" not in stores[store]:
        at.add(
            "shopper.no-consent",
            f"store `{store}` does not consent to committed synthetic people",
            f'add "canary" to [stores.{store}] levels in avow.toml, or run the shopper on a restored clone',
            _SO,
        )


def _effects(name: str, node: Node | None, at: Node) -> dict[str, str]:
    given = (
        {k: v.text() for k, v in node.mapping(known=EFFECTS, what=f"the effects of `{name}`").items()} if node else {}
    )
    missing = [effect for effect in EFFECTS if effect not in given]
    if missing:
        at.add(
            "shopper.effects-undeclared",
            f"intake `{name}` does not say what becomes of: {', '.join(missing)}",
            f"declare each as one of {', '.join(GOES)}; `sink` means that it is caught before it leaves",
            _SO,
        )
    for effect, goes in given.items():
        if goes not in GOES and node is not None:
            cause = f"`{effect}: {goes}` would reach somebody"
            node.add("shopper.effects-undeclared", cause, f"write one of {', '.join(GOES)}", _SO)
    return given
