"""CloudSentric's cases on its real database: what they open, for unmodified programs, and that it closes without anybody."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from avow.app.duty_cases import open_case_work
from avow.app.outgoing import make_outbox
from avow.app.project import read_settings
from avow.app.vault import make_vault
from avow.app.workers import uses_of
from avow.control import disclosures, duty_cases, duty_reviews
from avow.errors import ControlError, Diagnostic, Place, StoreError
from avow.ledger import Kind
from company import Company, make_company_alone

POLICE = {
    "authority": "Example Constabulary",
    "ground": "written request 17",
    "clause": "4.2",
    "terms": "acceptable use 2025-03",
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On the newest PostgreSQL alone; what differs between versions is tried by the probes."""
    with make_company_alone(tmp_path_factory.mktemp("cases"), "dutycases") as made:
        yield made


CONSTABULARY = "example-constabulary"
ENTRY = """
  example-constabulary:
    kind: authority.law_enforcement
    entity: "Example Constabulary (fictional)"
    place: {place}
    contact: disclosures@constabulary.example
    purposes: [legal.comply]
    data: [{data}]
"""
FIELDS = "network.ip_addresses, network.email_addresses, network.usage, organisation.name, organisation.size, organisation.sector"


def register(company: Company, place: str = "uk", data: str = FIELDS) -> None:
    """The constabulary stands in recipients.yaml, as whoever answers for it wrote it down."""
    file = company.project / "recipients.yaml"
    text = file.read_text(encoding="utf-8").partition("\n  example-constabulary:")[0]
    file.write_text(text.rstrip() + ENTRY.format(place=place, data=data), encoding="utf-8")


@pytest.fixture(scope="module")
def work(company: Company):
    register(company)
    with open_case_work(company.project, {}) as made:
        yield made


def as_program(company: Company, login: str, *statements: str) -> str:
    """The SQLSTATE with which the program's own login was refused, "" when it worked; committed."""
    try:
        with psycopg.connect(company.dsns[login]) as connection:
            for statement in statements:
                connection.execute(statement.encode())
    except psycopg.Error as refusal:
        return refusal.sqlstate or "unknown"
    return ""


REPORT = (
    "INSERT INTO credit_reports (case_id, organisation_id, agency, score) VALUES ({case}, {org}, 'Example Agency', 500)"
)


def open_credit(company: Company) -> tuple[int, int]:
    """The program's own case for a customer that has none; gives (case, organisation)."""
    free = (
        "SELECT o.id FROM organisations o WHERE NOT EXISTS (SELECT FROM credit_cases c WHERE c.organisation_id = o.id)"
    )
    (org,) = company.of(f"{free} ORDER BY o.id LIMIT 1")[0]
    opened = f"INSERT INTO credit_cases (organisation_id, asked_days, asked_limit) VALUES ({org}, 30, 500)"
    assert as_program(company, "credit", opened) == ""
    (case,) = company.of(f"SELECT id FROM credit_cases WHERE organisation_id = {org}")[0]
    return case, org


def test_a_credit_report_comes_in_only_while_its_customers_case_is_open(company: Company) -> None:
    case, org = open_credit(company)
    report = REPORT.format(case=case, org=org)
    assert as_program(company, "credit", report) == ""
    seen = f"SELECT count(*) FROM credit_reports WHERE organisation_id = {org}"
    assert company.of(seen, "credit") == [(1,)]
    assert as_program(company, "support", seen) == "42501"
    assert as_program(company, "marketing", seen) == "42501"
    assert as_program(company, "credit", f"UPDATE credit_cases SET status = 'decided' WHERE id = {case}") == ""
    assert company.of(seen, "credit") == [(0,)]
    assert as_program(company, "credit", report) == "42501"
    assert as_program(company, "credit", f"UPDATE credit_cases SET status = 'open' WHERE id = {case}") == ""
    assert company.of(seen, "credit") == [(0,)]  # what was ended is not revived


def test_a_credit_case_that_everybody_forgot_ends_by_itself(company: Company) -> None:
    (_, forgotten), (_, other) = (filed(company), filed(company))
    seen = "SELECT organisation_id FROM credit_reports ORDER BY 1"
    assert company.of(seen, "credit") == sorted([(forgotten,), (other,)])
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        expire = "UPDATE avow.case_open SET expires_at = now() - interval '1 second' WHERE subject_key = %s"
        connection.execute(expire, [str(forgotten)])
    assert company.of(seen, "credit") == [(other,)]
    assert (forgotten,) in company.of(seen)  # hidden, not gone


