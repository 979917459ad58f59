"""Intakes and retention: a control is broken behind Avow's back, the shopper comes again, and the sentences turn that it serves.

On the example company with its own logins. Each sabotage is undone before the next one; the sentences are kept before and after.
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
sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from cloudsentric.company.desks import work_at_desks
from company import Company, make_company_alone

pytestmark = pytest.mark.slow
DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS"
OURS = {
    "need-to-supply",
    "possible-customers",
    "from-orders",
    "from-enquiries",
    "from-list-brokers",
    "from-resellers",
    "from-the-network",
    "mostly-for-supply",
}


@dataclass(frozen=True)
class Sabotage:
    """Of OURS exactly `turn` are broken after `breaks`, when visits that show `shows` were made again (none where it is "")."""

    id: str
    shows: str
    turn: frozenset[str]
    breaks: str
    mends: str
    place: str = "store"


def _before_insert(table: str, does: str) -> tuple[str, str]:
    """A trigger that changes what comes in, and the way back."""
    made = f"CREATE FUNCTION spoil() RETURNS trigger {DEFINER} $$ BEGIN {does} END $$;"
    made += f" CREATE TRIGGER aa_spoil BEFORE INSERT ON public.{table} FOR EACH ROW EXECUTE FUNCTION spoil()"
    return made, "DROP FUNCTION spoil() CASCADE"


BROKERS, RESELLERS = frozenset({"from-list-brokers"}), frozenset({"from-resellers"})
# Sentences with a rule about the rows of a table look at every control on it, and all of them at every function.
ON_ORDERS = frozenset({"from-orders"})
ON_LEADS = frozenset({"need-to-supply", "possible-customers", "from-list-brokers"})
BY_FUNCTIONS = frozenset(OURS - {"mostly-for-supply"})
SABOTAGES = (
    Sabotage(
        "let-another-login-write",
        "no-other-way",
        BROKERS | ON_ORDERS,
        "DROP TRIGGER zz_avow_way ON orders",
        "",
    ),
    Sabotage(
        "drop-the-delivery-trigger", "no-other-way", ON_LEADS, "DROP TRIGGER zz_avow_batch_broker_list ON leads", ""
    ),
    Sabotage(
        "let-resellers-see-all",
        "reseller-apart",
        BY_FUNCTIONS,
        "CREATE OR REPLACE FUNCTION avow.own(named text) RETURNS text STABLE LANGUAGE sql SECURITY DEFINER"
        " SET search_path = pg_catalog, pg_temp AS $$ SELECT '1' $$",
        "",
    ),
    Sabotage(
        "give-a-reseller-anothers-key",
        "",
        RESELLERS,
        "UPDATE avow.party SET key = '1' WHERE login LIKE '%resellertwo'",
        "UPDATE avow.party SET key = '2' WHERE login LIKE '%resellertwo'",
    ),
    Sabotage(
        "grant-a-field-without-need",
        "field-needs",
        frozenset({"need-to-supply"}),
        "DO $$ BEGIN EXECUTE format('GRANT SELECT (email) ON public.contacts TO %I', (SELECT role FROM avow.pair"
        " WHERE purpose = 'service.provide' AND recipient = 'internal.support')); END $$",
        "DO $$ BEGIN EXECUTE format('REVOKE SELECT (email) ON public.contacts FROM %I', (SELECT role FROM avow.pair"
        " WHERE purpose = 'service.provide' AND recipient = 'internal.support')); END $$",
    ),
    Sabotage("lose-the-company-list", "screened", BROKERS, *_before_insert("suppression", "RETURN NULL;")),
    Sabotage(
        "name-another-broker",
        "broker-named",
        BROKERS,
        *_before_insert("leads", "NEW.broker_id := (SELECT max(id) FROM public.brokers); RETURN NEW;"),
    ),
    Sabotage(
        "write-every-order-as-a-form",
        "order-channels",
        frozenset({"from-orders"}),
        *_before_insert("orders", "NEW.channel := 'form'; RETURN NEW;"),
    ),
    Sabotage(
        "take-leads-without-a-source",
        "lead-source",
        ON_LEADS,
        "ALTER TABLE leads DROP CONSTRAINT avow_source; ALTER TABLE leads ALTER source DROP NOT NULL",
        "ALTER TABLE leads ALTER source SET NOT NULL",
    ),
    Sabotage(
        "use-a-list-out-of-licence",
        "",
        BROKERS,
        "INSERT INTO avow.batch (id, intake, facts) VALUES ('00000000-0000-0000-0000-000000000001', 'broker_list',"
        """ '{"licensed_until": "2001-01-01"}');"""
        " INSERT INTO leads (source, broker_id, organisation, email, avow_batch)"
        " VALUES ('broker', 1, 'Old Ltd', 'old@old.example', '00000000-0000-0000-0000-000000000001')",
        "DELETE FROM leads WHERE email = 'old@old.example';"
        " DELETE FROM avow.batch WHERE id = '00000000-0000-0000-0000-000000000001'",
    ),
    Sabotage(
        "delete-nothing",
        "swept",
        BROKERS,
        f"CREATE FUNCTION spoil() RETURNS trigger {DEFINER} $$ BEGIN RETURN NULL; END $$;"
        " CREATE TRIGGER aa_spoil BEFORE DELETE ON public.leads FOR EACH ROW EXECUTE FUNCTION spoil()",
        "DROP FUNCTION spoil() CASCADE",
    ),
    Sabotage(
        "stop-the-sweep",
        "",
        BROKERS,
        "UPDATE control.sweep SET started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'",
        "UPDATE control.sweep SET started_at = started_at + interval '3 days', finished_at = finished_at + interval '3 days'",
        "control",
    ),
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On the newest PostgreSQL alone: what is broken here is Avow's own, the same on each version."""
    with make_company_alone(tmp_path_factory.mktemp("intakes"), "intakes") as made:
        work_at_desks(made.project, made.dsns)
        assert made.avow("retention", "sweep").returncode == 0
        for duty in ("intakes", "retention"):
            done = made.avow("--quiet", "shopper", "run", "--duty", duty)
            assert done.returncode == 0, done.stdout + done.stderr
        yield made


