"""What tests of pages share: accessibility checks, and windows for screenshots."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def find_barriers(page: Page) -> list[dict[str, Any]]:
    """What axe finds on the page as it stands: rule, and the places. Empty means nothing was found."""
    found = Axe().run(page, options=STANDARDS).response["violations"]
    return [{"rule": each["id"], "where": [node["html"][:160] for node in each["nodes"]]} for each in found]
