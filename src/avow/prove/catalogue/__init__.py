"""The rule catalogue: exactly one entry per rule kind, with its compilers, probes, sabotages and limits.

`entries()` gives all of them in the order of `RULE_KINDS`; `get_entry(kind)` one. docs/reference/rules.md is generated
from here by `python -m avow.prove.catalogue`. Refuses a rule kind without an entry.
"""

from __future__ import annotations

from avow.policy.promise import RULE_KINDS
from avow.prove.catalogue.access import FORBID, PERMIT
from avow.prove.catalogue.entry import Entry
from avow.prove.catalogue.requirements import CHOICE, FIELD, INVENTORY, PLACE, SOURCE, VERSION
from avow.prove.catalogue.word import ATTEST, BOUND, DUTY, OBSERVE, RIGHT

_ALL = (PERMIT, FORBID, SOURCE, FIELD, CHOICE, INVENTORY, PLACE, VERSION, BOUND, DUTY, RIGHT, OBSERVE, ATTEST)
_BY_KIND = {entry.kind: entry for entry in _ALL}

__all__ = ["Entry", "entries", "get_entry"]


def entries() -> tuple[Entry, ...]:
    """Every entry, in the order of the rule kinds. Raises KeyError if a kind has none."""
    return tuple(_BY_KIND[kind] for kind in RULE_KINDS)


def get_entry(kind: str) -> Entry:
    """The entry of `kind`. Raises KeyError for a kind that does not exist."""
    return _BY_KIND[kind]
