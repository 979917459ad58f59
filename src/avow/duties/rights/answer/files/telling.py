"""What is told about a value, in words: the one place from which the table, the page and the report take them.

Refuses to name a store or a table by its internal name where the company gave a plain one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from avow.duties.rights.answer.gathering import SELF
from avow.duties.rights.answer.model import AnswerItem, Beside, LoggedUse, RecipientFacts, RegisterUse
from avow.duties.rights.words import Words, without_isolates
from avow.vocabulary import Vocabulary


@dataclass(frozen=True)
class Told:
    """The words beside a value that all values of its column share."""

    category: str
    kind: str
    field: str
    register: tuple[str, ...]
    log: tuple[str, ...]
    recipients: tuple[str, ...]
    place: str
    store: str


@dataclass
class Telling:
    words: Words
    vocabulary: Vocabulary
    retention_otherwise: str = ""
    source_otherwise: str = ""
    _known: dict[str, Told] = field(default_factory=dict)

    def beside(self, beside: Beside) -> Told:
        """Worked out once for each column."""
        if beside.key not in self._known:
            self._known[beside.key] = self._tell(beside)
        return self._known[beside.key]

    def cells(self, item: AnswerItem) -> Mapping[str, str]:
        """The cells of the table by column name."""
        told = self.beside(item.beside)
        return {
            "number": str(item.number),
            "value": item.value,
            "left_out": item.masked,
            "category": told.category,
            "kind_of_record": told.kind,
            "field": told.field,
            "record": item.row,
            "recorded_at": item.at,
            "source": self.source(item),
            "purposes_by_policy": without_isolates("; ".join(told.register)),
            "purposes_by_use_log": without_isolates("; ".join(told.log)),
            "recipients": without_isolates("; ".join(told.recipients)),
            "kept_until": item.kept_until.isoformat() if item.kept_until else "",
            "retention": item.retention or self.retention_otherwise,
            "place": told.place,
            "store": told.store,
        }

    def source(self, item: AnswerItem) -> str:
        if item.source:
            label = self.vocabulary.label(item.source, "source")
            return f"{label}: {item.source_name}" if item.source_name else label
        return self.source_otherwise or self.words("unknown")

    def kept(self, item: AnswerItem) -> str:
        """The end of keeping as a sentence."""
        rule = item.retention or self.retention_otherwise
        if item.kept_until:
            until = self.words("kept_until", day=item.kept_until.isoformat())
            return f"{until} ({rule})" if rule else until
        return rule or self.words("unknown")

    def _tell(self, beside: Beside) -> Told:
        return Told(
            category=", ".join(self.vocabulary.label(c, "category") for c in beside.categories),
            kind=beside.record_kind,
            field=beside.column.replace("_", " "),
            register=tuple(map(self.register, beside.register)),
            log=tuple(map(self.logged, beside.uses)),
            recipients=tuple(map(self.recipient, beside.recipients)),
            place=self.vocabulary.label(beside.place, "place") if beside.place else self.words("unknown"),
            store=beside.store_words,
        )

    def register(self, use: RegisterUse) -> str:
        key = "use_if" if use.condition else "use"
        told = self.words(key, condition=use.condition, **self._pair(use.purpose, use.recipient))
        if not use.stopped:
            return told
        return self.words("use_stopped", use=told, why=self.words("stopped_" + use.stopped))

    def logged(self, use: LoggedUse) -> str:
        days = self.words("on_day", day=use.first.isoformat())
        if use.first != use.last:
            days = self.words("between_days", first=use.first.isoformat(), last=use.last.isoformat())
        return self.words(
            "used",
            did=self.words("did_" + use.kind),
            times=self.words("times", count=use.times),
            days=days,
            **self._pair(use.purpose, use.recipient),
        )

    def _pair(self, purpose: str, recipient: str) -> dict[str, str]:
        """Uses for the person's own requests are logged as "right.access" for "subject": told in plain words."""
        label, own = self.vocabulary.label, "kind_" + purpose.removeprefix("right.")
        what = self.words(own) if purpose.startswith("right.") and self.words.has(own) else label(purpose, "purpose")
        return {"purpose": what, "who": self.words("yourself") if recipient == SELF else label(recipient, "recipient")}

    def recipient(self, recipient: RecipientFacts) -> str:
        kind = self.vocabulary.label(recipient.kind, "recipient")
        who = recipient.name or self.words("unnamed_recipient", kind=kind)
        about = [kind] if recipient.name and kind else []
        if recipient.place:
            about.append(self.vocabulary.label(recipient.place, "place"))
        days = self.listed(day.isoformat() for day in recipient.dates)
        when = self.words("received_on", days=days) if days else self.words("no_transfer_logged")
        return self.words("recipient_line", who=who, about=", ".join(about), when=when) if about else f"{who}: {when}"

    @staticmethod
    def listed(parts: Iterable[str]) -> str:
        return ", ".join(parts)
