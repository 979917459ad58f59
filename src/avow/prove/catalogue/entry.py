"""What one entry of the rule catalogue holds. Values and functions only; an entry reads nothing by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from avow.policy.promise import Rule
from avow.prove.inquiry import Inquiry, Outcome
from avow.prove.scene import Scene


@dataclass(frozen=True)
class Entry:
    """One rule kind. `means`: one sentence. `compiled`: target and construct. `controls(scene, rule)`: what keeps the
    rule, in words. `probe_names`: the stable names of its probes. `sabotages`: ids of tests in tests/sabotage.
    `cannot_show`: what no probe of this kind can ever show; `beside`: the short form for the limits sentence."""

    kind: str
    means: str
    compiled: tuple[str, ...]
    controls: Callable[[Scene, Rule], tuple[str, ...]]
    probes: Callable[[Inquiry, Rule], tuple[Outcome, ...]]
    probe_names: tuple[str, ...]
    sabotages: tuple[str, ...]
    cannot_show: str
    beside: str = ""