def filed(company: Company) -> tuple[int, int]:
    """An open credit case with its report."""
    case, org = open_credit(company)
    assert as_program(company, "credit", REPORT.format(case=case, org=org)) == ""
    return case, org


def in_register(company: Company, case: UUID) -> list[tuple[Any, ...]]:
    with psycopg.connect(company.control) as connection:
        return connection.execute(
            "SELECT state, recipient, ground, people, asked_by, codes FROM control.disclosure WHERE duty_case = %s"
            " ORDER BY state, recipient, codes",
            (case,),
        ).fetchall()


def test_the_police_get_the_scope_of_an_approved_case_and_nothing_else(company: Company, work) -> None:
    settings = read_settings(company.project, {})
    vault = make_vault(settings, work.cases.session, make_outbox(settings))
    days = (date(2025, 3, 1), datetime.now(UTC).date() + timedelta(days=90))
    kept = vault.put("terms", POLICE["terms"], "bob", b"4.2 Nobody attacks anybody.", days, "bob")
    (org,) = company.of("SELECT organisation_id FROM traffic WHERE organisation_id IS NOT NULL LIMIT 1")[0]
    (rows, users) = company.of(
        f"SELECT count(*), count(DISTINCT end_user_id) FROM traffic WHERE organisation_id = {org}"
    )[0]
    case = work.cases.ask("legal_disclosure", POLICE, f"main:public.organisations:{org}", "bob")
    with pytest.raises(ControlError) as refused:
        work.disclose(case.id, "bob", CONSTABULARY)
    assert refused.value.codes == ("cases.not-open",)
    with pytest.raises(ControlError) as refused:
        work.cases.approve(case.id, "bob")
    assert refused.value.codes == ("cases.own-case",)
    work.cases.approve(case.id, "dana")
    for recipient in (CONSTABULARY, "nobody-registered"):
        with pytest.raises(ControlError) as refused:
            work.disclose(case.id, "bob", recipient)
        assert refused.value.codes == ("cases.gate-refused",)  # the vault holds no order yet
    vault.put("order", POLICE["ground"], "bob", b"We ask for ...", days, "bob")
    for place, data, code in (("us", FIELDS, "place-not-allowed"), ("uk", "network.usage", "field-not-registered")):
        register(company, place, data)
        with open_case_work(company.project, {}) as other, pytest.raises(ControlError) as refused:
            other.disclose(case.id, "bob", CONSTABULARY)
        assert f"disclosure.{code}" in str(refused.value)
    register(company)
    assert work.cases.disclosures(case.id) == []
    line, file = work.disclose(case.id, "bob", CONSTABULARY)
    assert in_register(company, case.id) == [
        ("ready", CONSTABULARY, "obligation", 1 + users, "bob", []),
        *[("refused", CONSTABULARY, "obligation", 0, "bob", [f"disclosure.{code}"])
          for code in ("field-not-registered", "no-document", "place-not-allowed")],
        ("refused", "nobody-registered", "obligation", 0, "bob", ["disclosure.unknown-recipient"]),
    ]  # fmt: skip
    tables = json.loads(file)["rows"]
    assert len(tables["public.traffic"]) == rows
    assert {row["organisation_id"] for rows in tables.values() for row in rows} == {str(org)}
    assert (line.clause, line.terms_version, line.terms_sha256) == ("4.2", POLICE["terms"], kept.sha256)
    work.cases.close(case.id, "handed over to the constabulary", "bob")
    work.renew().check()
    with pytest.raises(ControlError):
        work.disclose(case.id, "bob", CONSTABULARY)
    assert company.of("SELECT ended_at IS NOT NULL FROM avow.case_open WHERE kind = 'legal_disclosure'") == [(True,)]
    assert company.of(f"SELECT count(*) FROM traffic WHERE organisation_id = {org}") == [(rows,)]


DAYS = (date(2025, 3, 1), datetime.now(UTC).date() + timedelta(days=90))
FLOW = (
    "INSERT INTO traffic (seen_at, organisation_id, end_user_id, direction, local_ip, remote_ip, bytes)"
    " VALUES (now(), %s, %s, 'in', '192.0.2.1', '198.51.100.9', 10)"
)


