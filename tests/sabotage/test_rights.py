"""Rights: the control behind one is broken behind Avow's back, the mystery shopper comes, and the sentence turns.

On the example company with its own logins. Each sabotage is undone, and the sentence is kept again before the next one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from avow.prove.catalogue import get_entry

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from company import Company, make_company_alone

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Sabotage:
    """`statement` turns to one of `verdicts` when `right` is used after `breaks`; `mends` puts the control back."""

    id: str
    right: str
    statement: str
    breaks: str
    mends: str
    verdicts: frozenset[str] = frozenset({"broken"})


SABOTAGES = (
    Sabotage(
        "show-objectors-to-campaigns",
        "objection",
        "right-to-object",
        "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE leads ENABLE ROW LEVEL SECURITY",
    ),
    Sabotage(
        "let-bought-lists-past-the-objectors",
        "objection",
        "right-to-object",
        "TRUNCATE avow.suppressed; CREATE FUNCTION forget_the_list() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN NULL; END $$; CREATE TRIGGER forget BEFORE INSERT ON avow.suppressed "
        "FOR EACH ROW EXECUTE FUNCTION forget_the_list()",
        "DROP FUNCTION forget_the_list() CASCADE",
    ),
    Sabotage(
        "keep-a-copy-of-the-erased",
        "erasure",
        "deletion-of-wrong-data",
        "CREATE TABLE attic AS SELECT * FROM enquiries WHERE false; CREATE FUNCTION to_the_attic() RETURNS trigger "
        "LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO public.attic SELECT OLD.*; RETURN OLD; END $$; "
        "CREATE TRIGGER hoard BEFORE DELETE ON enquiries FOR EACH ROW EXECUTE FUNCTION to_the_attic()",
        "DROP FUNCTION to_the_attic() CASCADE; DROP TABLE attic",
        frozenset({"broken", "unproven"}),  # the erasure is never called done
    ),
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On the newest PostgreSQL alone: what is broken here is Avow's own, the same on each version."""
    with make_company_alone(tmp_path_factory.mktemp("sabotage"), "sabotage") as made:
        yield made


def verdict_of(company: Company, statement: str) -> str:
    done = company.avow("--quiet", "check", "--json")
    return next(s["verdict"] for s in json.loads(done.stdout)["statements"] if s["id"] == statement)


def run_sql(company: Company, text: str) -> None:
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute(text.encode())


def test_the_catalogue_names_exactly_these_sabotages() -> None:
    assert get_entry("right").sabotages == tuple(sabotage.id for sabotage in SABOTAGES)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda s: s.id)
def test_a_right_that_is_broken_behind_avow_turns_its_sentence(company: Company, sabotage: Sabotage) -> None:
    before = company.avow("--quiet", "shopper", "run", "--right", sabotage.right)
    assert before.returncode == 0, before.stdout + before.stderr
    assert verdict_of(company, sabotage.statement) == "kept"
    run_sql(company, sabotage.breaks)
    try:
        broken = company.avow("--quiet", "shopper", "run", "--right", sabotage.right)
        assert broken.returncode in (1, 2), broken.stdout
        assert verdict_of(company, sabotage.statement) in sabotage.verdicts
    finally:
        run_sql(company, sabotage.mends)


def test_a_request_of_a_real_person_that_is_late_breaks_the_right_whatever_the_shopper_saw(company: Company) -> None:
    company.avow("--quiet", "shopper", "run", "--right", "question")
    assert verdict_of(company, "privacy-questions") == "kept"
    request = company.ask("question", "alice@example.org")
    with psycopg.connect(company.control, autocommit=True) as control:
        control.execute("UPDATE control.request SET due_at = now() - interval '1 day' WHERE id = %s", [request.id])
    assert verdict_of(company, "privacy-questions") == "broken"


def test_the_shopper_leaves_nothing_behind_and_touches_nobody(company: Company) -> None:
    people = "SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM contacts c WHERE name NOT LIKE 'Avow Canary%'"
    before = company.of(people)
    company.avow("--quiet", "shopper", "run", "--right", "rectification", "--right", "copy")
    assert company.of(people) == before
    assert company.of("SELECT count(*) FROM contacts WHERE name LIKE 'Avow Canary%'") == [(0,)]
