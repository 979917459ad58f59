"""The single detectors: what in a text looks like a kind of personal data, and how often chance looks the same.

Promises: each detector says which parts of a text are *candidates* (have the shape) and which of them *pass* (have the
check digits, the structure or the words), so that the caller can subtract what chance alone would pass. Refuses to keep
or return any part of a text but to the function that masks it.
Sources: ISO/IEC 7812 (card numbers and their check digit), RFC 5321 (addresses), RFC 6761 (reserved names),
ITU-T E.164 (telephone numbers), the check digits as python-stdnum has them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from types import ModuleType

import phonenumbers
from stdnum import iban, luhn

REGIONS: tuple[str, ...] = ("GB", "US", "PK", "IN", "DE", "FR")  # where a number without + may have been written


@dataclass(frozen=True)
class Detector:
    """`chance` is the share of candidates that pass `check` without being the thing (0..1), measured or reckoned."""

    category: str
    shape: re.Pattern[str]
    check: Callable[[str], bool]
    chance: float


def _is_email(text: str) -> bool:
    """RFC 6761 names (`.test`, `.invalid`, `.example`) count: test data of real companies is full of them."""
    from email_validator import EmailNotValidError, validate_email  # takes long to load: only where one is met

    try:
        validate_email(re.sub(r"\.(test|invalid|example|localhost)$", ".com", text), check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _is_ip(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return len(set(digits)) > 1 and bool(luhn.is_valid(digits))


@cache
def _number(module: str) -> ModuleType:
    return import_module(f"stdnum.{module}")


def _checked_by(module: str) -> Callable[[str], bool]:
    return lambda text: bool(_number(module).is_valid(text))


def _is_phone(text: str) -> bool:
    """International form, or a national form as people write it: a leading 0 or bracket, with separators."""
    regions: tuple[str | None, ...] = (None,) if text.startswith("+") else REGIONS
    for region in regions:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or (region in (None, "GB") and phonenumbers.is_possible_number(number)):
            return True
    return False


@cache
def given_names() -> frozenset[str]:
    """A few hundred given names, lower case: enough to tell a column of people from one of things."""
    text = (files(__package__) / "given_names.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def _is_name(text: str) -> bool:
    words = text.split()
    return words[0].lower() in given_names() or bool(re.match(r"(Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau)\b", text))


def _always(_: str) -> bool:
    return True


_STREETS = "Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Drive|Way|Court|Place|Square|Terrace|Crescent|Gardens|Hill|Row|Park|Mews"

# In this order: a part that one detector takes is masked for those below it.
DETECTORS: tuple[Detector, ...] = (
    Detector("contact.email", re.compile(r"[\w.+%'-]{1,64}@[\w-]+(?:\.[\w-]+)+"), _is_email, 0.001),
    Detector(
        "account.password",
        re.compile(
            r"(?:pbkdf2_sha\d+|argon2(?:id?)?|bcrypt_sha256|scrypt)\$\S+|\$(?:2[aby]|argon2id?|[156y])\$\S{20,}"
        ),
        _always,
        0.0,
    ),
    Detector("account.credentials_other", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), _always, 0.0),
    Detector("device.browser_type", re.compile(r"\bMozilla/\d\.\d \([^)]*\)[^\n]*"), _always, 0.0),
    Detector(
        "device.ip_address",
        re.compile(
            r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{1,4}(?![\w:])"
        ),
        _is_ip,
        0.05,
    ),
    Detector(
        "payment.other_account",
        re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        iban.is_valid,
        0.01,
    ),
    Detector("identity.national_id", re.compile(r"\b\d{5}-\d{7}-\d\b"), _checked_by("pk.cnic"), 0.02),
    Detector("identity.national_id", re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), _checked_by("us.ssn"), 0.3),
    Detector(
        "identity.national_id",
        re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"),
        _always,
        0.0,
    ),
    Detector("identity.national_id", re.compile(r"\b\d{8}-?[A-HJ-NP-TV-Z]\b"), _checked_by("es.dni"), 0.05),
    Detector(
        "identity.national_id",
        re.compile(r"\b[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]\b"),
        _checked_by("it.codicefiscale"),
        0.04,
    ),
    Detector(
        "payment.card_number",
        re.compile(
            r"(?<![\d.+-])(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|3[47]\d{2}|6011|65\d{2})(?:[ -]?\d{4}){2}(?:[ -]?\d{1,4})(?![\d-])"
        ),
        _is_card,
        0.1,
    ),
    Detector("contact.phone", re.compile(r"(?<![\w.])\+\d[\d ()./-]{6,18}\d(?!\w)"), _is_phone, 0.05),
    Detector(
        "contact.phone",
        re.compile(
            r"(?<![\w.+/-])(?=[\d ()./-]*[ ()./-]\d)\(?0\d[\d ()./-]{6,14}\d(?![\w-])"
            r"|(?<![\w.+/-])\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}(?!\w)|(?<![\w.+/-])0\d{9,10}(?!\w)"
        ),
        _is_phone,
        0.3,
    ),
    Detector(
        "contact.postal_address",
        re.compile(
            rf"\b\d{{1,4}}[A-Za-z]?,? (?:[A-Z][\w'-]+ ){{1,3}}(?:{_STREETS})\b"
            r"|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\b[A-Z][a-zäöü]+(?:straße|strasse|weg|gasse|platz) \d{1,4}\b"
        ),
        _always,
        0.0,
    ),
)

# Only for a value that is nothing else: inside sentences, two words with capitals are anything.
NAME = Detector(
    "identity.name",
    re.compile(
        r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau)\.? )?[A-Z][\w'’-]+"
        r"(?: [A-Z]\.?)?(?: (?:van|von|de|der|da|al|bin))*(?: [A-Z][\w'’-]+){1,2}"
    ),
    _is_name,
    0.02,
)
