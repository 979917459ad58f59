"""A closed list of JSON keys holds at every depth: the database refuses what the map does not list, and takes what it does."""

from __future__ import annotations

import psycopg
import pytest

from avow.compilers.postgres.provenance import closed_keys

KEYS = ("fax", "site.contact", "site.phone", "it's.a.b", "tags", "both", "both.more")


VALUES = {
    "{}": True,
    '{"fax": "1", "site": {"contact": "x", "phone": null}, "tags": ["a", 1]}': True,
    '{"site": null, "fax": null}': True,
    '{"site": [{"contact": "x"}, {"phone": "1"}], "it\'s": {"a": {"b": 1}}}': True,
    '{"both": 1}': True,
    '{"both": {"more": 1}}': True,
    '{"colour": "red"}': False,
    '{"site": {"contact": "x", "passport": "1"}}': False,
    '{"site": [{"contact": "x"}, {"passport": "1"}]}': False,
    '{"site": "a text"}': False,
    '{"fax": {"home": "1"}}': False,
    '{"tags": [{"passport": "1"}]}': False,
    '{"it\'s": {"a": {"b": {"c": 1}}}}': False,
    '{"both": {"other": 1}}': False,
    '["fax"]': False,
}


def test_what_is_not_listed_is_refused_at_every_depth(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE t (extra jsonb CHECK (extra IS NULL OR ({closed_keys('extra', KEYS)})))")
        for value, fits in VALUES.items():
            if fits:
                connection.execute("INSERT INTO t VALUES (%s)", [value])
            else:
                with pytest.raises(psycopg.errors.CheckViolation):
                    connection.execute("INSERT INTO t VALUES (%s)", [value])
