"""What one column holds: its name, type, comment and sample weighed together.

Promises: a proposal with a confidence and the reasons for it, in shares and counts. A column that reads like sentences is
free text and counts as `any.personal` until a person confirms otherwise; a JSON column gets its keys. Refuses to write down
a value of a row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from avow.datamap.detect import count_keys, find_categories, find_free_text, find_keys
from avow.datamap.evidence import NAME, given_names
from avow.datamap.model import Column
from avow.datamap.names import find_by_name, looks_like_free_text
from avow.datamap.proposal import ProposedColumn
from avow.datamap.samples import texts
from avow.stores.port import ColumnInfo

LIKELY = 0.35  # below this a category is not proposed
_STRAY = 0.005  # a category in this share of a free-text column is worth a reason
_AS_TIME = frozenset({"demographic.age", "usage.access_time", "payment.card_expiry"})
_AS_NUMBER = frozenset(
    {
        *("demographic.age", "identity.national_id", "network.usage", "location.geo", "financial.credit_information"),
        *("contact.phone", "contact.mobile", "payment.invoice"),
        *("payment.card_number", "payment.card_last4", "payment.card_expiry"),
    }
)
_MANY, _FEW = 50, 12  # a column with few different words in many rows is one of codes
_NO_TEXT = (
    "bool",
    "int",
    "bigint",
    "smallint",
    "tinyint",
    "numeric",
    "decimal",
    "real",
    "double",
    "date",
    "time",
    "interval",
)
_TEXT = ("text", "char", "citext", "enum")

# what a detector sees, and the narrower categories that a name may give the same values
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "contact.phone": ("contact.mobile", "contact.fax", "organisation.phone", "organisation.fax"),
    "contact.email": ("organisation.email", "network.email_addresses"),
    "identity.name": ("organisation.contact_name", "payment.cardholder_name", "account.profile"),
    "contact.postal_address": (
        "contact.delivery_address",
        "contact.physical_address",
        "payment.billing_address",
        "organisation.postal_address",
    ),
    "device.ip_address": ("network.ip_addresses",),
}

_CHECKABLE = frozenset(FAMILIES) | {narrow for narrower in FAMILIES.values() for narrow in narrower}


def propose_column(info: ColumnInfo, values: list[Any] | None, row_category: str = "") -> ProposedColumn:
    """`values` None: not sampled. `row_category` is what free text in this table is, going by the table's name."""
    kind = info.type.lower()
    if "json" in kind or (values and _is_json(values)):
        return _propose_keys(info, values or [])
    if kind.startswith(("inet", "cidr")):
        return _found(info, {"device.ip_address": 0.9}, ("the type is for network addresses",))
    named = dict(find_by_name(info.name, info.comment))
    if is_text(info):
        return _propose_text(info, values, named, row_category)
    if kind.startswith(("bool", "tinyint(1)")):
        named = {c: w for c, w in named.items() if c == "marketing.preferences"}
    elif kind.startswith(_NO_TEXT):
        named = {c: w for c, w in named.items() if c in (_AS_TIME if kind.startswith(("date", "time")) else _AS_NUMBER)}
    found = _found(info, named, tuple(f"the name points at `{c}`" for c in named))
    if named or not kind.startswith(_NO_TEXT):
        return found
    return replace(found, confidence=0.8, reasons=("the type holds no text, and the name points at nothing personal",))


def is_text(info: ColumnInfo) -> bool:
    return any(word in info.type.lower() for word in _TEXT)


def _propose_text(
    info: ColumnInfo, values: list[Any] | None, named: dict[str, float], row_category: str
) -> ProposedColumn:
    seen = dict(find_categories(texts(values))) if values else {}
    sentences = find_free_text(texts(values)) if values else 0.0
    by_name = looks_like_free_text(info.name) and not named and not _are_codes(values)
    if sentences >= 0.25 or by_name:
        return _propose_free_text(info, values, seen, sentences, row_category)
    scores, reasons = _weigh(named, seen, values)
    found = _found(info, scores, reasons)
    if not (named or seen or row_category.startswith("communication.")) and _are_codes(values):
        words = f"at most {_FEW} different single words in {len(values or [])} sampled values"
        return replace(found, confidence=0.8, reasons=(words,))
    return found


def _are_codes(values: list[Any] | None) -> bool:
    """Few different single words in many rows: a status, a kind, a country."""
    if not values or len(values) < _MANY:
        return False
    different = set(texts(values))
    return len(different) <= _FEW and not any(" " in text.strip() for text in different)


