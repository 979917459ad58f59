"""The published policy, version by version; with what the last check found, where the company publishes that.

Shows the words exactly as published. Verdicts come from the last finished check of that version and carry its date; without
the company's switch (`centre.publish_verdicts`) nothing of a check is shown or fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from avow.control import notices
from avow.control.publishing import LOOKED_INTO, find_shown
from avow.policy import PolicyVersion, read_versions
from avow.policy.promise import Sentence
from avow.prove.verdicts import weakest
from avow.vocabulary import load_vocabulary
from avow.web.centre import words
from avow.web.doors import lend, now

_LIST = re.compile(r"^\s*(?:[-*+\u2022]|\d+[.)])\s+")
_HEADING = re.compile(r"\s*(#{1,4})\s+(.*)")
_EMPHASIS = re.compile(r"\*\*(.+?)\*\*|__(.+?)__|\*(.+?)\*")


@dataclass(frozen=True)
class Piece:
    """A sentence as it is shown. `verdict` "" where none is published."""

    text: str
    verdict: words.Text = ""
    tone: str = ""


@dataclass(frozen=True)
class Block:
    """A heading (`level` 1 to 4), an item of a list, or a paragraph."""

    kind: str
    pieces: tuple[Piece, ...]
    level: int = 0


@require_GET
def show(request: HttpRequest, version: str = "") -> HttpResponse:
    """The version in force, or an older one."""
    versions = list_versions()
    in_force = find_in_force()
    wanted = version or in_force
    found = next((one for one in versions if one.version == wanted), None)
    if found is None:
        raise Http404
    published = settings.AVOW.desk.publish_verdicts and found.version == in_force
    verdicts, checked_at = find_verdicts(found.version) if published else ({}, None)
    context = {
        "version": found,
        "in_force": found.version == in_force,
        "not_yet": any(one.version == in_force and one.published < found.published for one in versions),
        "blocks": list(list_blocks(found, verdicts)),
        "versions": sorted(versions, key=lambda one: one.published, reverse=True),
        "checked_at": checked_at,
        "meanings": words.VERDICTS.values() if verdicts else (),
    }
    return render(request, "centre/policy.html", context)


def find_in_force() -> str:
    """What was published last and has taken effect; where nothing was published, what avow.toml said at the start."""
    with lend() as control:
        return notices.find_in_force(control, settings.AVOW.company, now().date()) or settings.AVOW.in_force


@lru_cache(maxsize=1)
def _read(state: tuple[tuple[str, int], ...]) -> tuple[PolicyVersion, ...]:
    return read_versions(settings.AVOW.project, settings.AVOW.company, load_vocabulary())


def list_versions() -> tuple[PolicyVersion, ...]:
    """Every published version of the project's folder; read again when a file there changed."""
    folder = settings.AVOW.project
    files = sorted([*folder.glob("policy/*.md"), *folder.glob("promises/*.yaml")])
    return _read(tuple((str(path), path.stat().st_mtime_ns) for path in files)) if files else ()


def find_verdicts(version: str) -> tuple[dict[str, str], datetime | None]:
    """Promise -> what the company lets customers see of the last check of that version, and when it ran."""
    with lend() as control:
        shown = find_shown(control, settings.AVOW.company, version, now())
    return dict(shown.verdicts), shown.checked_at if shown.verdicts else None


def list_blocks(version: PolicyVersion, verdicts: Mapping[str, str]) -> Iterator[Block]:
    """The text in blocks, each sentence with its verdict: the weakest of the promises that it makes."""
    yield from list_blocks_of(version.text, version.sentences, verdicts)


def list_blocks_of(text: str, sentences: Sequence[Sentence], verdicts: Mapping[str, str]) -> Iterator[Block]:
    """As `list_blocks`, of any registered text."""
    for start, end in _spans(text):
        inside = [one for one in sentences if start <= one.start < end]
        if inside:
            yield _block(text[start:end], inside, verdicts)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """From where to where each block goes: headings, items of lists and what empty lines part stand alone."""
    start = at = 0
    for line in text.splitlines(keepends=True):
        begins = not line.strip() or line.startswith("#") or _LIST.match(line)
        if begins and at > start:
            yield start, at
            start = at
        at += len(line)
        if line.startswith("#"):
            yield start, at
            start = at
    yield start, at


def _block(raw: str, inside: list[Sentence], verdicts: Mapping[str, str]) -> Block:
    heading = _HEADING.match(raw)
    if heading:
        return Block("heading", (Piece(heading[2].strip()),), len(heading[1]))
    pieces = tuple(_piece(one, verdicts) for one in inside)
    return Block("item" if _LIST.match(raw) else "paragraph", pieces)


def _piece(sentence: Sentence, verdicts: Mapping[str, str]) -> Piece:
    found = [verdicts[name] for name in sentence.promises if name in verdicts]
    text = _EMPHASIS.sub(lambda m: m[1] or m[2] or m[3], _LIST.sub("", sentence.text))
    if not found:
        return Piece(text)
    looked_into = LOOKED_INTO in found
    verdict = LOOKED_INTO if looked_into else found[0] if len(set(found)) == 1 else weakest(found)
    says, tone = words.VERDICTS.get(verdict, words.VERDICTS["unproven"])
    return Piece(text, says, tone)
