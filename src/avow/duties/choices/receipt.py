"""The receipt of an answer: what the person can keep, and show to anybody who has the company's public key.

Promises: what stands in it is what stands on record, and a changed receipt is found. Refuses to name the person: a receipt holds an
id of the company, never a name or an address.
Source: ISO/IEC TS 27560 (consent record information structure); RFC 8032 (Ed25519).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from avow.control.choices import UNANSWERED, Record

FORMAT = "avow-consent-receipt/1"
EVENTS: Mapping[str, str] = {
    "given": "consent given",
    "refused": "consent refused",
    "withdrawn": "consent withdrawn",
    UNANSWERED: "question not answered",
}


@dataclass(frozen=True)
class Party:
    """The controller as a receipt names it, and where an answer is changed."""

    name: str
    email: str
    address: str
    change_at: str


def make_receipt(record: Record, party: Party, wordings: Mapping[str, str]) -> dict[str, Any]:
    """`wordings`: version of the question -> its words. Moments are UTC, to the second."""
    at = record.said_at.astimezone(UTC).isoformat(timespec="seconds")
    return {
        "format": FORMAT,
        "schema": "ISO/IEC TS 27560:2023",
        "record_id": str(record.id),
        "pii_principal_id": str(record.subject),
        "pii_controller": {"name": party.name, "email": party.email, "address": party.address},
        "notice": {
            "policy_version": record.policy_version,
            "question_version": record.wording,
            "question": wordings.get(record.wording, ""),
        },
        "processing": {
            "purpose": record.purpose,
            "recipient": record.recipient,
            "channel": record.channel or "every",
            "collection_method": record.method,
            "withdrawal_method": party.change_at,
        },
        "event": {
            "type": EVENTS[record.outcome],
            "state": record.outcome,
            "consent_type": "expressed" if record.explicit else "not expressed",
            "time": at,
            "recorded": record.recorded_at.astimezone(UTC).isoformat(timespec="seconds"),
        },
    }


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: sorted keys, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return f"{FORMAT}\n{text}".encode()


def sign_receipt(document: Mapping[str, Any], key: Ed25519PrivateKey) -> bytes:
    return key.sign(canonical(document))


def receipt_file(document: Mapping[str, Any], signature: bytes) -> bytes:
    """What the person downloads."""
    whole = {"receipt": document, "signature": signature.hex()}
    return (json.dumps(whole, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def check_receipt(document: Mapping[str, Any], signature: bytes, key: Ed25519PublicKey, record: Record) -> list[str]:
    """What is wrong with a receipt: its signature, or that it says something else than the record."""
    faults = []
    try:
        key.verify(signature, canonical(document))
    except InvalidSignature:
        faults.append("the signature does not hold")
    said = (
        document.get("record_id"),
        document.get("processing", {}).get("purpose"),
        document.get("event", {}).get("state"),
    )
    if said != (str(record.id), record.purpose, record.outcome):
        faults.append("it says something else than the record")
    if (document.get("event", {}).get("consent_type") == "expressed") != record.explicit:
        faults.append("it does not keep what was said apart from what was deemed")
    return faults
