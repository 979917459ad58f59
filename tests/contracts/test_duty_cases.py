"""Cases and documents in the control database: what the database itself refuses, whoever writes."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from avow.control import duty_cases, open_control, retention, vault
from avow.control.session import Session
from avow.sealing import open_company_keys

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=7)
FACTS = {"authority": "Example Constabulary", "ground": "written request 17 of 2 March"}


@pytest.fixture
def session(database, tmp_path):
    with open_control(database, "acme"), psycopg.connect(database) as connection:
        yield Session(connection, "acme", open_company_keys(tmp_path / "seal.key"), NOW, uuid4)


def ask(session, kind="legal_disclosure", opens=False, **more):
    return duty_cases.record_case(session, kind, "bob", FACTS, {"organisation": "17"}, LATER, opens, **more)


def refused(session, state, act):
    with pytest.raises(psycopg.Error) as caught, session.connection.transaction():
        act()
    assert caught.value.sqlstate == state


def end(session, case, outcome):
    duty_cases.record_ended(session, case, duty_cases.CLOSED, outcome)


def disclose(session, case):
    terms = ("2025-03", "ab" * 32)
    who = "authority.law_enforcement"
    duty_cases.record_case_disclosure(session, case, "bob", who, "4.2", terms, ["remote_ip"], 3, "cd" * 32)


def test_a_case_is_sealed_and_opens_with_another_persons_approval(session):
    case = ask(session)
    found = duty_cases.find_case(session, case)
    assert (found.state, found.facts, found.scope) == ("requested", FACTS, {"organisation": "17"})
    assert session.connection.execute("SELECT duty_case::text FROM control.duty_case").fetchone()[0].find("17 of") == -1
    refused(session, "23514", lambda: duty_cases.record_approved(session, case, "bob", LATER))
    refused(session, "23001", lambda: disclose(session, case))
    assert duty_cases.record_approved(session, case, "dana", LATER)
    assert duty_cases.find_case(session, case).going
    disclose(session, case)
    assert [d.clause for d in duty_cases.list_case_disclosures(session, case)] == ["4.2"]


def test_without_an_approver_a_disclosure_case_never_opens(session):
    refused(session, "23514", lambda: ask(session, opens=True))
    refused(session, "23514", lambda: duty_cases.record_case(session, "legal_disclosure", "bob", {}, {}, LATER))
    assert duty_cases.list_cases(session) == []


def test_a_case_ends_with_an_outcome_and_then_stays(session):
    case = ask(session, "abuse", opens=True)
    refused(session, "23514", lambda: end(session, case, " "))
    end(session, case, "the server was a relay; its owner closed it")
    refused(session, "23001", lambda: session.connection.execute("UPDATE control.duty_case SET outcome = 'other'"))
    duty_cases.record_event(session, case, "bob", "looked", "again")
    refused(session, "23001", lambda: session.connection.execute("UPDATE control.duty_case_event SET name = 'x'"))
    assert [e.note for e in duty_cases.access_events(session, case)] == ["again"]


def test_past_its_end_a_case_counts_as_expired_by_itself(session):
    case = ask(session, "abuse", opens=True)
    late = Session(session.connection, "acme", session.keys, LATER, uuid4)
    assert duty_cases.find_case(late, case).state == "expired"
    assert not duty_cases.find_case(late, case).going


def test_taking_back_a_synthetic_case_leaves_the_real_one(session):
    real, planted = ask(session), ask(session, synthetic=True)
    assert duty_cases.forget_synthetic_cases(session) == 1
    assert duty_cases.find_case(session, real).facts == FACTS
    assert duty_cases.find_case(session, planted) is None


def test_a_document_is_sealed_and_never_exchanged(session):
    days = (date(2026, 1, 1), date(2026, 12, 31))
    kept = vault.record_document(session, "terms", "acceptable use 2025-03", "bob", b"4.2 No attacks.", days, "dana")
    found = vault.find_document(session, kept)
    assert found.holds_on(date(2026, 12, 31))
    assert not found.holds_on(date(2027, 1, 1))
    assert vault.access_content(session, kept) == b"4.2 No attacks."
    assert vault.find_document_named(session, "terms", "acceptable use 2025-03", date(2026, 5, 1)) == found
    change = "UPDATE control.vault_document SET valid_until = '2030-01-01'"
    refused(session, "23001", lambda: session.connection.execute(change))
    soon = Session(session.connection, "acme", session.keys, datetime(2026, 12, 5, tzinfo=UTC), uuid4)
    assert [d.id for d in vault.record_reminders(soon)] == [kept]
    assert vault.record_reminders(soon) == []


def test_why_rows_are_held_is_sealed_and_an_older_reason_with_the_next_pass(session):
    made = retention.record_hold(session, "main", "public.people", "7", "claim of Alice Example", "bob", LATER)
    old = retention.record_hold(session, "main", "public.people", "8", "x", "bob", LATER)
    clear = "UPDATE control.legal_hold SET reason = 'claim against Alice Example', reason_sealed = NULL WHERE id = %s"
    session.connection.execute(clear, (old,))
    assert {h.id: h.reason for h in retention.access_holds(session)}[old] == "claim against Alice Example"
    assert (retention.seal_clear_reasons(session), retention.seal_clear_reasons(session)) == (1, 0)
    stands = session.connection.execute("SELECT string_agg(h::text, ' ') FROM control.legal_hold h").fetchone()[0]
    assert "Alice" not in stands
    reasons = {hold.id: hold.reason for hold in retention.access_holds(session)}
    assert reasons == {made: "claim of Alice Example", old: "claim against Alice Example"}
