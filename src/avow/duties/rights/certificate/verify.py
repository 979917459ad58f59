"""A separate small program: checks a certificate of erasure with nothing but the company's public key. Needs no network.

Promises that a change to any field, an added or a missing one, and a signature by another key is found. With `--identifier` and
`--secret` it also tells whether the certificate is about that address or number. Imports nothing of avow.
Refuses to say more than the certificate does: that a company signed it is shown, that it told the truth is not.
"""

from __future__ import annotations

import argparse
import hmac
import json
import re
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FORMAT = "avow-erasure-certificate/1"
LARGEST = 4 * 1024 * 1024  # bytes of a file
_FIELDS = frozenset(
    {
        *("format", "id", "request", "reference", "company", "made_at", "policy_version", "about", "stores"),
        *("residuals", "kept", "told", "search", "erased_on", "gone_by"),
    }
)


class NotACertificate(ValueError):
    """The file is none that this program can read; the text says why."""


def canonical(document: object) -> bytes:
    """The bytes that are signed: sorted keys, no spaces, UTF-8. Numbers are whole, so that there is one way to write each."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return f"{FORMAT}\n{text}".encode()


def commitment(secret: str, kind: str, value: str) -> str:
    """What a certificate holds in place of an identifier: HMAC-SHA-256 under the person's secret, as hexadecimal."""
    key = re.sub(r"[^A-Z2-7]", "", secret.upper()).encode()
    return hmac.digest(key, f"{kind}\0{plain_form(kind, value)}".encode(), "sha256").hex()


def plain_form(kind: str, value: str) -> str:
    """One form for all ways to write it: an address in small letters, a phone number as its digits."""
    text = unicodedata.normalize("NFC", value).strip()
    if kind == "phone":
        return re.sub(r"\D", "", text)
    return text.casefold() if kind == "email" else text


def read_certificate(data: bytes) -> tuple[dict[str, Any], bytes]:
    """(document, signature). Raises NotACertificate."""
    if len(data) > LARGEST:
        raise NotACertificate("the file is larger than a certificate can be")
    try:
        outer = json.loads(data, object_pairs_hook=_unique, parse_float=_no_fraction, parse_constant=_no_fraction)
        document, signature = outer["certificate"], bytes.fromhex(outer["signature"])
    except NotACertificate:
        raise
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotACertificate("the file holds no certificate with a signature") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NotACertificate(f"the certificate is not of the form {FORMAT}")
    return document, signature


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values under one key would let two readers see two certificates."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise NotACertificate("a key stands twice in the file")
    return dict(pairs)


def _no_fraction(_: str) -> Any:
    raise NotACertificate("a number in the file is not whole")


def check_certificate(document: dict[str, Any], signature: bytes, key: Ed25519PublicKey) -> list[str]:
    """What is wrong with it, in words; empty: the key signed exactly this."""
    try:
        key.verify(signature, canonical(document))
    except InvalidSignature:
        return ["the signature does not fit: the certificate was changed, or another key signed it"]
    found = [f"the field `{name}` is missing" for name in sorted(_FIELDS - document.keys())]
    found += [f"the field `{name}` is unknown" for name in sorted(document.keys() - _FIELDS)]
    if not found and document["erased_on"] and any(_is_open(r) for r in document["residuals"]):
        found.append("it states a day of erasure although something is still live")
    return found


def _is_open(residual: dict[str, Any]) -> bool:
    return residual["class"] == "live" and not residual["kept"]


def is_about(document: dict[str, Any], secret: str, kind: str, value: str) -> bool:
    """Whether the certificate is about this identifier, by the secret that the person was given."""
    given = commitment(secret, kind, value)
    return any(hmac.compare_digest(given, one["commitment"]) for one in document["about"] if one["kind"] == kind)


def load_key(path: Path) -> Ed25519PublicKey:
    """Hexadecimal or PEM. Raises NotACertificate."""
    try:
        text = path.read_bytes().strip()
        found = load_pem_public_key(text) if text.startswith(b"-----") else None
        if isinstance(found, Ed25519PublicKey):
            return found
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text.decode("ascii")))
    except (OSError, ValueError):
        raise NotACertificate(f"{path} is not a readable Ed25519 public key") from None


def summary(document: dict[str, Any]) -> str:
    """The certificate in three lines."""
    rows = sum(count["rows"] for store in document["stores"] for count in store["counts"])
    uncovered = [store["name"] for store in document["stores"] if store["covered"] == "not"]
    lines = [
        f"certificate {document['id']} of {document['company']} for request {document['reference']}",
        f"erased in live stores on {document['erased_on'] or 'no day yet'}, gone from every copy by "
        f"{document['gone_by'] or 'a day that cannot be given'}; {rows} rows in {len(document['stores'])} stores",
        f"kept: {len(document['kept'])}; not covered: {', '.join(uncovered) or 'nothing'}",
    ]
    return "\n".join(lines)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="avow-certificate-verify", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("file", type=Path, help="the certificate, a JSON file")
    parser.add_argument(
        "--key", type=Path, required=True, help="the company's public key file, from a source you trust"
    )
    parser.add_argument("--identifier", help="kind and value, such as email:alice@example.org")
    parser.add_argument("--secret", help="the secret that was given out with the certificate")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0: the certificate holds (and is about the identifier, if one was given); 1: not; 2: it cannot be checked."""
    options = build_parser().parse_args(arguments)
    kind, _, value = (options.identifier or "").partition(":")
    if bool(options.identifier) != bool(options.secret) or (options.identifier and not value):
        print("give --identifier KIND:VALUE and --secret together", file=sys.stderr)
        return 2
    try:
        key = load_key(options.key)
        document, signature = read_certificate(options.file.read_bytes())
    except (NotACertificate, OSError) as error:
        print(f"cannot be checked: {error}", file=sys.stderr)
        return 2
    wrong = check_certificate(document, signature, key)
    if wrong:
        print("does not hold: " + "; ".join(wrong))
        return 1
    print("holds\n" + summary(document))
    if not value:
        return 0
    about = is_about(document, options.secret, kind, value)
    print("it is about this identifier" if about else "it is not shown to be about this identifier")
    return 0 if about else 1


if __name__ == "__main__":
    sys.exit(main())
