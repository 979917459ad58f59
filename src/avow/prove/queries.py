"""The named SQL of this room: one statement per file in `sql/`. Refuses SQL that is put together from values."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def load_query(name: str) -> LiteralString:
    """The text of `sql/<name>.sql`. The files are part of the package, so their text is as fixed as this one's."""
    text = files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return text  # mypy reads LiteralString as str
