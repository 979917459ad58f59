"""How an identifier is written: the normal forms that are compared, and the pattern that finds it inside a text.

Promises: case, spaces and the ways of writing a telephone number do not matter; an address that is part of a longer one, a
number inside a longer number and a single given name are never taken for the person's. The patterns are read alike by
PostgreSQL and by PCRE (MariaDB). Refuses to guess a country: a national number is read by the calling code that is given.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Container, Iterable

import phonenumbers

from avow.stores.duty import Identifier

SHORTEST = 5  # a customer number or cookie shorter than this stands in too many texts by chance
FEWEST_DIGITS = 7  # and a telephone number
FEWEST_IN_NUMBER = 9  # and one in a column of numbers, where a shorter one may be a count or an id
ERASED = "[erased]"  # what stands in a text where an identifier stood
_BEYOND = r"[^\x00-\x7f]"
_GAP = r"[[:space:]()./-]{0,3}"
_ADDRESS = re.compile(r"[^\s<>\"',;:()\[\]]+@[^\s<>\"',;:()\[\]]+\.[^\s<>\"',;:()\[\].]+")
_NUMBER = re.compile(r"(?<![\w.@-])\+?\(?\d[\d ()./-]{6,18}\d(?![\w@])")


def digits_of(value: str) -> str:
    """The ASCII digits of a text, in their order."""
    return re.sub(r"[^0-9]", "", value)


def find_forms(identifier: Identifier, calling_code: str = "") -> frozenset[str]:
    """What a whole value is compared with, in the normal form of `normal`; empty where nothing is left of it."""
    if identifier.kind == "phone":
        return _phone_forms(identifier.value, calling_code)
    found = normal(identifier.kind, identifier.value)
    return frozenset({found} if found else ())


def normal(kind: str, value: str) -> str:
    """The form in which two values of a kind are the same: as the stores compute it from a column."""
    if kind == "phone":
        return digits_of(value)
    return re.sub(r"\s+", " ", value.strip()).lower()


def find_pattern(identifier: Identifier, calling_code: str = "") -> str:
    """A case-insensitive pattern that finds the identifier in a text; "" for one that is not looked for in texts (an IP
    address, a short number, a name of one word)."""
    value = identifier.value.strip()
    if identifier.kind == "email" and "@" in value:
        return rf"(?<![[:alnum:]._%+-]){_quote(value)}(?![[:alnum:]_-]|\.[[:alnum:]])"
    if identifier.kind == "phone":
        return _phone_pattern(value, calling_code)
    if identifier.kind in ("customer_number", "cookie") and len(value) >= SHORTEST:
        return rf"(?<![[:alnum:]_-]){_quote(value)}(?![[:alnum:]_-])"
    if identifier.kind == "name":
        return _name_pattern(value)
    return ""


def find_needle(identifier: Identifier, calling_code: str = "") -> str:
    """A LIKE pattern that every text fits, its ASCII letters in lower case, in which `find_pattern` finds the identifier: told
    much faster, and a text may fit it by chance. "" where nothing is looked for."""
    if not find_pattern(identifier, calling_code):
        return ""
    return "%" if identifier.kind == "name" else suppression_needle(identifier, calling_code)


def like_literal(text: str) -> str:
    """The text inside a LIKE pattern, each sign standing for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def suppression_needle(identifier: Identifier, calling_code: str = "") -> str:
    """The same for a value that has one of the identifier's `suppression_digests`. A letter beyond ASCII stands for anything."""
    if identifier.kind == "phone":
        shortest = min(find_forms(identifier, calling_code), key=len, default="")
        return f"%{'%'.join(shortest)}%"
    words = (like_literal(word) for word in identifier.value.replace("@", " @ ").split())
    return f"%{'%'.join(re.sub(_BEYOND, '%', word) for word in words)}%".lower()


def number_for(identifier: Identifier, value: str) -> str:
    """The value as a bare number, as JSON holds one, in the place of the identifier; "" where it is none."""
    digits = digits_of(value).lstrip("0") if identifier.kind == "phone" else value
    return digits if digits.isascii() and digits.isdigit() and digits[0] != "0" else ""


def join_patterns(patterns: Iterable[str]) -> str:
    """One pattern out of several, the longest first; "" for none."""
    return "|".join(sorted({p for p in patterns if p}, key=lambda p: (-len(p), p)))


def suppression_digests(key: bytes, identifier: Identifier, calling_code: str = "") -> tuple[bytes, ...]:
    """What a store's own list holds for the identifier: HMAC-SHA-256 of version, kind and each normal form. The same
    digests are computed inside the store when a row comes in (RFC 2104)."""
    forms = sorted(find_forms(identifier, calling_code))
    return tuple(hmac.digest(key, f"1 {identifier.kind} {form}".encode(), "sha256") for form in forms)


def find_in_text(text: str) -> tuple[Identifier, ...]:
    """Addresses and telephone numbers that stand in a text, as written."""
    addresses = [Identifier("email", found.rstrip(".")) for found in _ADDRESS.findall(text)]
    numbers = [
        Identifier("phone", found.strip()) for found in _NUMBER.findall(text) if 8 <= len(digits_of(found)) <= 15
    ]
    return tuple(dict.fromkeys([*addresses, *numbers]))


def _quote(value: str) -> str:
    """Each sign stands for itself, a run of spaces for any run of spaces."""
    words = ("".join(c if c.isalnum() else "\\" + c for c in word) for word in value.split())
    return "[[:space:]]+".join(words)


def _name_pattern(value: str) -> str:
    words = value.replace(",", " ").split()
    if len(words) < 2:
        return ""
    turned = f"{_quote(words[-1])},[[:space:]]*{_quote(' '.join(words[:-1]))}"
    return rf"(?<![[:alnum:]])(?:{_quote(' '.join(words))}|{turned})(?![[:alnum:]])"


def _parts(value: str, calling_code: str) -> tuple[str, str]:
    """Calling code ("" unknown) and national significant number."""
    region = phonenumbers.region_code_for_country_code(int(calling_code)) if calling_code else None
    written = re.sub(r"^\s*00", "+", value)
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return "", digits_of(value).lstrip("0")
    return str(number.country_code), phonenumbers.national_significant_number(number)


def _phone_forms(value: str, calling_code: str) -> frozenset[str]:
    code, national = _parts(value, calling_code)
    if len(national) < FEWEST_DIGITS:
        return frozenset({digits_of(value)} - {""})
    forms = {national, f"0{national}"}
    if code:
        forms |= {f"{code}{national}", f"00{code}{national}", f"{code}0{national}", f"00{code}0{national}"}
    return frozenset(forms)


def _phone_pattern(value: str, calling_code: str) -> str:
    code, national = _parts(value, calling_code)
    if len(national) < FEWEST_DIGITS:
        return ""
    abroad = _GAP.join(code) if code else "[0-9]{1,3}"
    plus = rf"(?:(?:\+|00){_GAP})?" if code else rf"(?:\+|00){_GAP}"
    prefix = rf"(?:{plus}{abroad}{_GAP}0?{_GAP}|0{_GAP})?"
    return rf"(?<![0-9]){prefix}{_GAP.join(national)}(?![0-9])"


def list_beside(told: Iterable[str], known: Container[tuple[str, str]]) -> tuple[Identifier, ...]:
    """The identifiers of the other people of a row, out of "kind, tab, value", without those `known` as the person's own."""
    pairs = (one.partition("\t")[::2] for one in dict.fromkeys(told))
    return tuple(
        Identifier(kind, value) for kind, value in pairs if value.strip() and (kind, normal(kind, value)) not in known
    )
