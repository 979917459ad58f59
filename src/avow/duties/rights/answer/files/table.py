"""data.csv: one line for each value, with everything beside it in the same line. RFC 4180, UTF-8 with a byte order mark.

A cell that a spreadsheet would run as a formula is given a leading apostrophe; data.json holds every value as it stands.
Refuses nothing: control characters stay, quoted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from avow.duties.rights.answer.files.telling import Telling
from avow.duties.rights.answer.model import AnswerItem
from avow.duties.rights.written import AnswerFile, ChunkedFile, Write

NAME = "data.csv"
COLUMNS = (
    *("number", "value", "left_out", "category", "kind_of_record", "field", "record", "recorded_at"),
    *("source", "purposes_by_policy", "purposes_by_use_log", "recipients", "kept_until", "retention", "place", "store"),
)
COPY_COLUMNS = ("number", "value", "left_out", "category", "kind_of_record", "field", "recorded_at")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe_cell(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula. Source: OWASP, CSV injection."""
    return "'" + text if text.startswith(_FORMULA) else text


class TableFile:
    def __init__(self, write: Write, telling: Telling, copy: bool) -> None:
        self._file = ChunkedFile(NAME, "text/csv; charset=utf-8; header=present", write)
        self._columns = COPY_COLUMNS if copy else COLUMNS
        self._telling = telling
        self._line = io.StringIO()
        self._csv = csv.writer(self._line, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        self._file.add(b"\xef\xbb\xbf")
        self._put(self._columns)

    def add(self, item: AnswerItem) -> None:
        told = self._telling.cells(item)
        self._put([safe_cell(told[name]) for name in self._columns])

    def close(self) -> AnswerFile:
        return self._file.close()

    def _put(self, cells: Sequence[str]) -> None:
        self._csv.writerow(cells)
        self._file.text(self._line.getvalue())
        self._line.seek(0)
        self._line.truncate()
