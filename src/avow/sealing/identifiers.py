"""One form for what finds a person - an address, a number, a cookie - and its keyed digest.

Promises: `normalise` is a rule that SQL states in one line (docs/explanation/rights-identifiers.md), so that a governed
database digests a value as it stands there to the same bytes; `spellings` gives every normal form under which the same
address or number may stand, for lists and look-ups that must miss none. Refuses to guess names into one form, and to keep or
log a value. The rule has a number (`NORMALISATION`), which goes into each digest: a later rule never meets an older digest.
Source: RFC 5890 (IDNA: xn-- labels), ITU-T E.164 (phone numbers), Unicode Annex 15 (NFKC).
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

import phonenumbers

NORMALISATION = 1
DIGEST_BYTES = 32
_SPACE = " \t\n\r\f\v"
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_NOT_DIALLED = re.compile(r"[^0-9+]")


def normalise(kind: str, value: str) -> str:
    """The one normal form of `value` as it stands. SQL has the same rule; `kind` as in the store's port. "" stays ""."""
    trimmed = unicodedata.normalize("NFKC", value).strip(_SPACE)
    return _RULES.get(kind, _as_is)(trimmed)


def _as_is(trimmed: str) -> str:
    return trimmed


def _email(trimmed: str) -> str:
    return trimmed.translate(_ASCII_LOWER)


def _phone(trimmed: str) -> str:
    """Digits, and one leading + for 00 or +; the (0) that nobody dials from abroad goes."""
    dialled = _NOT_DIALLED.sub("", trimmed.replace("(0)", ""))
    digits = dialled.replace("+", "")
    if not digits:
        return ""
    if dialled.startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") and len(digits) > 2 else digits


_RULES: Mapping[str, Callable[[str], str]] = {"email": _email, "phone": _phone}


def spellings(kind: str, value: str, region: str = "") -> tuple[str, ...]:
    """Every normal form under which `value` may stand in a store, the usual one first. `region` is the ISO country (such as
    GB) whose national phone numbers the company's stores hold. () for an empty value."""
    usual = normalise(kind, value)
    if not usual:
        return ()
    more = {"email": _emails, "phone": lambda text: _phones(text, region), "ip": _addresses}.get(kind, _cases)
    found = [usual, *(normalise(kind, text) for text in more(usual))]
    return tuple(dict.fromkeys(form for form in found if form))


def _emails(usual: str) -> Iterator[str]:
    """The domain in letters and as xn--, the whole in Unicode's lower case and case folding."""
    for folded in (usual, usual.lower(), usual.casefold()):
        yield folded
        local, at, domain = folded.rpartition("@")
        for change in (_to_ascii, _to_letters):
            if at and (changed := change(domain)):
                yield f"{local}@{changed}"


def _to_ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _to_letters(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return ""


def _phones(usual: str, region: str) -> Iterator[str]:
    """International with + and without, and as it is dialled at home."""
    yield usual.lstrip("+")
    try:
        number = phonenumbers.parse(usual, region or None)
    except phonenumbers.NumberParseException:
        return
    if not phonenumbers.is_possible_number(number):
        return
    international = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    significant = phonenumbers.national_significant_number(number)
    country = f"+{number.country_code}"
    yield from (international, international[1:])
    if region and phonenumbers.country_code_for_region(region) == number.country_code:
        yield from (national, significant)
    yield f"{country}{_NOT_DIALLED.sub('', national)}"  # +44 020 ..., as people write it


def _cases(usual: str) -> Iterator[str]:
    yield usual.lower()


def _addresses(usual: str) -> Iterator[str]:
    yield usual.lower()
    try:
        address = ipaddress.ip_address(usual)
    except ValueError:
        return
    yield from (address.compressed, address.exploded)


class Digester:
    """HMAC-SHA-256 of normalised identifiers under one company key. Never printed."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digest(self, kind: str, value: str) -> bytes:
        """32 bytes over "<NORMALISATION> <kind> <normal form>" in UTF-8."""
        return self.digest_form(kind, normalise(kind, value))

    def digest_form(self, kind: str, form: str) -> bytes:
        """The digest of what `normalise` or `spellings` gave."""
        return hmac.digest(self._key, f"{NORMALISATION} {kind} {form}".encode(), "sha256")

    def digests(self, kind: str, value: str, region: str = "") -> tuple[bytes, ...]:
        """One per spelling, the usual one first: for lists that must beat every way to write it."""
        return tuple(self.digest_form(kind, form) for form in spellings(kind, value, region))