def add_flows(company: Company, *flows: tuple[int, int]) -> None:
    """(organisation, end user) of each."""
    with psycopg.connect(company.superuser, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.executemany(FLOW, flows)


def quiet_firms(company: Company) -> list[int]:
    """Organisations whose flows are of no end user."""
    none = "NOT EXISTS (SELECT FROM traffic t WHERE t.organisation_id = o.id AND t.end_user_id IS NOT NULL)"
    return [id for (id,) in company.of(f"SELECT id FROM organisations o WHERE {none} ORDER BY id")]


def alone(company: Company) -> list[tuple[str, str]]:
    """(key, address) of end users whose address nobody else has, and of whom there is no flow yet."""
    query = (
        "SELECT id::text, email FROM end_users e WHERE email IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM end_users o WHERE o.id <> e.id AND o.email = e.email)"
        " AND NOT EXISTS (SELECT FROM contacts c WHERE c.email = e.email)"
        " AND NOT EXISTS (SELECT FROM traffic t WHERE t.end_user_id = e.id) ORDER BY id"
    )
    return company.of(query)


def disclosed(company: Company, work: Any, org: int, order: str) -> tuple[UUID, dict[str, Any]]:
    """A case about the organisation on an order of its own, approved and disclosed; gives it with the file."""
    settings = read_settings(company.project, {})
    vault = make_vault(settings, work.cases.session, make_outbox(settings))
    for kind, name in (("terms", f"terms of {order}"), ("order", order)):
        vault.put(kind, name, "bob", b"a paper", DAYS, "bob")
    facts = {**POLICE, "ground": order, "terms": f"terms of {order}"}
    case = work.cases.ask("legal_disclosure", facts, f"main:public.organisations:{org}", "bob")
    work.cases.approve(case.id, "dana")
    _, file = work.disclose(case.id, "bob", CONSTABULARY)
    return case.id, json.loads(file)


def given_to_police(work: Any, key: str, table: str = "public.end_users") -> list[disclosures.Given]:
    """The register of one person, by the row that the store knows them by."""
    with work.cases.session() as session:
        found = disclosures.list_given(session, [("main", table, key)])
    return [one for one in found if one.recipient == CONSTABULARY]


def test_whose_rows_went_to_the_police_finds_it_in_their_register_and_nobody_else_does(company: Company, work) -> None:
    org, elsewhere = quiet_firms(company)[:2]
    (alice, mail), (ann, _), (charlie, _), (idle, _) = alone(company)[:4]
    add_flows(company, (org, int(alice)), (org, int(alice)), (org, int(ann)), (elsewhere, int(charlie)))
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute("UPDATE end_users SET organisation_id = %s WHERE id = %s", [org, idle])
    case, file = disclosed(company, work, org, "order about two people")
    assert in_register(company, case) == [("ready", CONSTABULARY, "obligation", 3, "bob", [])]
    ((mine,), (hers,)) = given_to_police(work, alice), given_to_police(work, ann)
    assert mine.disclosure == hers.disclosure
    assert (mine.ground, mine.kind, mine.place) == ("obligation", "authority.law_enforcement", "uk")
    assert file["record"] in [one.record for one in given_to_police(work, str(org), "public.organisations")]
    assert given_to_police(work, charlie) == []  # of another organisation, in the same table
    assert given_to_police(work, idle) == []  # of this organisation, without a row that went
    with psycopg.connect(company.control) as control:
        lines = control.execute(
            "SELECT count(*) FROM control.disclosure_person WHERE disclosure = %s", [mine.disclosure]
        ).fetchone()
    assert lines == (3,)

    def users_of(record: str) -> list[str]:
        rows = file["rows"]["public.traffic"]
        return [rows[number - 1]["end_user_id"] for number in file["records"][record]["public.traffic"]]

    assert set(file["records"]) == {mine.record, hers.record}
    assert (users_of(mine.record), users_of(hers.record)) == ([alice, alice], [ann])
    asked = company.ask("access", mail)
    company.work()
    desk = company.desk()
    try:
        subject = desk.get_request(asked.id).subject
        assert [(one.recipient, one.ground) for one in desk.given_of(subject)] == [(CONSTABULARY, "obligation")]
    finally:
        desk.close()
    uses = uses_of(read_settings(company.project, {}), company.control)
    tables = {
        key: {entry.tables for entry in uses([f"public.end_users:{key}"]) if entry.kind == Kind.DISCLOSE}
        for key in (alice, charlie)
    }
    assert tables == {alice: {"public.traffic"}, charlie: set()}  # the flows went, and not what else is known of her


def test_the_police_are_told_who_of_their_file_is_corrected_or_erased_and_of_nobody_else(
    company: Company, work
) -> None:
    org = quiet_firms(company)[-1]
    (alice, mail), (ann, hers_too), (third, _) = alone(company)[-3:]
    add_flows(company, (org, int(alice)), (org, int(ann)), (org, int(third)))
    volumes = f"SELECT count(*), sum(bytes) FROM traffic WHERE organisation_id = {org}"
    before = company.of(volumes)
    case, file = disclosed(company, work, org, "order about one who leaves")
    ((mine,), (hers,)) = given_to_police(work, alice), given_to_police(work, ann)
    company.ask("rectification", hers_too, changes=(("main", "public.end_users", ann, "full_name", "Ann Example"),))
    request = company.ask("erasure", mail)
    with psycopg.connect(company.control, autocommit=True) as control:
        control.execute("UPDATE control.request SET waits_until = now() WHERE id = %s", [request.id])
    company.work()
    with work.cases.session() as session:
        notices = [one for one in disclosures.list_notices(session) if one.recipient == CONSTABULARY]
        assert disclosures.access_file(session, mine.disclosure) == b""  # what nobody fetched is gone with her
    assert {(one.disclosure, one.line, one.what, one.queued) for one in notices} == {
        (mine.disclosure, mine.line, "erasure", True),
        (hers.disclosure, hers.line, "rectification", True),
    }
    assert {mine.record, hers.record} < set(file["records"])
    assert company.of(f"SELECT count(*) FROM end_users WHERE id = {alice}") == [(0,)]
    assert company.of(f"SELECT count(*) FROM end_users WHERE id = {ann}") == [(1,)]
    assert company.of(volumes) == before
    assert given_to_police(work, ann) == [hers]
    assert len(given_to_police(work, third)) == 1
    assert in_register(company, case) == [("ready", CONSTABULARY, "obligation", 4, "bob", [])]


def test_the_command_line_takes_an_abuse_report_to_its_finding(company: Company) -> None:
    (org,) = company.of("SELECT min(id) FROM organisations")[0]
    opened = company.avow(
        "case",
        "open",
        "abuse",
        "--fact",
        "allegation=port scans",
        "--about",
        f"main:public.organisations:{org}",
        "--by",
        "bob",
    )
    assert opened.returncode == 0, opened.stderr
    reference = opened.stdout.split()[0]
    assert company.of("SELECT count(*) FROM avow.case_open WHERE kind = 'abuse' AND ended_at IS NULL") == [(1,)]
    assert company.avow("case", "close", reference, "--outcome", "no", "--by", "bob").returncode == 2
    closed = company.avow("case", "close", reference, "--outcome", "a relay, closed by its owner", "--by", "bob")
    assert closed.returncode == 0, closed.stderr
    assert company.of("SELECT count(*) FROM avow.case_open WHERE kind = 'abuse' AND ended_at IS NULL") == [(0,)]


def test_a_file_that_nothing_came_into_is_not_left_behind_and_one_that_is_there_is_refused_in_words(
    company: Company, work, tmp_path: Path
) -> None:
    out, org = (
        tmp_path / "police.json",
        company.of("SELECT organisation_id FROM traffic WHERE organisation_id IS NOT NULL LIMIT 1")[0][0],
    )
    told = [word for name, value in POLICE.items() for word in ("--fact", f"{name}={value}")]
    opened = company.avow(
        "case", "open", "legal_disclosure", *told, "--about", f"main:public.organisations:{org}", "--by", "bob"
    )
    reference = opened.stdout.split()[0]
    disclose = ("case", "disclose", reference, "--recipient", CONSTABULARY, "--to", str(out), "--by", "bob")
    early = company.avow(*disclose)
    assert (early.returncode, "cases.not-open" in early.stderr, out.exists()) == (2, True, False)
    assert company.avow("case", "approve", reference, "--by", "dana").returncode == 0
    assert company.avow(*disclose).returncode == 0
    assert out.stat().st_mode & 0o777 == 0o600
    again = company.avow(*disclose)
    assert (again.returncode, "settings.file-in-use" in again.stderr) == (2, True)
    assert company.avow("case", "close", reference, "--outcome", "handed over", "--by", "bob").returncode == 0


def test_a_review_lists_a_grant_that_nobody_declared(company: Company, work) -> None:
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute(f'GRANT SELECT ON invoices TO "{company.prefix}support"')
        made = company.avow("review", "make", "procedures")
        connection.execute(f'REVOKE SELECT ON invoices FROM "{company.prefix}support"')
    assert f"`{company.prefix}support`" in made.stdout, made.stdout + made.stderr
    with work.cases.session() as session:
        (found,) = duty_reviews.list_reviews(session)
    assert any("public.invoices" in words for words in found.findings)
    assert found.signed_at is None


def test_a_silent_store_is_named_and_keeps_no_other_waiting(company: Company, work) -> None:
    (org,) = company.of("SELECT max(id) FROM organisations")[0]
    here = work.cases.ask("abuse", {"allegation": "spam from one address"}, f"main:public.organisations:{org}", "bob")
    calls = []

    @contextmanager
    def open_store(name: str):
        calls.append(name)
        if name == "silent":
            raise StoreError(Diagnostic(Place(name), "store.unreachable", "no answer", "start it", "nothing"))
        with work.stores.open(name) as connection:
            yield connection

    maps = {**work.stores.maps, "silent": work.stores.maps["main"]}
    both = replace(work, stores=replace(work.stores, maps=maps, open=open_store))
    there = both.cases.ask("abuse", {"allegation": "spam from another"}, f"silent:public.organisations:{org}", "bob")
    done = both.renew()
    assert done.silent == ("silent",)
    assert done.leased >= 1
    assert calls.count("silent") == 2
    assert company.of(f"SELECT count(*) FROM avow.case_open WHERE case_id = '{here.id}' AND ended_at IS NULL") == [(1,)]
    with pytest.raises(StoreError) as raised:
        done.check()
    assert raised.value.codes == ("cases.store-silent",)
    for case in (here, there):
        work.cases.close(case.id, "found nothing that is wrong", "bob")


def test_more_cases_than_a_page_shows_are_all_renewed(company: Company, work) -> None:
    (org,) = company.of("SELECT max(id) FROM organisations")[0]
    about = f"main:public.organisations:{org}"
    made = [work.cases.ask("abuse", {"allegation": "one of many"}, about, "bob").id for _ in range(230)]
    work.renew().check()
    many = "SELECT count(*) FROM avow.case_open WHERE kind = 'abuse' AND ended_at IS NULL AND expires_at > now()"
    assert company.of(many) == [(230,)]
    with work.cases.session() as session:
        for case in made:
            duty_cases.record_ended(session, case, "closed", "none of them was anything")
    work.renew().check()
    assert company.of(many) == [(0,)]


def test_by_names_a_member_of_the_staff_whose_role_permits_it(company: Company) -> None:
    words = (
        "case",
        "open",
        "support_access",
        "--fact",
        "reason=a look",
        "--fact",
        "ticket=17",
        "--about",
        "main:public.organisations:1",
    )
    company.hire("alice", "auditor")
    for who, code in (("nobody@example.test", "staff.nobody"), ("alice", "staff.may-not"), ("dana", "staff.may-not")):
        refused = company.avow(*words, "--by", who)
        assert (refused.returncode, code in refused.stderr) == (2, True)
        assert who not in refused.stderr
    opened = company.avow(*words, "--by", "bob")
    reference = opened.stdout.split()[0]
    own = company.avow("case", "approve", reference, "--by", "bob")
    assert "cases.own-case" in own.stderr
    assert company.avow("case", "approve", reference, "--by", "alice").returncode == 2
    assert company.avow("case", "approve", reference, "--by", "dana").returncode == 0
    assert "dana (on the command line)  approved" in company.avow("case", "show", reference).stdout
    with psycopg.connect(company.control) as connection:
        kept = connection.execute(
            "SELECT count(*) > 0 FROM control.duty_case_event WHERE name = 'approved' AND actor_ref = 'dana' AND by_cli"
        ).fetchone()
    assert kept == (True,)


def test_what_a_case_came_to_and_why_rows_are_held_is_sealed_and_so_is_what_stood_there_before(
    company: Company, work
) -> None:
    case = work.cases.ask("complaint", {"complaint": "a letter was late"}, "", "bob")
    work.cases.close(case.id, "we said sorry to Alice Example", "bob")
    old = work.cases.ask("complaint", {"complaint": "another"}, "", "bob")
    with psycopg.connect(company.control, autocommit=True) as connection:
        connection.execute(
            "UPDATE control.duty_case SET state = 'closed', outcome = 'we called Alice Example', ended_at = now() WHERE id = %s",
            (old.id,),
        )
        work.renew()
        clear = connection.execute("SELECT string_agg(c::text, ' ') FROM control.duty_case c").fetchone()[0]
    assert "Alice" not in clear
    assert work.cases.get(case.id).outcome == "we said sorry to Alice Example"
    assert work.cases.get(old.id).outcome == "we called Alice Example"
