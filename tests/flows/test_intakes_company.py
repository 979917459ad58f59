"""CloudSentric takes data in by its ways alone, lets go of what is due, and takes over what stood in files of before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from avow.control import people
from avow.ledger import Kind
from avow.ledger.search import Wanted, search_ledger
from avow.prove.catalogue import get_entry
from avow.stores.postgres.duty.taking import PostgresTaker
from company import ROOT, Company, make_company_alone

LIST = "organisation,person,email,phone,reason\n"
FACTS = ("contract=C-7", "obtained_on=2026-01-05", "licensed_until=2999-01-31", "permitted_use=marketing.own")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with make_company_alone(tmp_path_factory.mktemp("ways"), "ways") as made:
        yield made


def hand_in(company: Company, folder: Path, lines: str, *facts: str) -> subprocess.CompletedProcess[str]:
    file = folder / "list.csv"
    file.write_text(LIST + lines, encoding="utf-8")
    (firm,) = company.of("SELECT firm FROM brokers ORDER BY id LIMIT 1")[0]
    told = [word for fact in (f"broker={firm}", *(facts or FACTS)) for word in ("--fact", fact)]
    return company.avow("--quiet", "intake", "import", "broker_list", str(file), *told)


def test_a_bought_list_is_screened_line_by_line_and_the_same_list_again_changes_nothing(company, tmp_path):
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute("SELECT set_config('avow.handling', '1', false)")
        connection.execute("INSERT INTO suppression (email, since) VALUES ('Listed@Firm.example', '2020-01-01')")
    lines = "A Ltd,Ann,ann@a.example,,fair\nB Ltd,,listed@firm.example,,fair\nC Ltd,,,,fair\n"
    lines += "D Ltd,,no address,,fair\nA Ltd,Ann,ANN@a.example ,,fair\n"
    done = hand_in(company, tmp_path, lines)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "5 of 5 lines worked through, 1 taken" in done.stdout
    assert [line.strip() for line in done.stdout.splitlines() if line.startswith("  line")] == [
        "line 2: listed",
        "line 3: missing (email)",
        "line 4: not-an-address (email)",
        "line 5: twice",
    ]
    assert "nothing is done twice" in hand_in(company, tmp_path, lines).stdout
    assert company.of("SELECT count(*) FROM leads WHERE email LIKE '%a.example%' AND avow_batch IS NOT NULL") == [(1,)]
    for table in ("delivery", "delivery_reject"):
        with psycopg.connect(company.control) as control:
            told = control.execute(
                f"SELECT coalesce(string_agg(t::text, ''), '') FROM control.{table} t".encode()
            ).fetchone()
        assert "a.example" not in told[0]


def test_a_list_without_a_fact_or_out_of_licence_is_refused_as_a_whole(company, tmp_path):
    before = company.of("SELECT count(*) FROM leads")
    for facts, code in (
        (FACTS[1:], "intake.missing-fact"),
        ((*FACTS[:2], "licensed_until=2020-01-01", FACTS[3]), "intake.licence-ended"),
        ((*FACTS[:3], "permitted_use=billing"), "intake.use-not-permitted"),
    ):
        done = hand_in(company, tmp_path, "E Ltd,,e@e.example,,fair\n", *facts)
        assert (done.returncode, code in done.stderr) == (2, True), done.stderr
    assert company.of("SELECT count(*) FROM leads") == before


def test_the_owner_of_the_tables_cannot_write_a_bought_row_without_a_delivery(company):
    insert = "INSERT INTO leads (source, broker_id, organisation, email) VALUES ('broker', 1, 'F Ltd', 'f@f.example')"
    with psycopg.connect(company.dsns["owner"], autocommit=True) as owner:
        with pytest.raises(psycopg.errors.CheckViolation, match="enter leads by the way broker_list alone"):
            owner.execute(insert)
        owner.execute(
            "INSERT INTO leads (source, event_id, organisation, email) VALUES ('event', 1, 'F Ltd', 'f@f.example')"
        )


def test_a_login_that_was_given_a_right_behind_avow_brings_nothing_in(company):
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute(f"GRANT INSERT ON orders TO {company.prefix}analyst".encode())
        with psycopg.connect(company.dsns["analyst"]) as analyst:
            analyst.execute("SET ROLE NONE")
            with pytest.raises(psycopg.errors.CheckViolation, match="is not a registered way in"):
                analyst.execute("INSERT INTO public.orders (organisation_id, channel) VALUES (1, 'form')")
        connection.execute(f"REVOKE INSERT ON orders FROM {company.prefix}analyst".encode())


def test_the_programs_of_before_go_on_taking_orders(company):
    environ = {**os.environ, "CLOUDSENTRIC_DSN": company.dsns["app"], "PYTHONPATH": str(ROOT / "examples")}
    command = [sys.executable, "-m", "cloudsentric.company.app.orders", "serve-one-round"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_reseller_sees_the_end_users_it_brought_and_no_others(company):
    seen = "SELECT count(*) FROM end_users"
    brought = "SELECT count(*) FROM end_users WHERE reseller_id = {}"
    for login, key in (("resellerone", 1), ("resellertwo", 2)):
        assert company.of(seen, login) == company.of(brought.format(key)) != [(0,)]
    with psycopg.connect(company.dsns["resellerone"]) as connection:
        connection.execute("SELECT set_config('avow.own', '2', false)")
        assert connection.execute(seen).fetchall() == company.of(brought.format(1))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO avow.party VALUES (session_user, 'reseller', '2')")


def test_a_chunk_whose_worker_died_after_the_store_committed_is_not_taken_again(company):
    dsn = next(
        line.partition("=")[2]
        for line in (company.project / "avow.env").read_text().splitlines()
        if line.startswith("AVOW_STORE_MAIN_DUTY_DSN=")
    )
    facts = {
        "broker": "x",
        "contract": "x",
        "obtained_on": "2026-01-01",
        "licensed_until": "2999-01-01",
        "permitted_use": ["x"],
    }
    batch, row = uuid4(), {"source": "broker", "broker_id": "1", "organisation": "G Ltd", "email": "g@g.example"}
    with psycopg.connect(dsn, autocommit=True) as connection:
        taker = PostgresTaker(connection, "main")
        taker.open_batch(batch, "broker_list", facts)
        chunk = [(1, row), (2, {**row, "broker_id": "not a number"})]
        assert taker.take(batch, "public.leads", 0, chunk) == (1, [2])
        assert taker.take(batch, "public.leads", 0, chunk) == (1, [2])
    assert company.of("SELECT count(*) FROM leads WHERE email = 'g@g.example'") == [(1,)]


def test_a_time_limit_takes_values_and_rows_that_are_due_and_leaves_what_is_held_and_what_is_young(company):
    promises = company.project / "promises" / "2026-01.yaml"
    text = promises.read_text(encoding="utf-8")
    limits = (
        "    rules:\n      - bound: {data: [network.ip_addresses], subjects: [correspondent], after: collected, days: 365}\n"
        "      - bound: {data: [any.personal], subjects: [prospect], after: enquiry_age, days: 30}\n"
        "      - bound: {data: [communication.enquiry, identity.name, contact.email, contact.phone], subjects: [prospect],"
        " after: collected, days: 3000}\n      - duty: {duty: intakes, shows: [network-source]}\n"
    )
    changed = text.replace("    rules:\n      - duty: {duty: intakes, shows: [network-source]}\n", limits, 1)
    assert changed != text
    promises.write_text(changed, encoding="utf-8")
    try:
        with psycopg.connect(company.superuser, autocommit=True) as connection:
            insert = (
                "INSERT INTO traffic (seen_at, direction, local_ip, remote_ip, remote_email, bytes)"
                " VALUES (%s, 'in', '192.0.2.1', '198.51.100.9', %s, 77)"
            )
            connection.execute(insert, ["2001-01-01", "old@far.example"])
            connection.execute(insert, ["2999-01-01", "young@far.example"])
            died = "sweep from-the-network/1 main public.traffic 2026-01-02T03:04:05+00:00"  # its worker never said what it took
            connection.execute("INSERT INTO avow.step VALUES (%s, 'one took 7'), (%s, 'two took 4')", [died, died])
        with psycopg.connect(company.control, autocommit=True) as control:
            control.execute(
                "INSERT INTO control.sweep (company, rule, store, table_name, started_at) SELECT company,"
                " 'from-the-network/1', 'main', 'public.traffic', '2026-01-02 03:04:05+00' FROM control.policy_version LIMIT 1"
            )
        before = company.of("SELECT count(*), sum(bytes) FROM traffic")
        assert company.avow("--quiet", "retention", "status").returncode == 1
        swept = company.avow("--quiet", "retention", "sweep")
        assert swept.returncode == 0, swept.stdout + swept.stderr
        left = (
            "SELECT host(remote_ip), remote_email FROM traffic WHERE remote_email LIKE '%@far.example' ORDER BY seen_at"
        )
        assert company.of(left) == [("0.0.0.0", "old@far.example"), ("198.51.100.9", "young@far.example")]
        assert company.of("SELECT count(*), sum(bytes) FROM traffic") == before
        with psycopg.connect(company.control) as control:
            ran = control.execute(
                "SELECT swept FROM control.sweep WHERE table_name = 'public.traffic' ORDER BY started_at"
            ).fetchall()
        assert ran[0] == (11,)
        assert ran[1][0] >= 1
        found = search_ledger(company.control, Wanted(), None, blocks=10_000, limit=10_000).found
        gone = [f.entry.rows for f in found if f.entry.kind is Kind.ERASE and f.entry.tables == "public.traffic"]
        assert sum(gone) == ran[1][0]
        assert any(f.entry.kind is Kind.WRITE and f.entry.tables == "public.leads" for f in found)
        told = company.avow("--quiet", "retention", "when").stdout
        assert "public.traffic (from-the-network/1): loses" in told
        status = company.avow("--quiet", "retention", "status")
        assert "a column for `enquiry_age`" in status.stdout
    finally:
        promises.write_text(text, encoding="utf-8")


FIGURES = (
    "      - bound: {data: [network.ip_addresses, network.email_addresses], after: collected, days: 365,"
    " end: aggregate, at_least: 3}\n",
    "      traffic_by_direction: {table: public.traffic, groups: [direction], measures: [{sum: bytes}],"
    " subject: organisation_id}\n",
)
KEPT = ("kept_period", "kept_figure")


@contextmanager
def figures_stay(company: Company) -> Iterator[None]:
    """A limit that leaves figures of the traffic."""
    files = (company.project / "promises" / "2026-01.yaml", company.project / "datamap.yaml")
    texts = [file.read_text(encoding="utf-8") for file in files]
    places = ("      - duty: {duty: intakes, shows: [network-source]}\n", "    aggregates:\n")
    rule, aggregate = FIGURES
    for file, text, place, new in zip(files, texts, places, (rule + places[0], places[1] + aggregate), strict=True):
        assert text.count(place) == 1
        file.write_text(text.replace(place, new), encoding="utf-8")
    try:
        yield
    finally:
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")


def statuses(company: Company) -> str:
    """How the limit stands, in words: by the login that looks."""
    lines = company.avow("--quiet", "retention", "status").stdout.splitlines()
    return next(line for line in lines if "public.traffic" in line)


def verdicts(company: Company) -> dict[str, str]:
    only = [word for name in ("from-the-network", "from-orders") for word in ("--only", name)]
    done = company.avow("--quiet", "check", "--json", *only)
    return {one["id"]: one["verdict"] for one in json.loads(done.stdout)["statements"]}


def test_a_limit_whose_figures_are_lost_is_broken_until_they_are_put_back(company):
    assert "lose-the-figures" in get_entry("bound").sabotages
    with psycopg.connect(company.superuser, autocommit=True) as connection, figures_stay(company):
        for organisation in range(1, 7):
            connection.execute(
                "INSERT INTO traffic (seen_at, organisation_id, direction, local_ip, remote_ip, bytes)"
                " VALUES ('2001-02-03', %s, 'in', '192.0.2.1', '198.51.100.9', 7)",
                [organisation],
            )
        before = company.of("SELECT count(*), sum(bytes) FROM traffic")
        assert company.avow("--quiet", "retention", "sweep").returncode == 0
        assert company.of("SELECT count(*), sum(bytes) FROM traffic") == before
        assert company.of("SELECT DISTINCT host(remote_ip) FROM traffic WHERE seen_at = '2001-02-03'") == [("0.0.0.0",)]
        told = company.avow("--quiet", "retention", "figures").stdout
        assert "2001-02 " in told
        assert "6 people  sum_bytes=42" in told
        assert statuses(company).startswith("held")
        verdict = verdicts(company)
        for table in KEPT:
            connection.execute(f"CREATE TABLE public.{table} AS TABLE avow.{table}".encode())
        for lost, words in (
            ("avow.kept_figure", "stand there no more"),
            ("avow.kept_period", "no period stands there"),
        ):
            connection.execute(f"TRUNCATE {lost}".encode())
            assert company.avow("--quiet", "retention", "sweep").returncode == 0  # the runs themselves go well
            status = statuses(company)
            assert (status.startswith("broke"), words in status) == (True, True)
        assert verdicts(company) == verdict | {"from-the-network": "broken"} != verdict
        for table in KEPT:
            connection.execute(f"INSERT INTO avow.{table} TABLE public.{table}; DROP TABLE public.{table}".encode())
        assert statuses(company).startswith("held")
        assert verdicts(company) == verdict


def test_the_first_day_takes_over_requests_with_their_dates_and_lists_that_beat_every_later_purchase(company, tmp_path):
    requests = tmp_path / "requests.csv"
    requests.write_text("kind,received_on,email,name\naccess,2026-01-05,alice@example.org,Alice\n", encoding="utf-8")
    dry = company.avow("--quiet", "take-over", "requests", str(requests), "--dry-run")
    assert "line 1: access, received 2026-01-05, due 2026-02-0" in dry.stdout, dry.stdout + dry.stderr
    assert "access" not in company.avow("--quiet", "request", "list").stdout
    for told in ("1 of 1 lines taken over, 1 of them past", "0 of 1 lines taken over"):
        assert told in company.avow("--quiet", "take-over", "requests", str(requests)).stdout
    with psycopg.connect(company.control) as control:
        assert control.execute("SELECT received_at::date::text FROM control.request").fetchall() == [("2026-01-05",)]
    listed = tmp_path / "suppressions.csv"
    listed.write_text("since,email\n2020-01-01,Never@Again.example\n", encoding="utf-8")
    assert "1 of 1" in company.avow("--quiet", "take-over", "suppressions", str(listed)).stdout
    done = hand_in(company, tmp_path, "H Ltd,,never@again.example,,fair\n")
    assert "line 1: objected" in done.stdout
    consents = tmp_path / "consents.csv"
    consents.write_text("email,purpose,given_on\nalice@example.org,marketing.own,soon\n", encoding="utf-8")
    assert "intake.bad-line" in company.avow("take-over", "consents", str(consents)).stderr
    consents.write_text(
        "email,purpose,given_on,withdrawn_on\nalice@example.org,marketing.own,2025-03-01,\n"
        "carol@example.org,marketing.own,2025-03-01,2025-04-01\ncarol@example.org,marketing.own,2025-02-01,\n",
        encoding="utf-8",
    )
    assert "3 of 3" in company.avow("--quiet", "take-over", "consents", str(consents)).stdout
    assert "0 of 3" in company.avow("--quiet", "take-over", "consents", str(consents)).stdout
    with psycopg.connect(company.control) as connection:
        said = connection.execute(
            "SELECT outcome, said_at::date::text, method FROM control.consent WHERE method = 'import' ORDER BY 2, 1"
        ).fetchall()
        held = connection.execute(
            "SELECT mark, held, count(*) FROM control.subject_state t WHERE mark LIKE '%:marketing.own' AND subject IN"
            " (SELECT subject FROM control.consent WHERE method = 'import') GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
    assert said == [
        ("given", "2025-02-01", "import"),
        ("given", "2025-03-01", "import"),
        ("given", "2025-03-01", "import"),
        ("withdrawn", "2025-04-01", "import"),
    ]
    assert held == [
        ("consented:marketing.own", False, 1),
        ("consented:marketing.own", True, 1),
        ("objected:marketing.own", True, 1),
    ]


def test_whoever_stands_on_a_list_that_is_taken_over_is_hidden_in_the_stores_as_well(company, tmp_path):
    seen = [mail for (mail,) in company.of("SELECT email FROM leads WHERE email IS NOT NULL ORDER BY id", "marketing")]
    listed = tmp_path / "list.csv"
    listed.write_text(f"since,email,purpose\n2020-01-01,{seen[0]},marketing.own\n", encoding="utf-8")
    assert "1 of 1" in company.avow("--quiet", "take-over", "suppressions", str(listed)).stdout
    worked = company.avow("--quiet", "work", "--once")
    assert worked.returncode == 0, worked.stderr
    after = [mail for (mail,) in company.of("SELECT email FROM leads WHERE email IS NOT NULL ORDER BY id", "marketing")]
    assert after == [mail for mail in seen if mail.lower() != seen[0].lower()]
    assert company.of(f"SELECT FROM leads WHERE email = '{seen[0]}'")  # nobody is deleted


def test_the_record_of_processing_and_the_list_of_processors_come_out_of_the_map(company):
    written = company.avow("--quiet", "write-down", "processing").stdout
    assert "order processing" in written
    assert "main (uk)" in written
    assert "DPA-2024-011" in company.avow("--quiet", "write-down", "processors").stdout


def test_an_old_yes_takes_nobody_off_a_list_that_stands(company, tmp_path):
    files = {
        "suppressions": "since,email,purpose\n2020-01-01,dora@example.org,marketing.own\n"
        "2020-01-01,gina@example.org,marketing.own\n",
        "requests": "kind,received_on,email,name,purposes\nobjection,2026-01-05,frank@example.org,Frank,marketing.own\n",
        "consents": "email,purpose,given_on\n"
        + "".join(f"{name}@example.org,marketing.own,2019-03-01\n" for name in ("dora", "frank", "gina")),
    }
    desk = company.desk()
    with desk.session() as session:  # gina took an objection back once, and stands on a list that came later
        gina = people.record_subject(session)
        people.record_identifier(session, gina, "email", "gina@example.org")
        people.record_states(session, {gina: {"objected:marketing.own": False}}, {})
    desk.close()
    listed = "SELECT kind, digest, mark FROM control.suppression ORDER BY 1, 2, 3"
    for what, text in files.items():
        with psycopg.connect(company.control) as control:
            before = control.execute(listed).fetchall()
        (tmp_path / what).write_text(text, encoding="utf-8")
        done = company.avow("--quiet", "take-over", what, str(tmp_path / what))
        assert done.returncode == 0, done.stdout + done.stderr
    worked = company.avow("--quiet", "work", "--once")
    assert worked.returncode == 0, worked.stderr
    with psycopg.connect(company.control) as control:
        after = control.execute(listed).fetchall()
        waiting = control.execute("SELECT count(*) FROM control.consent_waiting").fetchone()
    assert len({digest for _, digest, mark in before if mark == "objected:marketing.own"}) >= 3
    assert set(before) <= set(after)
    assert waiting == (0,)
