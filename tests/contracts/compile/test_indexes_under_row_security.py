"""Indexes that row security disables are named, and only those: each is asked for as the owner and as a role under a policy."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest

from avow.compilers.postgres.planning import unindexable

# index -> how it is made, and a question that uses it
DISABLED = {
    "by_start": ("(name text_pattern_ops)", "name LIKE 'Person 9999%'"),
    "by_bytes": ('(city COLLATE "C")', "city COLLATE \"C\" LIKE 'City 9999%'"),
    "by_words": (
        "USING gin (to_tsvector('simple', name))",
        "to_tsvector('simple', name) @@ to_tsquery('simple', '9999')",
    ),
    "by_dense": ("(replace(name, ' ', ''))", "replace(name, ' ', '') = 'Person9999'"),
    "by_lower": ("(lower(name))", "lower(name) = 'person 9999'"),
    "by_joined": ("((name || email))", "name || email = 'x'"),
    "by_keys": ("USING gin (tags)", "tags @> ARRAY['tag 9999']"),
    "by_amount": ("(amount)", "amount = 9999"),
}
USED = {"by_email": ("(email)", "email = 'person9999@example.com'"), "by_number": ("(number)", "number = 9999")}


@pytest.fixture
def stocked(database: str) -> Iterator[tuple[psycopg.Connection, str]]:
    """A table under row security with every index, and a role that a policy names."""
    role = f"reader_{secrets.token_hex(4)}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE people (number int, name text, city text, email text, tags text[], amount numeric, mask bigint)"
        )
        connection.execute(
            "INSERT INTO people SELECT n, 'Person ' || n, 'City ' || n, 'person' || n || '@example.com', ARRAY['tag ' || n], n, 0"
            " FROM generate_series(1, 20000) n"
        )
        for name, (how, _) in {**DISABLED, **USED}.items():
            connection.execute(f"CREATE INDEX {name} ON people {how}")
        connection.execute(f"CREATE ROLE {role}; GRANT SELECT ON people TO {role}")
        connection.execute("ALTER TABLE people ENABLE ROW LEVEL SECURITY")
        connection.execute(f"CREATE POLICY p ON people FOR SELECT TO {role} USING ((mask & 1) = 0)")
        connection.execute("ANALYZE people")
        yield connection, role


def uses(connection: psycopg.Connection, question: str) -> set[str]:
    plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN SELECT number FROM people WHERE {question}"))
    return {name for name in (*DISABLED, *USED) if f"{name}" in plan}


def test_an_index_that_only_the_owner_can_use_is_named_with_what_leaks(stocked: tuple[psycopg.Connection, str]) -> None:
    connection, role = stocked
    said = unindexable(connection, {"public.people"})
    for name, (_, question) in {**DISABLED, **USED}.items():
        assert name in uses(connection, question), (name, "the owner's question uses it")
    connection.execute(f"SET ROLE {role}")
    still = {name for name, (_, question) in {**DISABLED, **USED}.items() if name in uses(connection, question)}
    connection.execute("RESET ROLE")
    assert still == set(USED)
    named = {line.partition("the index ")[2].partition(":")[0]: line.rpartition(": ")[2] for line in said}
    assert set(DISABLED) <= set(named)
    assert "by_number" not in named
    assert "LIKE" in named["by_start"]
    assert "LIKE" in named["by_bytes"]
    assert "to_tsvector()" in named["by_words"]
    assert "@@ (tsvector_ops)" in named["by_words"]
    assert "replace()" in named["by_dense"]
    assert "||" in named["by_joined"]
    assert named.get("by_email", "LIKE") == "LIKE", "where text is sorted by bytes, LIKE would have used it"
