"""Sign-on links of the company's own portal: who, until when, once; signed with a key that the portal and the centre share.

Promises: a link is genuine only as it was signed, at the centre for which it was signed, for at most sixty seconds. Pure: the
time is an argument, and whether a link was used before is for the database to say. Refuses a link that claims to live longer
than a minute, and every link without a key.
Source: RFC 2104 (HMAC), FIPS 180-4 (SHA-256).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

LIVES = 60  # seconds
SKEW = 30  # seconds that the portal's clock may be ahead of ours
SHORTEST_NONCE, LONGEST_FIELD = 16, 200


@dataclass(frozen=True)
class Link:
    """What a link says, as it came. Nothing of it is believed before `check_link`. `expires` is Unix seconds."""

    subject: str
    expires: str
    nonce: str
    signature: str


def sign_link(key: str, centre: str, subject: str, expires: int, nonce: str) -> str:
    """The signature in hex: HMAC-SHA-256 over the centre's address without a slash at its end and the three fields, each on a line
    of its own. With the address in it no other centre takes the link, also where one operator gave both the same key."""
    text = f"{centre.rstrip('/')}\n{subject}\n{expires}\n{nonce}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def check_link(link: Link, key: str, centre: str, now: float) -> bool:
    """Whether the link is genuine, for this centre (its `centre.address`) and in time. `now` is Unix seconds."""
    if not key or not all(0 < len(part) <= LONGEST_FIELD for part in vars(link).values()):
        return False
    if not (link.expires.isascii() and link.expires.isdigit()) or len(link.nonce) < SHORTEST_NONCE:
        return False
    if any(c in "\r\n" for c in link.subject + link.nonce):
        return False
    expires = int(link.expires)
    genuine = hmac.compare_digest(sign_link(key, centre, link.subject, expires, link.nonce), link.signature.lower())
    return genuine and now <= expires <= now + LIVES + SKEW
