"""The one way in which tests of the desks press what leads to a page."""

from __future__ import annotations

from playwright.sync_api import Locator


def follow(pressed: Locator) -> None:
    """Presses it, and waits until the page that it leads to has loaded: whoever looks earlier sees half a page."""
    with pressed.page.expect_navigation(wait_until="load"):
        pressed.click()
