"""The question at the first order: its control is broken behind Avow's back, and the sentence turns; apply heals it.

On the example company with its own logins and programs. Each sabotage is undone, and the sentence is kept again afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from avow.app import budget_of, check_project, open_project, shop_project
from avow.prove.catalogue import get_entry
from avow.prove.verdict import StatementVerdict

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from company import Company, make_company_alone

ASKED = "choice-at-first-order"


@dataclass(frozen=True)
class Sabotage:
    """`words` must stand in what the rule's probes say they saw."""

    id: str
    breaks: str
    words: str


_QUIET = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN {body} RETURN NULL; END $$"
SABOTAGES = (
    Sabotage(
        "complete-orders-unasked",
        "DROP TRIGGER zz_avow_asked ON orders",
        "completed a row by phone whose person was never asked",
    ),
    Sabotage(
        "ask-only-by-the-form",
        "CREATE OR REPLACE FUNCTION avow.asked_public_orders() "
        + _QUIET.format(
            body="IF NEW.channel = 'form' AND NOT EXISTS (SELECT FROM public.marketing_preferences p "
            "WHERE p.organisation_id = NEW.organisation_id) THEN RAISE EXCEPTION 'ask' "
            "USING ERRCODE = 'check_violation', CONSTRAINT = 'avow_asked'; END IF;"
        ),
        "completed a row by fax whose person was never asked",
    ),
    Sabotage(
        "forget-the-answers",
        "ALTER TABLE marketing_preferences DISABLE TRIGGER zz_avow_chosen",
        "is not on record as what it was",
    ),
    Sabotage(
        "hear-a-no-and-do-nothing",
        "CREATE OR REPLACE FUNCTION avow.refuse(person_table text, person_keys text[], said_purpose text) RETURNS void "
        "LANGUAGE plpgsql AS $$ BEGIN END $$",
        "who answered no",
    ),
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with make_company_alone(tmp_path_factory.mktemp("choices"), "asked") as made:
        yield made


def look_at(company: Company, *statements: str) -> tuple[StatementVerdict, ...]:
    project = open_project(company.project, {})
    budget = budget_of(project, None, None, None)
    return check_project(project, budget, lambda line: None, statements).report.statements


def look(company: Company, statement: str = ASKED) -> StatementVerdict:
    return look_at(company, statement)[0]


def seen(found: StatementVerdict) -> str:
    """What the probes of the question saw; what the duty still has to show is another test's."""
    return "; ".join(p.seen for rule in found.rules for p in rule.probes if p.name.startswith("choice-"))


def run_sql(company: Company, text: str) -> None:
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute(text.encode())


def test_the_catalogue_names_exactly_these_sabotages() -> None:
    assert get_entry("require.choice").sabotages == tuple(sabotage.id for sabotage in SABOTAGES)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda s: s.id)
def test_a_question_that_is_broken_behind_avow_turns_its_sentence_and_apply_heals_it(
    company: Company, sabotage: Sabotage
) -> None:
    run_sql(company, sabotage.breaks)
    try:
        found = look(company)
    finally:
        assert company.avow("--quiet", "apply").returncode == 0
    assert found.verdict == "broken", found.reason
    assert sabotage.words in seen(found)
    assert {p.result for r in look(company).rules for p in r.probes if p.name.startswith("choice-")} == {"held"}


def order(company: Company, channel: str, answer: str | None) -> int:
    """A first order through the old login of the order program, in its own SQL; raises what the database raises."""
    # the refusal comes with the commit, after which psycopg would leave the connection open
    with closing(psycopg.connect(company.dsns["app"])) as connection, connection:
        (firm,) = connection.execute(
            "INSERT INTO organisations (name, size, sector, email)"
            " VALUES ('New', '1-9', 'farming', 'new@firm.example') RETURNING id"
        ).fetchone() or (0,)
        if answer is not None:
            connection.execute(
                "INSERT INTO marketing_preferences (organisation_id, wants_own, wants_affiliate, wants_other, asked_by)"
                " VALUES (%s, %s, %s, %s, %s)",
                [firm, answer, answer, answer, channel],
            )
        connection.execute("INSERT INTO orders (organisation_id, channel) VALUES (%s, %s)", [firm, channel])
    return int(firm)


@pytest.mark.parametrize("channel", ["form", "phone", "fax", "email"])
def test_the_old_program_cannot_complete_a_first_order_by_any_way_before_the_outcome_is_recorded(
    company: Company, channel: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="nobody has recorded") as refused:
        order(company, channel, None)
    assert "new@firm.example" not in str(refused.value)
    refuser, silent = order(company, channel, "no"), order(company, channel, "not answered")
    visible = {row[0] for row in company.of("SELECT id FROM organisations", "marketing")}
    assert refuser not in visible
    assert silent in visible
    said = company.of(f"SELECT DISTINCT outcome, channel FROM avow.choice WHERE subject_key = '{silent}'")
    assert said == [("unanswered", channel)]
    assert len(company.of(f"SELECT FROM orders WHERE organisation_id IN ({refuser}, {silent})")) == 2


