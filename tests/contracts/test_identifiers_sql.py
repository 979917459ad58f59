"""The documented SQL and the Python rule give the same form and the same digest, on every PostgreSQL version."""

import hmac
import re
from pathlib import Path

import psycopg
import pytest

from avow.sealing import Digester, normalise
from avow.stores.duty import Identifier
from avow.stores.identifying import find_needle, find_pattern

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "rights-identifiers.md"
KEY = bytes(range(32))
VALUES = {
    "email": [
        " Alice@Example.COM\t",
        "\uff21lice@example.com",
        "ÄRGER@Example.com",
        "İ@x.example",
        "\u00a0a@b.c\u00a0",
        "",
    ],
    "phone": [
        "+44 (0)20 7946-0018",
        "0044 20 7946 0018",
        "020 7946 0018",
        "none",
        "+",
        "00",
        "0+044",
        "++44",
        "+0044",
        "00+1 2",
    ],
    "customer_number": [" C-42 ", "\n", "ﬁ-1"],
    "ip": ["2001:DB8::1"],
}


def form_in_sql() -> str:
    """The expression as the page prints it, over $1 (kind) and $2 (x)."""
    block = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[0]
    return re.sub(r"\bCASE kind\b", "CASE %(kind)s::text", re.sub(r"\bnormalize\(x\b", "normalize(%(x)s::text", block))


def digest_in_sql(form: str) -> str:
    return f"SELECT sha256(%(opad)s || sha256(%(ipad)s || convert_to('1 ' || %(kind)s || ' ' || ({form}), 'UTF8')))"


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_the_documented_sql_gives_the_same_form_and_digest(database: str, kind: str):
    padded = KEY + bytes(32)
    pads = {"ipad": bytes(b ^ 0x36 for b in padded), "opad": bytes(b ^ 0x5C for b in padded)}
    expression = form_in_sql()
    with psycopg.connect(database) as connection:
        for value in VALUES[kind]:
            asked = {"kind": kind, "x": value}
            assert connection.execute(f"SELECT {expression}", asked).fetchone() == (normalise(kind, value),), value
            (digest,) = connection.execute(digest_in_sql(expression), asked | pads).fetchone()
            assert bytes(digest) == Digester(KEY).digest(kind, value), value


def test_the_digest_is_plain_hmac():
    assert Digester(KEY).digest("email", "A@b.c") == hmac.digest(KEY, b"1 email a@b.c", "sha256")


COARSER = {
    "email": "lower(btrim(%(x)s))",
    "phone": "regexp_replace(%(x)s, '[^0-9]', '', 'g')",
    "cookie": "lower(btrim(%(x)s))",
}


@pytest.mark.parametrize(
    ("kind", "asked", "stored"),
    [
        ("email", "Alice@Example.com", " ALICE@example.com "),
        ("phone", "+44 20 7946 0018", "020 7946 0018"),
        ("phone", "+44 20 7946 0018", "+44 2079460018"),
        ("phone", "020 7946 0018", "442079460018"),
        ("cookie", "AbC-1", "abc-1"),
    ],
)
def test_a_coarser_rule_in_a_store_finds_its_digest_among_the_spellings(
    database: str, kind: str, asked: str, stored: str
):
    padded = KEY + bytes(32)
    pads = {"ipad": bytes(b ^ 0x36 for b in padded), "opad": bytes(b ^ 0x5C for b in padded)}
    with psycopg.connect(database) as connection:
        row = connection.execute(digest_in_sql(COARSER[kind]), {"kind": kind, "x": stored} | pads).fetchone()
    assert bytes(row[0]) in Digester(KEY).digests(kind, asked, region="GB")


FOUND = [
    ("email", "Alice.Archer@Example.com", "", "please write to ALICE.archer@example.com."),
    ("email", "a_b%c@example.com", "", "a_b%c@example.com"),
    ("email", "J\u00fcrgen@example.com", "", "from JÜRGEN@example.com"),
    ("phone", "+44 20 7946 0018", "44", "call (020) 7946-0018 at noon"),
    ("phone", "020 7946 0018", "44", "+44 (0) 20 79.46.00 18"),
    ("phone", "+49 30 901820", "44", "0049/30/90 18 20"),
    ("customer_number", "CS 10\\42", "", "order of cs  10\\42, paid"),
    ("cookie", "Qx9-77ab", "", '{"visitor": "qX9-77AB"}'),
]


@pytest.mark.parametrize(("kind", "value", "code", "text"), FOUND)
def test_a_text_in_which_an_identifier_stands_fits_its_needle_and_other_texts_do_not(
    database: str, kind: str, value: str, code: str, text: str
):
    asked = Identifier(kind, value)
    with psycopg.connect(database) as connection:
        told = connection.execute(
            'SELECT %(text)s ~* %(pattern)s, lower(%(text)s COLLATE "C") LIKE %(needle)s,'
            " 'write to bob@example.org or 0131 496 0000' LIKE %(needle)s",
            {"text": text, "pattern": find_pattern(asked, code), "needle": find_needle(asked, code)},
        ).fetchone()
    assert told == (True, True, False)
