"""What a routine with its owner's rights leads to: its text, that of the routines it calls, and the views they name.

Pure. A text can be seen through only while it is SQL that stands there: one that builds its statements as it runs, or is
written in a language whose text says nothing about tables, is *opaque*. What an opaque one reaches cannot be read, so no access
promise about anything its owner reaches is called kept while somebody undeclared may execute it.
Source: decision 0014. Refuses to guess what a built statement says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from avow.prove.live import Live, LiveRoutine
from avow.prove.scope import Field

SEEN_THROUGH = ("sql", "plpgsql")
_BUILDS = re.compile(
    r"\bEXECUTE\b(?!\s+(FUNCTION|PROCEDURE)\b)"
    r"|\b(query|cursor|table|schema|database)_to_xml\w*\s*\(|\bquery_to_\w+\s*\(|\bdblink\w*\s*\(|\bcrosstab\w*\s*\(|\bts_stat\s*\(",
    re.IGNORECASE,
)
_FILES = re.compile(
    r"\bpg_read_(binary_)?file\s*\(|\bpg_file_read\s*\(|\blo_(import|get)\s*\(|\bloread\s*\(|\bpg_logical_slot_(get|peek)\w*\s*\("
    r"|\bCOPY\b[^;]*?\bFROM\s+(PROGRAM\b|')",
    re.IGNORECASE,
)
_STATISTICS = re.compile(
    r"\b(pg_stats|pg_stats_ext|pg_stats_ext_exprs|pg_statistic|pg_statistic_ext_data)\b", re.IGNORECASE
)
_NO_ALIAS = (
    "where|join|inner|left|right|full|cross|natural|on|using|group|order|limit|offset|fetch|union|except|intersect|set|values"
    "|returning|for|tablesample|window|having|loop|select|default|overriding|as|into|is|then|and|or|not|end|when|do|from|with"
)
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def whole_text(live: Live, routine: LiveRoutine) -> str:
    """The routine's text with that of every routine that it calls, directly or through others, without comments."""
    return "\n".join(_COMMENTS.sub(" ", one.definition) for one in _called(live, routine))


def without_comments(text: str) -> str:
    return _COMMENTS.sub(" ", text)


def builds(text: str) -> bool:
    """Whether a text without comments builds statements as it runs."""
    return bool(_BUILDS.search(text))


def why_opaque(live: Live, routine: LiveRoutine) -> str:
    """Why its text does not say what it reaches; "" where it does."""
    for one in _called(live, routine):
        through = "" if one is routine else f" through {one.name}"
        if one.language not in SEEN_THROUGH:
            return f"is written in {one.language}{through}"
        if _BUILDS.search(_COMMENTS.sub(" ", one.definition)):
            return f"builds its statements as it runs{through}"
        if _FILES.search(_COMMENTS.sub(" ", one.definition)):
            return f"reads files, large objects or changes of the server{through}"
    return ""


def speaks_of(text: str, one: Field, through: Mapping[str, frozenset[Field]]) -> bool:
    """Whether the text names the table, and the column, every column or a whole row; or a view that shows the column; or the
    server's statistics, which hold values. `through`: the bare name of each view -> what it reads."""
    table = one.table.rpartition(".")[2]
    if _names(text, table) and (_names(text, one.column) or "*" in text or _hands_on_rows(text, table)):
        return True
    if _STATISTICS.search(text):
        return True
    return any(one in fields and _names(text, view) for view, fields in through.items())


@cache
def _hands_on_rows(text: str, table: str) -> bool:
    """Whether a row of the table is used as one value: by its name, or by another that the text gives it."""
    name = re.escape(table)
    if re.search(rf"[(,]\s*{name}\s*(?:[,)]|::)|\bTABLE\s+(?:\w+\.)?{name}\b|\bSELECT\s+{name}\b", text, re.IGNORECASE):
        return True
    aliases = re.findall(rf"\b{name}\b\"?\s+(?:AS\s+)?(?!(?:{_NO_ALIAS})\b)(\w+)", text, re.IGNORECASE)
    return any(len(re.findall(rf"(?<![\w.]){alias}\b(?!\s*\.)", text, re.IGNORECASE)) > 1 for alias in set(aliases))


def shown_through(live: Live) -> dict[str, frozenset[Field]]:
    """The bare name of each view -> the governed columns that it reads, through any number of views."""
    found: dict[str, set[Field]] = {}
    for view, table, column in live.shown:
        found.setdefault(view.rpartition(".")[2], set()).add(Field(table, column))
    return {view: frozenset(fields) for view, fields in found.items()}


def _called(live: Live, routine: LiveRoutine) -> Iterable[LiveRoutine]:
    found, waiting = [routine], [routine]
    while waiting:
        text = _COMMENTS.sub(" ", waiting.pop().definition)
        for other in live.helpers:
            bare = other.name.partition("(")[0].rpartition(".")[2]
            if other not in found and re.search(rf"\b{re.escape(bare)}\s*\(", text):
                found.append(other)
                waiting.append(other)
    return found


def _names(text: str, word: str) -> bool:
    return bool(_word(word).search(text))


@cache
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
