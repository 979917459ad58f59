"""Reads `exceptions.yaml`: promises that are knowingly not kept for a while, each with its reason and its last day.

Refuses a day that is none and a promise that no version has: an exception that nobody notices would except nothing, and one
that never ends would be a second policy. Every mistake is told at once, with its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from avow.errors import Collector, Place, PolicyError
from avow.policy import PolicyVersion
from avow.prove.scene import ExceptionNote
from avow.yamlplaces import Node, did_you_mean, read_yaml

FILE = "exceptions.yaml"
_KEYS = ("reason", "expires")
_SO = "no exception is in force, and nothing is checked"


def read_exceptions(folder: Path, versions: Iterable[PolicyVersion]) -> tuple[ExceptionNote, ...]:
    """`exceptions: {promise id: {reason: ..., expires: YYYY-MM-DD}}`; none where there is no such file. The promise may stand in
    any of `versions`; without versions (they could not be read) nobody can say which ids there are, and none is refused for that.
    Raises PolicyError with every mistake."""
    path = folder / FILE
    if not path.exists():
        return ()
    found = Collector()
    known = {promise.id for version in versions for promise in version.promises}
    try:
        node = read_yaml(path.read_text(encoding="utf-8-sig"), FILE, found)
    except UnicodeDecodeError as error:
        found.add("policy.not-utf8", Place(FILE), f"byte {error.start} is not UTF-8", "save the file as UTF-8", _SO)
        raise PolicyError(found.found) from error
    listed = node.mapping(required=("exceptions",), what="the file of exceptions").get("exceptions")
    notes = tuple(_read_one(id, one, listed, known) for id, one in listed.mapping().items()) if listed else ()
    found.raise_as(PolicyError)
    return notes


def _read_one(id: str, node: Node, listed: Node, known: set[str]) -> ExceptionNote:
    if known and id not in known:
        cause = f"there is no promise `{id}` in any version to be excepted"
        node.found.add("policy.no-such-statement", listed.key_places[id], cause, did_you_mean(id, known), _SO)
    given = node.mapping(known=_KEYS, required=_KEYS, what=f"the exception of `{id}`")
    reason = given["reason"].text() if "reason" in given else ""
    return ExceptionNote(id, reason, _day(given["expires"]) if "expires" in given else "")


def _day(node: Node) -> str:
    """As ISO text; "" for what is no day."""
    text = node.text()
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        if text.strip():
            node.add("policy.bad-date", f"`{text}` is not a day", "write the exception's last day as 2026-01-31", _SO)
        return ""
