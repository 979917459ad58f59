"""Fetches a page over HTTP as any reader would: without a cookie, without a login, from outside.

Promises an answer or a reason within seconds. Refuses other schemes than http and https, and pages beyond two megabytes; follows
redirects and says where it ended.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT = 8.0  # seconds
LARGEST = 2_000_000
_READER = {"User-Agent": "Avow (reads published policies)", "Accept": "text/html", "Accept-Language": "en"}


@dataclass(frozen=True)
class Fetched:
    """`status` 0: nothing answered, and `reason` says why. `address` is where it ended."""

    address: str
    status: int
    body: str = ""
    reason: str = ""


def get_page(address: str) -> Fetched:
    """One GET. Raises nothing for what a server or a network may do."""
    if urlsplit(address).scheme not in ("http", "https"):
        return Fetched(address, 0, reason="it is no address of a page")
    asked = urllib.request.Request(address, headers=_READER)
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT) as answer:
            return Fetched(answer.url, answer.status, _text(answer.read(LARGEST), answer.headers.get_content_charset()))
    except urllib.error.HTTPError as error:
        error.close()
        return Fetched(address, error.code, reason=f"it answers {error.code}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None)
        named = reason if isinstance(reason, Exception) else error
        return Fetched(address, 0, reason=f"it does not answer ({type(named).__name__})")


def _text(body: bytes, charset: str | None) -> str:
    try:
        return body.decode(charset or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
