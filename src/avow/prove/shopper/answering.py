"""What an answer holds, as the shopper reads it: a person's own copy, opened as that person would.

Pure values; the app reads them out of the released files. Refuses nothing: what is missing is the visit's finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AnswerLine:
    """One value of the answer. `purposes` from the register, `used` from the record of uses; recipients by name."""

    store: str
    table: str
    column: str
    value: str
    purposes: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    source: str = ""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """`page` is the written description as text; `files` name -> bytes, each with a checksum that was compared;
    `confirms` is what the answer says to "do you hold data about me?" (None: it does not say)."""

    lines: tuple[AnswerLine, ...]
    page: str
    files: Mapping[str, int] = field(default_factory=dict)
    confirms: bool | None = None
    wrong_checksums: tuple[str, ...] = ()

    def find(self, store: str, table: str, column: str, value: str) -> AnswerLine | None:
        wanted = (store, table, column)
        return next(
            (x for x in self.lines if (x.store, x.table, x.column) == wanted and value in x.value),
            None,
        )
