"""Reads `recipients.yaml`: everybody outside the company who receives personal data, and where they are.

Each entry names its kind, its legal entity, its place, and for what and which data it receives. Refuses a recipient whose
kind, purposes or data the vocabulary does not have. A place that nobody wrote down is an empty place and a warning: the
promise about places is then unproven, not broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from avow.errors import Collector, Diagnostic, Place, PolicyError
from avow.policy.rules import read_terms
from avow.vocabulary import Vocabulary
from avow.yamlplaces import Node, read_yaml

FILE = "recipients.yaml"
_KEYS = ("kind", "entity", "place", "purposes", "data", "contract", "starts", "expires", "affiliated", "contact")
_SO = "nobody can be said to receive data rightly"


@dataclass(frozen=True)
class RecipientEntry:
    """One outside recipient. `kind` is a recipient term, `location` a place term ("" = not written down); `contract` names
    the document, `starts` and `expires` its first and last day (None = open on that side); `contact` is the firm's address
    for notices about data that it was given ("" = a person has to tell them)."""

    id: str
    kind: str
    entity: str
    location: str = ""
    purposes: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    contract: str = ""
    expires: date | None = None
    affiliated: bool = False
    place: Place = Place("")
    starts: date | None = None
    contact: str = ""

    def is_contracted(self, day: date) -> bool:
        """A contract is written down and runs on that day."""
        begun = self.starts is None or self.starts <= day
        return bool(self.contract) and begun and (self.expires is None or day <= self.expires)


def read_recipients(project: Path, vocabulary: Vocabulary) -> tuple[RecipientEntry, ...]:
    """The recipients in the order written; none if there is no such file. Raises PolicyError with every error."""
    found = Collector()
    read = _read(project, vocabulary, found)
    found.raise_as(PolicyError)
    return read


def check_recipients(project: Path, vocabulary: Vocabulary) -> tuple[Diagnostic, ...]:
    """Every error and warning of the file, sorted by place."""
    found = Collector()
    _read(project, vocabulary, found)
    return tuple(sorted(found.found))


def _read(project: Path, vocabulary: Vocabulary, found: Collector) -> tuple[RecipientEntry, ...]:
    path = project / FILE
    if not path.is_file():
        return ()
    try:
        node = read_yaml(path.read_text(encoding="utf-8-sig"), FILE, found)
    except UnicodeDecodeError as error:
        found.add("policy.not-utf8", Place(FILE), f"byte {error.start} is not UTF-8", "save the file as UTF-8", _SO)
        return ()
    listed = node.mapping(required=("recipients",), what="the file of recipients").get("recipients")
    return tuple(_entry(name, one, vocabulary) for name, one in listed.mapping().items()) if listed else ()


def _entry(name: str, node: Node, vocabulary: Vocabulary) -> RecipientEntry:
    given = node.mapping(known=_KEYS, required=("kind", "entity"), what=f"recipient `{name}`")
    kinds = read_terms(given["kind"], "recipient", vocabulary) if "kind" in given else ()
    places = read_terms(given["place"], "place", vocabulary) if "place" in given else ()
    if not places:
        help = "add `place:` with a term such as `uk`"
        so = "promises about places stay unproven"
        node.add("policy.recipient-without-place", f"nobody wrote down where `{name}` is", help, so, "warning")
    return RecipientEntry(
        id=name,
        kind=next(iter(kinds), ""),
        entity=given["entity"].text() if "entity" in given else "",
        location=next(iter(places), ""),
        purposes=read_terms(given["purposes"], "purpose", vocabulary) if "purposes" in given else (),
        data=read_terms(given["data"], "category", vocabulary) if "data" in given else (),
        contract=given["contract"].text() if "contract" in given else "",
        expires=_day(given["expires"]) if "expires" in given else None,
        affiliated=given["affiliated"].flag() if "affiliated" in given else False,
        place=node.place,
        starts=_day(given["starts"]) if "starts" in given else None,
        contact=given["contact"].text() if "contact" in given else "",
    )


def _day(node: Node) -> date | None:
    try:
        return date.fromisoformat(node.text())
    except ValueError:
        node.add("policy.bad-date", f"`{node.raw}` is not a day", "write it as 2026-01-05", _SO)
        return None