def _weigh(
    named: dict[str, float], seen: dict[str, float], values: list[Any] | None
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Name and sample together: each is evidence of its own; a name that the sample does not bear out counts half."""
    reasons = [f"the name points at `{category}`" for category in named]
    scores: dict[str, float] = {}
    for category, share in seen.items():
        if share < 0.2:
            continue
        narrower = next((n for n in named if n in FAMILIES.get(category, ())), category)
        reasons.append(f"{share:.0%} of {len(values or [])} sampled values look like `{category}`")
        scores[narrower] = 1 - (1 - 0.9 * share) * (1 - named.get(narrower, 0.0))
    for category, weight in named.items():
        if category in scores or scores.keys() & {s for s, f in FAMILIES.items() if category in f}:
            continue
        contradicted = bool(values) and category in _CHECKABLE and not _has_shape(category, values or [])
        scores[category] = weight / 2.5 if contradicted else weight
        reasons += ["the sample does not look like it"] if contradicted else []
    return scores, tuple(reasons)


def _has_shape(category: str, values: list[Any]) -> bool:
    """Most names of people are on no list: two words with capitals are enough where the column's name says so."""
    names = category in ("identity.name", *FAMILIES["identity.name"])
    return names and sum(bool(NAME.shape.fullmatch(text.strip())) for text in texts(values)) >= 0.6 * len(values)


def _propose_free_text(
    info: ColumnInfo, values: list[Any] | None, seen: dict[str, float], sentences: float, row_category: str
) -> ProposedColumn:
    reasons = [f"{sentences:.0%} of {len(values)} sampled values read like sentences"] if values else []
    reasons += [] if values else ["the name is that of free text; not sampled"]
    reasons += [f"inside: {share:.1%} hold `{c}`" for c, share in sorted(seen.items()) if share >= _STRAY]
    reasons += [f"if nothing else may stand here: free_text: [{row_category}]"] if row_category else []
    column = Column(info.name, frozenset({"any.personal"}), free_text=True, confirmed=False)
    return ProposedColumn(column, 0.9 if sentences >= 0.5 else 0.6, tuple(reasons))


def _propose_keys(info: ColumnInfo, values: list[Any]) -> ProposedColumn:
    """A key may itself be data (a map from addresses to counts): keys that look like values are not written."""
    keys: dict[str, frozenset[str]] = {}
    counts = count_keys(values)
    hidden = 0
    for key, shares in find_keys(values).items():
        if not _is_written_key(key, counts[key], len(values)):
            hidden += 1
            continue
        scores, _ = _weigh(dict(find_by_name(key.rpartition(".")[2])), dict(shares), [""])
        keys[key] = frozenset(c for c, score in scores.items() if score >= LIKELY)
    personal = sorted({c for found in keys.values() for c in found})
    reasons = [f"JSON with {len(keys)} keys in {len(values)} sampled values"]
    reasons += [f"{hidden} keys look like values and are not written here"] if hidden else []
    reasons += [f"keys hold {', '.join(f'`{c}`' for c in personal)}"] if personal else []
    if keys and not hidden:
        return ProposedColumn(Column(info.name, keys=keys, confirmed=False), 0.6, tuple(reasons))
    column = Column(info.name, frozenset({"any.personal"}), free_text=True, confirmed=False)
    return ProposedColumn(column, 0.5, (*reasons, "an open JSON column counts as `any.personal`"))


def _is_written_key(key: str, count: int, total: int) -> bool:
    """A word of the program's, not of a person: short, of letters, no name, and in more than one of many objects."""
    words = re.split(r"[._-]", key.lower())
    plain = len(key) <= 40 and key.replace(".", "_").replace("-", "_").isidentifier()
    rare = total >= _MANY and count < 2
    return plain and not rare and not find_categories([key]) and not given_names().intersection(words)


def _found(info: ColumnInfo, scores: Mapping[str, float], reasons: tuple[str, ...]) -> ProposedColumn:
    likely = {category: score for category, score in scores.items() if score >= LIKELY}
    column = Column(info.name, frozenset(likely), confirmed=False)
    unsure = max(scores.values(), default=0.0)
    confidence = max(likely.values()) if likely else 1 - max(unsure, 0.4)
    return ProposedColumn(column, round(confidence, 2), reasons or ("nothing personal was recognised",))


def _is_json(values: list[Any]) -> bool:
    """Text columns that hold JSON objects (MariaDB's JSON is such a column)."""
    shown = [v for v in values if isinstance(v, str) and v.strip()]
    return bool(shown) and all(v.lstrip().startswith("{") and v.rstrip().endswith("}") for v in shown)