def expected(turn: frozenset[str] = frozenset()) -> dict[str, str]:
    """Exactly `turn` is broken, and everything else of OURS is kept: not unproven, not attested."""
    return dict.fromkeys(OURS, "kept") | dict.fromkeys(turn, "broken")


def verdicts(company: Company) -> dict[str, str]:
    only = [word for name in sorted(OURS) for word in ("--only", name)]
    done = company.avow("--quiet", "check", "--json", *only)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = {s["id"]: s["verdict"] for s in json.loads(done.stdout)["statements"]}
    assert set(found) == OURS
    return found


def run_sql(company: Company, sabotage: Sabotage, text: str) -> None:
    dsn = company.control if sabotage.place == "control" else company.superuser
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(text.encode())


def test_the_catalogue_names_exactly_these_sabotages() -> None:
    ids = [sabotage.id for sabotage in SABOTAGES]
    assert len(ids) == len(set(ids)) == 12
    assert {sabotage.turn <= OURS and bool(sabotage.turn) for sabotage in SABOTAGES} == {True}
    assert set(ids) <= set(get_entry("duty").sabotages)
    elsewhere = {"lose-the-figures"}  # tests/flows/test_intakes_company.py
    assert set(get_entry("bound").sabotages) == {"stop-the-sweep", "delete-nothing"} | elsewhere


def test_every_sentence_about_the_ways_in_is_kept_on_the_real_database(company: Company) -> None:
    assert verdicts(company) == expected()


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda s: s.id)
def test_a_control_that_is_broken_behind_avow_turns_exactly_its_sentences(company: Company, sabotage: Sabotage) -> None:
    run_sql(company, sabotage, sabotage.breaks)
    try:
        if sabotage.shows:
            seen = company.avow("--quiet", "shopper", "run", "--shows", sabotage.shows)
            assert seen.returncode == 1, seen.stdout + seen.stderr  # something broke; 2 would be: could not be seen
        assert verdicts(company) == expected(sabotage.turn)
    finally:
        if sabotage.mends:
            run_sql(company, sabotage, sabotage.mends)
        mended = company.avow("--quiet", "apply")
        assert mended.returncode == 0, mended.stderr
        if sabotage.shows:
            healed = company.avow("--quiet", "shopper", "run", "--shows", sabotage.shows)
            assert healed.returncode == 0, healed.stdout + healed.stderr


def test_after_every_sabotage_the_store_is_as_apply_wants_it(company: Company) -> None:
    assert company.avow("--quiet", "apply").returncode == 0
    assert verdicts(company) == expected()
