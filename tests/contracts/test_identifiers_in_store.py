"""What a governed PostgreSQL computes of a row that comes in stands on the company's list, whoever wrote the address and how."""

from __future__ import annotations

import re
from importlib.resources import files

import psycopg
import pytest

from avow.sealing import Digester

KEY = bytes(range(32))


def only_digests() -> str:
    """The first function of the suppression list's SQL: it needs nothing but the key's table."""
    text = files("avow.compilers.postgres").joinpath("sql/suppression.sql").read_text(encoding="utf-8")
    return (
        re.split(r"(?=CREATE OR REPLACE FUNCTION avow\.suppressed_marks)", text)[0]
        .replace("{{", "{")
        .replace("}}", "}")
    )


@pytest.mark.parametrize(
    ("kind", "asked", "stored"),
    [
        ("email", "alice@example.com", "Alice@Example.COM "),
        ("email", "Alice@Example.com", "Alice Archer <alice@example.com>"),
        ("email", "alice@example.com", "write to alice@example.com, please"),
        ("phone", "+44 20 7946 0018", "020 7946 0018"),
        ("phone", "020 7946 0018", "+44 20 7946-0018"),
        ("phone", "020 7946 0018", "(020) 79460018"),
        ("cookie", "AbC-1", " abc-1"),
        ("customer_number", "C-42", "c-42"),
    ],
)
def test_a_store_finds_its_digest_on_the_companys_list(database: str, kind: str, asked: str, stored: str):
    padded = KEY + bytes(32)
    pads = (bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded))
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA avow")
        connection.execute("CREATE TABLE avow.suppression_key (ipad bytea, opad bytea)")
        connection.execute("INSERT INTO avow.suppression_key VALUES (%s, %s)", pads)
        connection.execute(only_digests())
        (found,) = connection.execute("SELECT avow.digests(%s, %s)", ([kind], [stored])).fetchone()
    assert {bytes(digest) for digest in found} & set(Digester(KEY).digests(kind, asked, region="GB"))