@dataclass(frozen=True)
class OfDuty:
    """`statement` turns to broken when the shopper tries `duty` after `breaks` (in the store, or in Avow's own database), or
    without another run where a look at the work that stands is enough."""

    id: str
    duty: str
    statement: str
    breaks: str
    mends: str
    words: str
    where: str = "store"
    runs: bool = True


_TAKEN = (
    "CREATE FUNCTION pretend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.taken := true; RETURN NEW; END $$; "
    "CREATE TRIGGER pretend BEFORE INSERT ON avow.choice FOR EACH ROW EXECUTE FUNCTION pretend()"
)
_LOSE = (
    "CREATE FUNCTION public.lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; "
    "CREATE TRIGGER lose BEFORE INSERT ON control.subject_state FOR EACH ROW EXECUTE FUNCTION public.lose()"
)
_AFTER = (
    "WITH someone AS (SELECT id FROM control.subject LIMIT 1), noted AS ("
    "  INSERT INTO control.subject_state (subject, mark, held, version, since)"
    "  SELECT id, 'objected:marketing.own', true, 1, now() - interval '1 day' FROM someone"
    "  ON CONFLICT (subject, mark) DO UPDATE SET held = true, since = excluded.since), late AS ("
    "  INSERT INTO control.campaign SELECT '00000000-0000-0000-0000-00000000000a', company, 'marketing.own', 'late', 's', 'b',"
    "  'sent', 'bob', now(), 1 FROM control.subject LIMIT 1 RETURNING id, company)"
    " INSERT INTO control.campaign_send SELECT gen_random_uuid(), late.id, late.company, someone.id, 'a', 'put', '', NULL, now()"
    " FROM late, someone"
)
_BEFORE = (
    "DELETE FROM control.campaign_send WHERE campaign = '00000000-0000-0000-0000-00000000000a'; "
    "DELETE FROM control.campaign WHERE id = '00000000-0000-0000-0000-00000000000a'"
)
OF_DUTIES = (
    OfDuty(
        "show-objectors-to-the-campaign",
        "campaigns",
        "other-information",
        "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE leads ENABLE ROW LEVEL SECURITY",
        "the role of the class saw 10 people instead of 8",
    ),
    OfDuty(
        "lose-what-avow-was-told",
        "campaigns",
        "affiliate-marketing",
        _LOSE,
        "DROP FUNCTION public.lose() CASCADE",
        "a message went to somebody who had just said no",
        where="control",
    ),
    OfDuty(
        "call-answers-taken-that-nobody-took",
        "choices",
        ASKED,
        _TAKEN,
        "DROP FUNCTION pretend() CASCADE",
        "nothing is on record about",
    ),
    OfDuty(
        "keep-the-worker-from-the-answers",
        "choices",
        ASKED,
        'REVOKE SELECT ON avow.choice FROM "{prefix}duty"',
        'GRANT SELECT ON avow.choice TO "{prefix}duty"',
        "nothing is on record about",
    ),
    OfDuty(
        "send-after-a-no",
        "campaigns",
        "own-marketing",
        _AFTER,
        _BEFORE,
        "messages were put for people who had said no",
        where="control",
        runs=False,
    ),
)


def test_the_catalogue_names_the_sabotages_of_both_duties() -> None:
    assert {sabotage.id for sabotage in OF_DUTIES} <= set(get_entry("duty").sabotages)


def test_both_duties_hold_and_the_four_sentences_on_marketing_are_kept(company: Company) -> None:
    shopped = shop_project(company.project, {}, lambda line: None, ("choices", "campaigns"))
    assert {(f.aspect, f.seen) for f in shopped.findings if f.result != "held"} == set()
    found = look_at(company, "own-marketing", "affiliate-marketing", "other-information", ASKED)
    assert len(found) == 4
    assert {one.id: one.reason for one in found if one.verdict != "kept"} == {}


@pytest.mark.parametrize("sabotage", OF_DUTIES, ids=lambda s: s.id)
def test_a_duty_that_is_broken_behind_avow_turns_its_sentence(company: Company, sabotage: OfDuty) -> None:
    dsn = company.superuser if sabotage.where == "store" else company.control
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sabotage.breaks.replace("{prefix}", company.prefix).encode())
        try:
            if sabotage.runs:
                shop_project(company.project, {}, lambda line: None, (sabotage.duty,))
            found = look(company, sabotage.statement)
        finally:
            connection.execute(sabotage.mends.replace("{prefix}", company.prefix).encode())
    assert found.verdict == "broken", found.reason
    assert sabotage.words in "; ".join(p.seen for rule in found.rules for p in rule.probes if p.result == "broke")
