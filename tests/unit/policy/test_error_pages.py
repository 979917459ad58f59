"""Every code of this room has a page."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_code_has_a_page() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "avow" / "policy").rglob("*.py"))
    codes = set(re.findall(r'"(policy\.[a-z0-9]+-[a-z0-9-]+)"', sources))
    assert codes <= {path.stem for path in (ROOT / "docs" / "errors").glob("policy.*.md")}
