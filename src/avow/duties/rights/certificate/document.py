"""Makes and signs the document of a certificate: what was done where, what is left, what is kept, and the two dates.

"Erased in live stores on" is stated only when nothing is live but what is kept on a ground; "gone from every copy by" only when
every store was covered. Refuses a name, an address or a key of a row: identifiers enter as commitments under a secret that only
the person is given.
Source: GDPR articles 5(2), 17 and 19; architecture, "Residuals of an erasure".
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from avow.duties.rights.certificate.verify import FORMAT, canonical, commitment
from avow.errors import Diagnostic, Place, RightsError

NOTICE_GOES = "a notice of the erasure goes to them, their answer is awaited"  # of a recipient, in a certificate
LIVE, FADING, NOT_OURS = "live", "fading", "not_ours"
METHOD = (
    "after the erasure the rows were read again by their keys, and every text-like column of every table was searched for"
    " each address and number by which the person was known"
)
_SECRET_BYTES = 15


@dataclass(frozen=True)
class ErasedStore:
    """`counts` is rows by "table action"; `searched` how many columns were looked into again."""

    name: str
    covered: str  # machine | hand | not
    counts: Mapping[str, int] = field(default_factory=dict)
    searched: int = 0


@dataclass(frozen=True)
class Left:
    """Something that is still there. `kind` is live, fading or not_ours; `kept` True: live, but on a ground or judged by a person
    to be somebody else's; `until` the day on which it ends, None unknown."""

    kind: str
    store: str
    where: str
    rows: int = 0
    kept: bool = False
    until: date | None = None


@dataclass(frozen=True)
class Kept:
    """Rows that stay, with the ground; `review_on` for holds that somebody looks at again."""

    store: str
    table: str
    ground: str
    review_on: date | None = None


@dataclass(frozen=True)
class CertificateFacts:
    """`identifiers` are (kind, value) of the erased person and never enter the document; `told` the recipients that were told."""

    id: UUID
    request: UUID
    reference: str
    company: str
    made_at: datetime
    policy_version: str
    identifiers: tuple[tuple[str, str], ...]
    stores: tuple[ErasedStore, ...]
    erased_at: datetime
    gone_by: date
    left: tuple[Left, ...] = ()
    kept: tuple[Kept, ...] = ()
    told: tuple[str, ...] = ()


def make_secret(material: bytes) -> str:
    """24 signs in groups of four, out of 32 keyed bytes that belong to one request: given to the person, stored nowhere."""
    text = base64.b32encode(material[:_SECRET_BYTES]).decode()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def make_certificate(facts: CertificateFacts, secret: str) -> dict[str, Any]:
    """Raises RightsError `rights.names-in-certificate` should an identifier stand in it."""
    open_live = [left for left in facts.left if left.kind == LIVE and not left.kept]
    uncovered = [store for store in facts.stores if store.covered == "not"]
    document = {
        "format": FORMAT,
        "id": str(facts.id),
        "request": str(facts.request),
        "reference": facts.reference,
        "company": facts.company,
        "made_at": facts.made_at.astimezone(UTC).isoformat(timespec="seconds"),
        "policy_version": facts.policy_version,
        "about": _about(facts, secret),
        "stores": [_store(store) for store in sorted(facts.stores, key=lambda s: s.name)],
        "residuals": [_left(left) for left in facts.left],
        "kept": [_kept(kept) for kept in facts.kept],
        "told": sorted(facts.told),
        "search": {"method": METHOD, "columns": sum(store.searched for store in facts.stores)},
        "erased_on": None if open_live else facts.erased_at.astimezone(UTC).date().isoformat(),
        "gone_by": None if open_live or uncovered else facts.gone_by.isoformat(),
    }
    _check_names_nobody(document, facts)
    return document


def _about(facts: CertificateFacts, secret: str) -> list[dict[str, str]]:
    made = {(kind, commitment(secret, kind, value)) for kind, value in facts.identifiers}
    return [{"kind": kind, "commitment": digest} for kind, digest in sorted(made)]


def _store(store: ErasedStore) -> dict[str, Any]:
    counts = []
    for name, rows in sorted(store.counts.items()):
        table, _, action = name.rpartition(" ")
        counts.append({"table": table, "action": action, "rows": rows})
    return {"name": store.name, "covered": store.covered, "counts": counts, "searched": store.searched}


def _left(left: Left) -> dict[str, Any]:
    return {
        "class": left.kind,
        "store": left.store,
        "where": left.where,
        "rows": left.rows,
        "kept": left.kept,
        "until": left.until.isoformat() if left.until else None,
    }


def _kept(kept: Kept) -> dict[str, Any]:
    review = kept.review_on.isoformat() if kept.review_on else None
    return {"store": kept.store, "table": kept.table, "ground": kept.ground, "review_on": review}


def _check_names_nobody(document: Mapping[str, Any], facts: CertificateFacts) -> None:
    """A ground or an outcome that staff wrote could name the person."""
    written = [document["kept"], document["residuals"], document["told"]]
    text = unicodedata.normalize("NFC", json.dumps(written, ensure_ascii=False)).casefold()
    for kind, value in facts.identifiers:
        needle = unicodedata.normalize("NFC", value).strip().casefold()
        if len(needle) > 2 and needle in text:
            raise RightsError(
                Diagnostic(
                    Place("certificate"),
                    "rights.names-in-certificate",
                    f"a ground or a place in the certificate holds the erased person's {kind}",
                    "word the ground of the hold without names, addresses and numbers",
                    "the certificate is not made, and the case is not closed",
                )
            )


def sign_certificate(document: Mapping[str, Any], key: Ed25519PrivateKey) -> bytes:
    return key.sign(canonical(document))


def certificate_file(document: Mapping[str, Any], signature: bytes) -> bytes:
    """What the person downloads, and `avow-certificate-verify` reads."""
    whole = {"certificate": document, "signature": signature.hex()}
    return (json.dumps(whole, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()
