"""Sessions in the database, sealed with the process's own key, which lies outside the database.

What a person typed into a half-finished form is in their session; a copy of the database must not tell it. Refuses
nothing: a session that does not open (another key, a changed row) is an empty one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session

_NONCE = 12


class SessionStore(DatabaseStore):
    """Django's database sessions, with what they hold sealed by AES-GCM."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def encode(self, session_dict: dict[str, Any]) -> str:
        nonce = os.urandom(_NONCE)
        sealed = _cipher().encrypt(nonce, json.dumps(session_dict).encode(), None)
        return base64.b64encode(nonce + sealed).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        try:
            raw = base64.b64decode(session_data, validate=True)
            opened = json.loads(_cipher().decrypt(raw[:_NONCE], raw[_NONCE:], None))
        except (ValueError, InvalidTag):
            return {}
        return opened if isinstance(opened, dict) else {}


def _cipher() -> AESGCM:
    return AESGCM(hashlib.sha256(b"avow session\0" + settings.SECRET_KEY.encode()).digest())
