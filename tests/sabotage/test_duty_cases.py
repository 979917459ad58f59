"""Cases, reviews and papers: the control behind one is broken behind Avow's back, and exactly its sentences turn.

On the example company with its own logins. Each sabotage is undone; the next visit of the shopper sees it mended, so that those
without a visit come first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from avow.app.checking import budget_of, open_scenes
from avow.app.duty_evidence import Look, read_duties
from avow.app.project import open_project
from avow.app.rights_evidence import open_records
from avow.control import open_control
from avow.policy import PolicyVersion
from avow.policy.promise import Promise
from avow.prove import Scene, check
from avow.prove.catalogue import get_entry

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from company import Company, make_company_alone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TOLD = "breaches-told"  # of no sentence of the example: the reading of one whose policy promises it
OURS = frozenset(
    {
        "credit-information",
        "credit-risk-only",
        "procedures-checked",
        "procedures-work",
        "abuse-investigated",
        "police-cooperation",
        TOLD,
    }
)


@dataclass(frozen=True)
class Sabotage:
    """`turns` are broken, and the others kept, after `breaks` in the `place` ("store" or "control"); `shopped`: the mystery shopper
    comes in between. `mends` puts the control back."""

    id: str
    place: str
    breaks: str
    mends: str
    turns: frozenset[str]
    shopped: tuple[str, ...] = ()


CREDIT = frozenset({"credit-information", "credit-risk-only"})
OPENING = CREDIT | {"abuse-investigated", "police-cooperation"}
_OPEN_CASES = (
    "CREATE OR REPLACE FUNCTION avow.open_cases(case_kind text, about text) RETURNS text[] STABLE LANGUAGE sql"
    " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$"
    " SELECT coalesce(array_agg(subject_key), '{{}}') FROM avow.case_open"
    " WHERE kind = case_kind AND subject_table = about {more} $body$"
)
_CASE = (
    "INSERT INTO control.seal_key (id, wrapped) VALUES ('00000000-0000-0000-0000-00000000ca5e', 'x') ON CONFLICT DO NOTHING;"
    "INSERT INTO control.duty_case (id, company, kind, state, requested_by, fact_names, key_id, facts_sealed, scope_sealed,"
    " requested_at, opened_at, expires_at, worked_at) VALUES ('00000000-0000-0000-0000-00000000ca5e', 'cloudsentric', 'abuse',"
    " 'open', 'bob', '{allegation}', '00000000-0000-0000-0000-00000000ca5e', 'x', 'x', now() - interval '10 days',"
    " now() - interval '10 days', now() + interval '10 days', now() - interval '10 days')"
)

_BREACH = "00000000-0000-0000-0000-0000000b4eac"
_UNTOLD = (
    f"INSERT INTO control.seal_key (id, wrapped) VALUES ('{_BREACH}', 'x') ON CONFLICT DO NOTHING;"
    "INSERT INTO control.duty_case (id, company, kind, state, requested_by, fact_names, key_id, facts_sealed, scope_sealed,"
    f" requested_at, opened_at, expires_at, worked_at) VALUES ('{_BREACH}', 'cloudsentric', 'breach', 'open', 'bob',"
    f" '{{what,noticed}}', '{_BREACH}', 'x', 'x', now(), now(), now() + interval '10 days', now());"
    f"INSERT INTO control.breach (duty_case, company, aware_at) VALUES ('{_BREACH}', 'cloudsentric', now() - interval '73 hours')"
)

SABOTAGES = (
    Sabotage(
        "let-a-breach-clock-run-out",
        "control",
        _UNTOLD,
        f"DELETE FROM control.duty_case WHERE id = '{_BREACH}'",
        frozenset({TOLD}),
    ),
    Sabotage(
        "leave-a-report-of-abuse-lying",
        "control",
        _CASE,
        "DELETE FROM control.duty_case WHERE id = '00000000-0000-0000-0000-00000000ca5e'",
        frozenset({"abuse-investigated"}),
    ),
    Sabotage(
        "let-a-review-lapse",
        "control",
        "ALTER TABLE control.policy_version DISABLE TRIGGER policy_version_is_immutable;"
        "UPDATE control.policy_version SET registered_at = registered_at - interval '100 days';"
        "ALTER TABLE control.policy_version ENABLE TRIGGER policy_version_is_immutable",
        "ALTER TABLE control.policy_version DISABLE TRIGGER policy_version_is_immutable;"
        "UPDATE control.policy_version SET registered_at = registered_at + interval '100 days';"
        "ALTER TABLE control.policy_version ENABLE TRIGGER policy_version_is_immutable",
        frozenset({"procedures-checked"}),
    ),
    Sabotage(
        "let-ended-cases-count",
        "store",
        _OPEN_CASES.format(more=""),
        "",
        OPENING,
        ("cases",),
    ),
    Sabotage(
        "drop-the-trigger-of-the-programs-cases",
        "store",
        "DROP TRIGGER zz_avow_case ON credit_cases",
        "",
        OPENING,
        ("cases",),
    ),
    Sabotage(
        "let-the-requester-approve",
        "control",
        "ALTER TABLE control.duty_case DROP CONSTRAINT duty_case_is_approved_by_another",
        "ALTER TABLE control.duty_case ADD CONSTRAINT duty_case_is_approved_by_another CHECK (approved_by <> requested_by)",
        frozenset({"police-cooperation"}),
        ("cases",),
    ),
    Sabotage(
        "close-without-a-finding",
        "control",
        "ALTER TABLE control.duty_case DROP CONSTRAINT duty_case_ends_with_an_outcome",
        "ALTER TABLE control.duty_case ADD CONSTRAINT duty_case_ends_with_an_outcome CHECK ("
        "(state IN ('closed', 'refused')) = (ended_at IS NOT NULL)"
        " AND (ended_at IS NULL OR outcome_sealed IS NOT NULL OR btrim(outcome) <> ''))",
        frozenset({"abuse-investigated"}),
        ("cases",),
    ),
    Sabotage(
        "disclose-without-a-case",
        "control",
        "ALTER TABLE control.duty_case_disclosure DISABLE TRIGGER duty_case_discloses",
        "ALTER TABLE control.duty_case_disclosure ENABLE TRIGGER duty_case_discloses",
        frozenset({"police-cooperation"}),
        ("cases",),
    ),
    Sabotage(
        "register-only-whom-an-order-names",
        "control",
        "CREATE FUNCTION control.lose_people() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER lose_people BEFORE INSERT ON control.disclosure_person FOR EACH ROW WHEN (NEW.line > 1)"
        " EXECUTE FUNCTION control.lose_people()",
        "DROP FUNCTION control.lose_people CASCADE",
        frozenset({"police-cooperation"}),
        ("cases",),
    ),
    Sabotage(
        "write-to-people-without-an-approved-letter",
        "control",
        "ALTER TABLE control.breach_person DISABLE TRIGGER breach_person_is_told",
        "ALTER TABLE control.breach_person ENABLE TRIGGER breach_person_is_told",
        frozenset({TOLD}),
        ("cases",),
    ),
    Sabotage(
        "let-who-wrote-a-letter-approve-it",
        "control",
        "ALTER TABLE control.breach_letter DROP CONSTRAINT breach_letter_is_approved_by_another",
        "ALTER TABLE control.breach_letter ADD CONSTRAINT breach_letter_is_approved_by_another CHECK (approved_by <> asked_by)",
        frozenset({TOLD}),
        ("cases",),
    ),
    Sabotage(
        "sign-a-review-for-nobody",
        "control",
        "ALTER TABLE control.duty_review DROP CONSTRAINT duty_review_is_signed_by_somebody",
        "ALTER TABLE control.duty_review ADD CONSTRAINT duty_review_is_signed_by_somebody CHECK ("
        "(signed_at IS NULL) = (signed_by = '') AND (signed_at IS NULL) = (btrim(statement) = ''))",
        frozenset({"procedures-checked", "procedures-work"}),
        ("cases", "reviews"),
    ),
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On the newest PostgreSQL alone: the controls are the same on each version."""
    with make_company_alone(tmp_path_factory.mktemp("sabotage"), "dutysabotage") as made:
        assert made.avow("--quiet", "check").returncode in (0, 1, 2)  # registers the policy versions
        shop(made, ("cases", "reviews"))
        yield made


