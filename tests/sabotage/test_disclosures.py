"""Disclosures and places: each control is broken behind Avow's back, and exactly the sentences that stand on it turn.

On the example company with its own logins. The mystery shopper tries everything once before; what only it can see is broken
together, and it comes once more. Each sabotage is undone, and its sentence is kept again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from avow.app import budget_of, check_project, open_project
from avow.prove.catalogue import get_entry

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from company import Company, make_company_alone

pytestmark = pytest.mark.slow
GATE, CONSENT, LAW = "no-outside-firms", "agreed-by-the-customer", "obliged-by-law"
CONTRACT, FIELDS, INSIDE = "firms-under-contract", "contracted-services", "passing-on-restricted"
HELD, ABROAD = "held-in-the-uk", "no-transfer-abroad"
MINE = (GATE, CONSENT, LAW, CONTRACT, FIELDS, INSIDE, HELD, ABROAD)
AFTER = "2031-02-01 00:00:00+00"


@dataclass(frozen=True)
class Sabotage:
    """`turns`: statement -> its verdict meanwhile. `where` is the store, or Avow's own database (control)."""

    id: str
    where: str
    breaks: str
    mends: str
    turns: dict[str, str]


SEEN_BY_A_CHECK = (
    Sabotage(
        "read-after-the-contract",
        "store",
        "ALTER POLICY {schema}_contract ON contacts USING (true)",
        "ALTER POLICY {schema}_contract ON contacts USING ({closing})",
        {CONTRACT: "broken", FIELDS: "broken", GATE: "broken"},  # past its contract a firm is a stranger again
    ),
    Sabotage(
        "never-end-a-password",
        "store",
        "ALTER ROLE {prefix}northline VALID UNTIL 'infinity'",
        f"ALTER ROLE {{prefix}}northline VALID UNTIL '{AFTER}'",
        {CONTRACT: "broken"},
    ),
    Sabotage(
        "give-the-van-an-address",
        "store",
        "GRANT SELECT (email) ON contacts TO {role}",
        "REVOKE SELECT (email) ON contacts FROM {role}",
        {FIELDS: "broken", GATE: "broken"},
    ),
    Sabotage(
        "let-another-firm-in",
        "store",
        "GRANT {role} TO {prefix}brightwire",
        "REVOKE {role} FROM {prefix}brightwire",
        {FIELDS: "broken", GATE: "broken"},
    ),
    Sabotage(
        "ship-rows-to-a-server-abroad",
        "store",
        "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER dumps FOREIGN DATA WRAPPER nowhere OPTIONS (host '203.0.113.9')",
        "DROP FOREIGN DATA WRAPPER nowhere CASCADE",
        {HELD: "broken"},
    ),
    Sabotage(
        "keep-a-slot-for-a-replica-that-nobody-knows",
        "store",
        "SELECT pg_create_physical_replication_slot('elsewhere')",
        "SELECT pg_drop_replication_slot('elsewhere')",
        {HELD: "unproven"},
    ),
    Sabotage(
        "leave-an-emergency-unjudged",
        "control",
        "INSERT INTO control.disclosure (id, company, at, state, recipient, place, purpose, ground, channel, data, people,"
        " asked_by, review_due_at) VALUES (gen_random_uuid(), 'cloudsentric', now(), 'delivered', 'northline-couriers', 'uk',"
        " '', 'emergency', 'file', '{{}}', 1, 'bob', now() - interval '1 hour')",
        "DELETE FROM control.disclosure WHERE asked_by = 'bob'",
        {GATE: "broken"},
    ),
)
SEEN_BY_THE_SHOPPER = (
    Sabotage(
        "forget-what-was-refused",
        "control",
        "CREATE FUNCTION public.forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        " CREATE TRIGGER forget BEFORE INSERT ON control.disclosure FOR EACH ROW WHEN (NEW.state = 'refused')"
        " EXECUTE FUNCTION public.forget()",
        "DROP FUNCTION public.forget() CASCADE",
        {GATE: "broken", INSIDE: "broken", ABROAD: "broken"},
    ),
    Sabotage(
        "hear-no-withdrawal",
        "control",
        "CREATE FUNCTION public.deaf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        " CREATE TRIGGER deaf BEFORE INSERT ON control.consent FOR EACH ROW WHEN (NEW.outcome = 'withdrawn')"
        " EXECUTE FUNCTION public.deaf()",
        "DROP FUNCTION public.deaf() CASCADE",
        {CONSENT: "broken"},
    ),
    Sabotage(
        "let-who-gave-judge",
        "control",
        "ALTER TABLE control.disclosure DROP CONSTRAINT reviewed_by_another",
        "ALTER TABLE control.disclosure ADD CONSTRAINT reviewed_by_another CHECK (reviewed_by = '' OR reviewed_by <> asked_by)",
        {GATE: "broken"},
    ),
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On the newest PostgreSQL alone; a network abroad is written down, so that an address in it has a place."""
    with make_company_alone(tmp_path_factory.mktemp("disclosures"), "gives") as made:
        toml = made.project / "avow.toml"
        abroad = '[places.networks]\nus = ["203.0.113.0/24"]\n'
        toml.write_text(toml.read_text().replace("[places.networks]\n", abroad))
        ran = made.avow("--quiet", "shopper", "run", "--duty", "disclosures", "--duty", "places")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        yield made


def verdicts(company: Company) -> dict[str, str]:
    project = open_project(company.project, {})
    found = check_project(project, budget_of(project, None, None, None), lambda line: None, MINE)
    return {s.id: s.verdict for s in found.report.statements}


WELL = {**dict.fromkeys(MINE, "kept"), HELD: "attested", ABROAD: "attested"}


def names(company: Company) -> dict[str, str]:
    pair = "SELECT role, schema FROM avow.pair WHERE recipient = 'processor.delivery'"
    (role, schema), *_ = company.of(pair)
    closing = f"SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = '{schema}_contract' LIMIT 1"
    return {"role": role, "schema": schema, "prefix": company.prefix, "closing": company.of(closing)[0][0]}


def run_sql(company: Company, where: str, text: str) -> None:
    dsn = company.superuser if where == "store" else company.control
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(text.encode())


def test_the_catalogue_names_these_sabotages() -> None:
    assert {s.id for s in (*SEEN_BY_A_CHECK, *SEEN_BY_THE_SHOPPER)} <= set(get_entry("duty").sabotages)


def test_everything_is_kept_before_anything_is_broken(company: Company) -> None:
    assert verdicts(company) == WELL


@pytest.mark.parametrize("sabotage", SEEN_BY_A_CHECK, ids=lambda s: s.id)
def test_a_control_that_is_broken_behind_avow_turns_its_sentences_and_no_other(
    company: Company, sabotage: Sabotage
) -> None:
    known = names(company)
    run_sql(company, sabotage.where, sabotage.breaks.format(**known))
    try:
        assert verdicts(company) == WELL | sabotage.turns
    finally:
        run_sql(company, sabotage.where, sabotage.mends.format(**known))


def test_what_only_the_shopper_can_see_turns_its_sentences_and_no_other(company: Company) -> None:
    for sabotage in SEEN_BY_THE_SHOPPER:
        run_sql(company, sabotage.where, sabotage.breaks)
    try:
        company.avow("--quiet", "shopper", "run", "--duty", "disclosures")
        turned = {statement: word for sabotage in SEEN_BY_THE_SHOPPER for statement, word in sabotage.turns.items()}
        assert verdicts(company) == WELL | turned
    finally:
        for sabotage in SEEN_BY_THE_SHOPPER:
            run_sql(company, sabotage.where, sabotage.mends)


def test_a_copy_abroad_is_refused_before_anything_is_planned_and_reported(company: Company) -> None:
    toml = company.project / "avow.toml"
    before = toml.read_text()
    toml.write_text(before.replace("[places.backups]\n", '[places.backups]\nweekly = "203.0.113.9:/dumps"\n'))
    try:
        for command in ("plan", "apply"):
            refused = company.avow("--quiet", command)
            assert refused.returncode == 2, command
            assert "places.outside" in refused.stderr
        assert "OUTSIDE  us" in company.avow("--quiet", "places").stdout
        assert verdicts(company)[HELD] == "broken"
    finally:
        toml.write_text(before)
