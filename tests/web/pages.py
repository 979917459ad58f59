"""What tests of pages share: the list of a desk's addresses, and accessibility checks."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

STANDARDS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what holds is not described node by node
}


@cache
def list_addresses(desk: str) -> Any:
    """What `desk_addresses.py` says of `centre` or `console`."""
    program = Path(__file__).parent / "desk_addresses.py"
    done = subprocess.run([sys.executable, program, desk], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def find_barriers(page: Page) -> list[dict[str, Any]]:
    """What axe finds on the page as it stands: rule, and the places. Empty means nothing was found."""
    if not page.evaluate("'axe' in window"):  # read once for every page, however often it is looked at
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("standards => axe.run(standards).then(all => all.violations)", STANDARDS)
    return [{"rule": each["id"], "where": [node["html"][:160] for node in each["nodes"]]} for each in found]
