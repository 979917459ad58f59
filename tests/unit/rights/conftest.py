"""A desk on a real control database, with a clock that tests set and a post whose mails they read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "rights"))
from counter import Counter, open_counter

__all__ = ["Counter"]


@pytest.fixture
def counter(database: str, tmp_path: Path) -> Any:
    opened = open_counter(database, tmp_path)
    yield opened
    opened.close()
