"""What the console reads of a case beside the desk: decisions for those who may not see values, and the draft of an answer.

The draft is what the person would get, byte for byte; reading it is recorded as a look, once for each file. Refuses to give values
of a draft as anything but the draft itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from avow.app.desk import Desk
from avow.app.desk_staff import REQUEST
from avow.control import answers, cases
from avow.control.answers import CHUNK, KeptFile
from avow.control.cases import DecisionRow
from avow.duties.rights.deciding import EVERY_ROW
from avow.duties.rights.model import Actor
from avow.duties.rights.moves import get_locked

LARGEST_DRAFT = 32 * CHUNK  # above it the values are looked at in the preview, page by page of the answer itself


@dataclass(frozen=True)
class DraftItem:
    """One value of the draft. `place` is (store, table, row, column); `decision` mask, show or ""."""

    number: int
    place: tuple[str, str, str, str]
    categories: tuple[str, ...]
    value: str
    masked: str
    found_by: str
    source: str
    decision: str


@dataclass(frozen=True)
class Draft:
    """The values of a draft, with what was taken out and what the answer lacks. `too_large`: only the files are shown."""

    items: tuple[DraftItem, ...] = ()
    redactions: Sequence[Mapping[str, Any]] = ()
    missing: Mapping[str, Sequence[str]] | None = None
    too_large: bool = False


def decisions_of(desk: Desk, request_id: UUID) -> tuple[DecisionRow, ...]:
    """What staff decided: names, codes and times; no value."""
    with desk.session() as session:
        return tuple(cases.get_decisions(session, request_id))


def find_draft_file(desk: Desk, request_id: UUID, name: str) -> KeptFile | None:
    with desk.session() as session:
        draft = answers.find_draft(session, request_id)
        found = answers.list_files(session, draft.id) if draft else ()
    return next((file for file in found if file.name == name), None)


def read_draft(
    desk: Desk, request_id: UUID, name: str, staff: Actor, role: str, departments: Sequence[str] = ()
) -> Iterator[bytes]:
    """The bytes of one file of the draft, chunk by chunk. Recorded as a look before the first byte."""
    with desk.session() as session:
        row = get_locked(session, request_id)
        cases.record_look(session, row.subject, request_id, staff.ref, role, REQUEST, f"answer {name}", departments)
        draft = answers.find_draft(session, request_id)
    number = 0
    while draft is not None:
        with desk.session() as session:
            chunk = answers.access_chunk(session, draft, name, number)
        if not chunk:
            return
        yield chunk
        number += 1


def read_draft_values(
    desk: Desk,
    request_id: UUID,
    staff: Actor,
    role: str,
    masks: Mapping[tuple[str, str, str, str], str],
    departments: Sequence[str] = (),
) -> Draft:
    """The values of the draft as it stands. Recorded as a look."""
    file = find_draft_file(desk, request_id, "data.json")
    if file is None:
        return Draft()
    if file.size > LARGEST_DRAFT:
        return Draft(too_large=True)
    document = json.loads(b"".join(read_draft(desk, request_id, "data.json", staff, role, departments)))
    fields = document["fields"]
    items = tuple(_item(one, fields[one["field"]], masks) for one in document["items"])
    missing = document.get("completeness", {}).get("missing")
    return Draft(items, tuple(document.get("redactions", ())), missing)


def _item(
    one: Mapping[str, Any], about: Mapping[str, Any], masks: Mapping[tuple[str, str, str, str], str]
) -> DraftItem:
    place = (about.get("store", {}).get("name", ""), about.get("table", ""), one.get("record", ""), about["name"])
    return DraftItem(
        number=one["number"],
        place=place,
        categories=tuple(about["categories"]),
        value=one["value"],
        masked=one["left_out"],
        found_by=one.get("found_by", ""),
        source=one.get("source", ""),
        decision=masks.get(place) or masks.get((place[0], place[1], EVERY_ROW, place[3]), ""),
    )