def shop(company: Company, duties: tuple[str, ...]) -> None:
    """One run of the mystery shopper: what it saw decides, and a run that could not begin decides nothing."""
    ran = company.avow("shopper", "run", *(f"--duty={duty}" for duty in duties))
    assert ran.returncode in (0, 1, 2), ran.stderr
    print(ran.stderr[-4000:])  # what was seen, for whoever reads a failure


def our_promises(version: PolicyVersion) -> tuple[Promise, ...]:
    """The six sentences, and one as a policy has it that promises to tell of breaches."""
    ours = tuple(p for p in version.promises if p.id in OURS)
    model = next(p for p in ours if p.id == "police-cooperation")
    duty = next(rule for rule in model.rules if rule.kind == "duty")
    told = replace(duty, id=f"{TOLD}/1", promise=TOLD, detail={**duty.detail, "shows": ("affected", "told")})
    return (*ours, replace(model, id=TOLD, rules=(told,), conflicts=()))


def verdicts_of(company: Company) -> dict[str, str]:
    """One check of these sentences alone, on everything that a check looks at."""
    project = open_project(company.project, {})
    budget = budget_of(project, None, 900, None)
    with ExitStack() as stack:
        control = stack.enter_context(open_control(company.control, project.settings.company))
        stores = open_scenes(stack, project, budget, lambda line: None)
        records = stack.enter_context(open_records(company.control, project.settings.company))
        connection = stack.enter_context(psycopg.connect(company.control, autocommit=True))
        scene = Scene(
            version=replace(project.version, promises=our_promises(project.version)),
            terms=project.vocabulary,
            stores=stores,
            versions=project.versions,
            control=control,
            duties=read_duties(records, Look(connection, project, stores, datetime.now(UTC))),
            budget=budget,
        )
        verdicts = {found.id: found.verdict for found in check(scene).statements}
    assert set(verdicts) == OURS
    return verdicts


def with_broken(turned: frozenset[str]) -> dict[str, str]:
    """What a sabotage leaves: these broken, every other one kept. Whatever else a verdict can be is neither."""
    return {name: "broken" if name in turned else "kept" for name in OURS}


def run_sql(company: Company, place: str, text: str) -> None:
    with psycopg.connect(company.superuser if place == "store" else company.control, autocommit=True) as connection:
        connection.execute(text.encode())


def test_the_catalogue_names_these_sabotages() -> None:
    assert {sabotage.id for sabotage in SABOTAGES} <= set(get_entry("duty").sabotages)


def test_before_anything_is_broken_every_sentence_is_kept(company: Company) -> None:
    assert verdicts_of(company) == with_broken(frozenset())


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda s: s.id)
def test_what_is_broken_behind_avow_turns_exactly_its_sentences(company: Company, sabotage: Sabotage) -> None:
    run_sql(company, sabotage.place, sabotage.breaks)
    try:
        if sabotage.shopped:
            shop(company, sabotage.shopped)
        assert verdicts_of(company) == with_broken(sabotage.turns)
    finally:
        if sabotage.mends:
            run_sql(company, sabotage.place, sabotage.mends)
        else:
            assert company.avow("apply").returncode == 0
