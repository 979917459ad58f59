"""Posts one event to a webhook, signed so that its receiver knows it is from us, new and whole.

Promises the headers of the Standard Webhooks form: `webhook-id` (the message's id, the same at every attempt), `webhook-timestamp`
(seconds) and `webhook-signature` (`v1,` and base64 of HMAC-SHA-256 over "id.timestamp.body"). Refuses to follow a redirect,
and reads nothing of the answer but its status.
"""

from __future__ import annotations

import base64
import hmac
import http.client
import ssl
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from avow.outbox.smtp import Undelivered

TOLERANCE = timedelta(minutes=5)
_GONE = (404, 410)  # the receiver took the address down
_TIMEOUT = 15.0


def sign(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode("ascii")


def verify_signature(
    secret: bytes, message_id: str, timestamp: str, signature: str, body: bytes, now: datetime
) -> bool:
    """What a receiver checks. A time more than five minutes off is a replay; several signatures may stand there."""
    if not timestamp.isdecimal() or abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        return False
    wanted = sign(secret, message_id, int(timestamp), body)
    return any(hmac.compare_digest(wanted, given) for given in signature.split())


class Poster:
    """Posts over HTTPS; over HTTP to this machine only (the outbox checks addresses when a call is put)."""

    def __init__(self, tls: ssl.SSLContext | None = None, timeout: float = _TIMEOUT) -> None:
        self._tls = tls
        self._timeout = timeout

    def post(self, message_id: str, url: str, secret: bytes, body: bytes, now: datetime) -> None:
        """Raises Undelivered unless the answer is 2xx."""
        timestamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "Avow",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secret, message_id, timestamp, body),
        }
        try:
            status = self._status(url, body, headers)
        except (OSError, http.client.HTTPException):
            raise Undelivered("outbox.webhook-unreachable") from None
        if not 200 <= status < 300:
            raise Undelivered("outbox.webhook-refused", permanent=status in _GONE)

    def _status(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            tls = self._tls or ssl.create_default_context()
            line: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, parts.port, timeout=self._timeout, context=tls
            )
        else:
            line = http.client.HTTPConnection(host, parts.port, timeout=self._timeout)
        try:
            line.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers)
            return line.getresponse().status
        finally:
            line.close()
