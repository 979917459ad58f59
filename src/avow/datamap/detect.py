"""What a sample of values looks like: categories with the share of the sample that shows them, and free text.

Promises: a share is what is left after the passes that chance alone would give are subtracted: a column of long order
numbers of which one in ten passes a check digit shows no card numbers. Values go in, categories and shares come out;
nothing of a value is kept, returned or logged. Refuses certainty: a share of 0 says that nothing was recognised, not that
nothing personal is there.
Source: architecture, "Personal-data detection" (checksums are weak evidence).
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from avow.datamap.evidence import DETECTORS, NAME, Detector

LONGEST = 4_000  # characters of one value that are looked at; the rest is not searched
_ANY_HINT = re.compile(r"[@\d]|-----BEGIN|\$|[A-Z]\w+ [A-Z]|[a-z](?:straße|strasse|weg|gasse|platz) ")
_WORD = re.compile(r"[^\W\d_]{2,}")


def find_categories(values: Iterable[str]) -> Mapping[str, float]:
    """Category -> share (0..1] of the non-empty values that hold it, corrected for chance. Only what was found."""
    passed: Counter[str] = Counter()
    failed: Counter[tuple[str, float]] = Counter()
    total = 0
    for value in values:
        if text := value.strip()[:LONGEST]:
            total += 1
            _look_at(text, passed, failed)
    found = {}
    for category, passes in passed.items():
        by_chance = sum(n * c / (1 - c) for (name, c), n in failed.items() if name == category)
        if (share := (passes - by_chance) / total) > 0:
            found[category] = min(1.0, share)
    return found


def _look_at(text: str, passed: Counter[str], failed: Counter[tuple[str, float]]) -> None:
    if not _ANY_HINT.search(text):
        return
    seen: set[str] = set()
    for detector in DETECTORS:
        text = _mask(text, detector, seen, failed)
    if NAME.shape.fullmatch(text):
        if NAME.check(text):
            seen.add(NAME.category)
        else:
            failed[NAME.category, NAME.chance] += 1
    passed.update(seen)


def _mask(text: str, detector: Detector, seen: set[str], failed: Counter[tuple[str, float]]) -> str:
    """Marks what passes as seen and takes it out of the text; a value counts once, however often it passes."""
    found = [m for m in detector.shape.finditer(text)]
    passing = [m for m in found if detector.check(m.group().strip())]
    if passing:
        seen.add(detector.category)
    elif found:
        failed[detector.category, detector.chance] += 1
    for match in reversed(passing):
        text = f"{text[: match.start()]} ; {text[match.end() :]}"
    return text


def find_free_text(values: Iterable[str]) -> float:
    """The share (0..1) of the non-empty values that read like sentences: six words or more, with small ones between."""
    total = long = 0
    for value in values:
        if text := value.strip()[:LONGEST]:
            total += 1
            words = _WORD.findall(text)
            long += len(words) >= 6 and sum(w.islower() for w in words) >= len(words) / 2
    return long / total if total else 0.0


def find_keys(values: Iterable[Any]) -> Mapping[str, Mapping[str, float]]:
    """The keys of JSON objects (nested ones as `a.b`) with what their values look like; values may be texts or parsed."""
    texts: dict[str, list[str]] = defaultdict(list)
    for value in values:
        _collect(_parsed(value), "", texts)
    return {key: find_categories(found) for key, found in sorted(texts.items())}


def count_keys(values: Iterable[Any]) -> Mapping[str, int]:
    """Key -> in how many of the JSON objects it stands."""
    found: Counter[str] = Counter()
    for value in values:
        texts: dict[str, list[str]] = defaultdict(list)
        _collect(_parsed(value), "", texts)
        found.update(texts.keys())
    return found


def _parsed(value: Any) -> Any:
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _collect(value: Any, key: str, texts: dict[str, list[str]]) -> None:
    if isinstance(value, dict):
        for name, below in value.items():
            _collect(below, f"{key}.{name}" if key else str(name), texts)
    elif isinstance(value, list):
        for below in value[:20]:
            _collect(below, key, texts)
    elif key:
        texts[key] += [str(value)] if value not in (None, "") else []
