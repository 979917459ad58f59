"""The named SQL of this room: `queries/<file>.sql` holds statements, each under a line `-- name: <name>`.

Refuses SQL that is put together from values: parameters are bound by the driver.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import LiteralString

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def load_statements(file: str) -> Mapping[str, LiteralString]:
    """Name -> statement. The files are part of the package; a name stands once in a file."""
    text = files(__package__).joinpath("queries", f"{file}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))
