"""contacts.vcf, messages.mbox and events.ics: the same values once more in the forms that other programs take.

Cards and events hold only what is wholly the person's own: a masked value is left out there and stays in the other files. A
file without content is not written. Refuses to invent a sender: where none is known it says so (`unknown@invalid`).
Source: RFC 6350 (vCard 4.0), RFC 4155 and the mboxrd quoting, RFC 5545.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import NAMESPACE_URL, uuid5

from avow.duties.rights.answer.model import AnswerItem, Asked, Facts
from avow.duties.rights.written import AnswerFile, ChunkedFile, Write

CARDS, MESSAGES, EVENTS = "contacts.vcf", "messages.mbox", "events.ics"
PRODUCT = "-//Avow//Answer 1//EN"
_CARD_FIELDS = {  # the first category that fits gives the property
    "identity.name": "FN",
    "organisation.contact_name": "FN",
    "social.name": "FN",
    "payment.cardholder_name": "FN",
    "contact.email": "EMAIL",
    "contact.phone": "TEL;VALUE=text",
    "contact.mobile": "TEL;VALUE=text;TYPE=cell",
    "contact.fax": "TEL;VALUE=text;TYPE=fax",
    "organisation.contact_job_title": "TITLE",
    "organisation.contact_role": "ROLE",
    "organisation.name": "ORG",
}
_ADDRESSES = ("contact.postal_address", "contact.delivery_address", "contact.physical_address")
_APPOINTMENT = re.compile(
    r"(?<![a-z])(visit|deliver(y|ies)|installation|appointment|meeting|event|booking|reservation)s?(?![a-z])"
)
_MESSAGE = "communication"


class _Lazy:
    """A file that is opened with its first content."""

    def __init__(self, name: str, media_type: str, write: Write, head: str = "", tail: str = "") -> None:
        self._given = (name, media_type, write)
        self._head, self._tail = head, tail
        self._file: ChunkedFile | None = None

    def add(self, data: bytes) -> None:
        if self._file is None:
            self._file = ChunkedFile(*self._given)
            self._file.text(self._head)
        self._file.add(data)

    def close(self) -> AnswerFile | None:
        if self._file is None:
            return None
        self._file.text(self._tail)
        return self._file.close()


class CardFiles:
    """Takes the items of one row after the other."""

    def __init__(self, write: Write, asked: Asked, facts: Facts) -> None:
        self._asked, self._facts = asked, facts
        head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODUCT}\r\n"
        self._cards = _Lazy(CARDS, "text/vcard; charset=utf-8", write)
        self._messages = _Lazy(MESSAGES, "application/mbox", write)
        self._events = _Lazy(EVENTS, "text/calendar; charset=utf-8", write, head, "END:VCALENDAR\r\n")

    def add_row(self, items: Sequence[AnswerItem]) -> None:
        own = [item for item in items if item.masked == "no" and item.value]
        if own and self._is_person(own[0]) and (card := make_card(own, self._uid(own[0]))):
            self._cards.add(card)
        if texts := [i for i in items if i.masked != "all" and i.value and _is_message(i)]:
            self._messages.add(make_message(texts, own, self._uid(texts[0]), self._asked))
        if own and self._is_appointment(own[0]) and (event := make_event(own, self._uid(own[0]), self._asked)):
            self._events.add(event)

    def close(self) -> list[AnswerFile]:
        return [file for one in (self._cards, self._messages, self._events) if (file := one.close())]

    def _uid(self, item: AnswerItem) -> str:
        return str(uuid5(NAMESPACE_URL, f"{self._asked.reference}/{item.beside.store}/{item.beside.table}/{item.row}"))

    def _is_person(self, item: AnswerItem) -> bool:
        store = self._facts.find_store(item.beside.store)
        table = store.spec.find_table(item.beside.table) if store else None
        return table is not None and bool(table.key) and not table.organisation

    def _is_appointment(self, item: AnswerItem) -> bool:
        if self._facts.calendar:
            return (item.beside.store, item.beside.table) in self._facts.calendar
        named = f"{item.beside.table.rpartition('.')[2]} {item.beside.record_kind}".replace("_", " ").lower()
        return bool(_APPOINTMENT.search(named))


def make_card(items: Sequence[AnswerItem], uid: str) -> bytes:
    """One vCard, or nothing where neither a name nor an address stands in the row."""
    lines: list[str] = []
    for item in items:
        name = next((_CARD_FIELDS[c] for c in item.beside.categories if c in _CARD_FIELDS), "")
        if name:
            lines.append(f"{name}:{_escaped(item.value)}")
        elif any(c in _ADDRESSES for c in item.beside.categories):
            lines.append(f"ADR:;;{_escaped(item.value)};;;;")
    if not any(line.startswith(("FN", "EMAIL", "TEL")) for line in lines):
        return b""
    if not any(line.startswith("FN") for line in lines):
        lines.append("FN:" + next(line.partition(":")[2] for line in lines if line.startswith(("EMAIL", "TEL"))))
    whole = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"PRODID:{PRODUCT}",
        f"UID:urn:uuid:{uid}",
        "KIND:individual",
        *lines,
        "END:VCARD",
    ]
    return b"".join(_folded(line) for line in whole)


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (",", "\\,"), (";", "\\;"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> bytes:
    """At most 75 bytes a line, never inside a character. Source: RFC 6350 section 3.2."""
    parts, current = [], b""
    for char in line:
        data = char.encode("utf-8", "replace")
        if len(current) + len(data) > 75:
            parts.append(current)
            current = b" "
        current += data
    return b"\r\n".join([*parts, current]) + b"\r\n"


def _is_message(item: AnswerItem) -> bool:
    about = any(c == _MESSAGE or c.startswith(_MESSAGE + ".") for c in item.beside.categories)
    return about and item.beside.kind == "text"


def make_message(texts: Sequence[AnswerItem], row: Sequence[AnswerItem], uid: str, asked: Asked) -> bytes:
    """One mbox entry: the shortest text of several is the subject, the rest the body."""
    ordered = sorted(texts, key=lambda item: len(item.value))
    subject = ordered[0].value if len(ordered) > 1 else texts[0].beside.record_kind
    body = "\n\n".join(item.value for item in texts if len(ordered) == 1 or item is not ordered[0])
    at = _moment(texts[0].at) or asked.made_at
    message = EmailMessage(policy=SMTP.clone(cte_type="8bit", utf8=True))
    message["From"] = _sender(row)
    message["Date"] = format_datetime(at)
    message["Subject"] = " ".join(subject.split())[:200]
    message["Message-ID"] = f"<{uid}@answer.invalid>"
    message.set_content(body.replace("\r\n", "\n").replace("\r", "\n"), charset="utf-8", cte="8bit")
    text = message.as_bytes().replace(b"\r\n", b"\n")
    stamp = at.astimezone(UTC).strftime("%a %b %d %H:%M:%S %Y")
    return (
        f"From unknown@invalid {stamp}\n".encode() + re.sub(rb"(?m)^(>*From )", rb">\1", text).rstrip(b"\n") + b"\n\n"
    )


def _sender(row: Sequence[AnswerItem]) -> str:
    found = (i.value for i in row if "contact.email" in i.beside.categories)
    address = next((a for a in found if re.fullmatch(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+", a)), "unknown@invalid")
    return address


def make_event(items: Sequence[AnswerItem], uid: str, asked: Asked) -> bytes:
    """One VEVENT on the day or at the time of the record; nothing where the record has no date."""
    at = items[0].at
    when: date | datetime | None = _day(at) if len(at) == 10 or at[11:19] == "00:00:00" else _moment(at)
    if when is None:
        return b""
    from icalendar import Event  # takes a tenth of a second: only when one is written

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", asked.made_at)
    event.add("dtstart", when)
    event.add("summary", items[0].beside.record_kind)
    event.add("description", "\n".join(f"{i.beside.column.replace('_', ' ')}: {i.value}" for i in items))
    address = next((i.value for i in items if any(c in _ADDRESSES for c in i.beside.categories)), "")
    if address:
        event.add("location", address)
    return bytes(event.to_ical())


def _day(at: str) -> date | None:
    try:
        return date.fromisoformat(at[:10])
    except ValueError:
        return None


def _moment(at: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        day = _day(at)
        return datetime.combine(day, time(), UTC) if day else None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
