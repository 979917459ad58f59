"""data.json: everything, streamed; `schema.json` describes it (JSON Schema 2020-12).

Items come first, each naming its field; what all values of a field share stands once under `fields`, after the items, so
that nothing has to be held back. Refuses to leave a list open: `close` always ends a document that validates.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from avow.duties.rights.answer.model import AnswerItem, Asked, Beside, Completeness, Facts, HandFile, Redaction
from avow.duties.rights.written import AnswerFile, ChunkedFile, Write

NAME, SCHEMA = "data.json", "schema.json"
FORMAT = "avow-answer/1"
TEXT = "application/json"


def _plain(value: object) -> Any:
    """What JSON has no form for. Raises TypeError."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain)


def dump(value: object) -> str:
    return _ENCODER.encode(value)


class DocumentFile:
    def __init__(self, write: Write, asked: Asked, copy: bool) -> None:
        self._file = ChunkedFile(NAME, TEXT, write)
        self._copy, self._first = copy, True
        self._file.text('{"$schema":"schema.json","format":' + dump(FORMAT) + ',"request":' + dump(_request(asked)))
        self._file.text(',"items":[')

    def add(self, item: AnswerItem) -> None:
        self._file.text(("\n" if self._first else ",\n") + dump(_item(item, self._copy)))
        self._first = False

    def close(
        self,
        facts: Facts,
        besides: Iterable[Beside],
        counts: Mapping[str, int],
        redactions: Iterable[Redaction],
        completeness: Completeness,
    ) -> AnswerFile:
        parts: dict[str, object] = {
            "fields": {b.key: _field(b, self._copy) for b in besides},
            "counts": dict(sorted(counts.items())),
            "redactions": [asdict(r) for r in redactions],
            "files": [_file(file, self._copy) for file in facts.files],
        }
        if not self._copy:
            parts |= _about(facts) | {"completeness": asdict(completeness)}
        self._file.text("\n]" + "".join(f",\n{dump(name)}:{dump(part)}" for name, part in parts.items()) + "}\n")
        return self._file.close()


def write_schema(write: Write) -> AnswerFile:
    file = ChunkedFile(SCHEMA, "application/schema+json", write)
    file.add(files("avow.duties.rights.answer.files").joinpath("schema.json").read_bytes())
    return file.close()


def _request(asked: Asked) -> dict[str, object]:
    return {
        "reference": asked.reference,
        "kind": asked.kind,
        "company": asked.company,
        "jurisdiction": asked.jurisdiction,
        "law": asked.law,
        "received_at": asked.received_at,
        "made_at": asked.made_at,
    }


def _item(item: AnswerItem, copy: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "number": item.number,
        "field": item.beside.key,
        "value": item.value,
        "left_out": item.masked,
        "recorded_at": item.at,
    }
    if not copy:
        told |= {
            "record": item.row,
            "found_by": item.how,
            "source": item.source,
            "source_name": item.source_name,
            "kept_until": item.kept_until,
            "retention": item.retention,
        }
    return told


def _field(beside: Beside, copy: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "kind_of_record": beside.record_kind,
        "name": beside.column,
        "categories": beside.categories,
    }
    if not copy:
        told |= {
            "store": {"name": beside.store, "words": beside.store_words, "place": beside.place},
            "table": beside.table,
            "purposes_by_policy": [asdict(use) for use in beside.register],
            "purposes_by_use_log": [asdict(use) for use in beside.uses],
            "recipients": [asdict(recipient) for recipient in beside.recipients],
            "retention": [asdict(rule) for rule in beside.retention],
        }
    return told


def _file(file: HandFile, copy: bool) -> dict[str, object]:
    return {name: value for name, value in asdict(file).items() if not (copy and name == "store")}


def _about(facts: Facts) -> dict[str, object]:
    return {
        "stores": [
            {
                "name": s.spec.name,
                "words": s.words,
                "place": s.spec.location,
                "covered": s.covered,
                "searched": s.searched,
                "outcome": s.outcome or s.by_hand,
            }
            for s in facts.stores
        ],
        "use_log": {"complete": facts.log_complete, "uses": [asdict(use) for use in facts.log]},
        "recipients": None if facts.recipients is None else [asdict(r) for r in facts.recipients],
        "staff_looks": [asdict(look) for look in facts.looks],
        "rights": facts.rights,
        "automated_decisions": facts.automated,
        "retention_otherwise": facts.retention_otherwise,
        "source_otherwise": facts.source_otherwise,
        "contact": asdict(facts.contact),
        "policy_version": facts.policy_version,
    }
