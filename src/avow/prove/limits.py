"""The one sentence that every verdict carries: what was tried, where, when, and who could still go round it.

Pure. Refuses to be longer than the facts: repeated parts are said once, long lists are cut with their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from avow.prove.inquiry import Outcome
from avow.prove.verdict import COULD_NOT, LEVELS

_TRIED = {
    "catalogue": "rights and definitions were read",
    "trial": "forbidden and permitted uses were tried in transactions that were rolled back",
    "canary": "synthetic people with known choices were planted and looked for",
    "document": "a declaration or document was read",
}


def limits_sentence(outcomes: Sequence[Outcome], stores: Iterable[str], cannot_show: Iterable[str], own: str) -> str:
    """One sentence, or "" when nothing was tried; `own` is the sentence that a person wrote, added at the end."""
    parts = [
        _tried(outcomes, tuple(stores)),
        *_unique(part for o in outcomes for part in o.limits),
        *_unique(cannot_show),
    ]
    generated = "; ".join(part for part in parts if part)
    return " ".join(part for part in (f"{generated}." if generated else "", own) if part)


def _tried(outcomes: Sequence[Outcome], stores: tuple[str, ...]) -> str:
    ran = [o.probe for o in outcomes if o.probe.result != COULD_NOT]
    if not ran:
        return "nothing could be tried" if outcomes else ""
    words = [_TRIED[level] for level in LEVELS if any(p.level == level for p in ran)]
    where = f" in {', '.join(f'`{s}`' for s in stores)}" if stores else ""
    return f"{', '.join(words)}{where} at {max(p.at for p in ran)}"


def _unique(parts: Iterable[str]) -> list[str]:
    return [part for part in dict.fromkeys(parts) if part]
