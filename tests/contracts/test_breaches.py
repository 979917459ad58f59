"""The breach room in the control database: what is sealed there, and what the database itself refuses, whoever writes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from avow.control import breaches, duty_cases, open_control
from avow.control.breaches import GONE, QUEUED, Affected
from avow.control.session import Session
from avow.sealing import open_company_keys

NOW = datetime.now(UTC)
PEOPLE = [
    Affected("main", "public.people", "7", ("contact.email", "identity.name")),
    Affected("main", "public.people", "8", ("contact.email",)),
    Affected("main", "public.firms", "1", ("organisation.name",), organisation=True),
]


@pytest.fixture
def session(database, tmp_path):
    with open_control(database, "acme"), psycopg.connect(database) as connection:
        yield Session(connection, "acme", open_company_keys(tmp_path / "seal.key"), NOW, uuid4)


@pytest.fixture
def breach(session):
    facts = {"what": "a disk was lost", "noticed": "2026-03-02T09:00"}
    case = duty_cases.record_case(session, "breach", "bob", facts, {}, NOW + timedelta(days=365), opens=True)
    breaches.record_breach(session, case, NOW)
    return breaches.find_breach(session, case)


def refused(session, state, act):
    with pytest.raises(psycopg.Error) as caught, session.connection.transaction():
        act()
    assert caught.value.sqlstate == state


def counted(session, breach, people=PEOPLE):
    breaches.record_people(session, breach, people)
    breaches.record_counted(session, breach.case, {"people": 2}, session.now)


def letter(session, breach):
    return breaches.record_letter(session, breach, {"title": "t", "text": "Example words", "html": ""}, "bob")


def test_whose_row_it_is_and_what_is_written_is_sealed(session, breach):
    counted(session, breach)
    breaches.record_words(session, breach, {"nature": "a disk of Example Street"})
    breaches.record_extent(session, breach, "row", "main", "public.people", "key-of-alice", (NOW, None), "bob")
    letter(session, breach)
    breaches.record_told(session, breach, "authority", "", NOW, "bob", False, "by telephone")
    for table in ("breach", "breach_extent", "breach_person", "breach_letter", "breach_told"):
        text = str(session.connection.execute(f"SELECT t::text FROM control.{table} t").fetchall())
        for value in ("Example Street", "key-of-alice", "Example words", "by telephone"):
            assert value not in text
            assert value.encode().hex() not in text
    assert {p.key for p in breaches.access_people(session, breach)} == {"1", "7", "8"}
    assert [e.key for e in breaches.access_extents(session, breach)] == ["key-of-alice"]
    assert [t.words for t in breaches.access_told(session, breach)] == ["by telephone"]


def test_nobody_is_written_to_without_a_letter_that_a_second_person_approved(session, breach):
    counted(session, breach)
    made = letter(session, breach)
    people = breaches.access_next_people(session, breach, 10)
    assert {p.key for p in people} == {"7", "8"}  # no organisation
    write = lambda: breaches.record_written(session, breach.case, made, people, [QUEUED, GONE], [uuid4(), None])  # noqa: E731
    refused(session, "23001", write)
    refused(session, "23514", lambda: breaches.record_letter_approved(session, breach.case, made, "bob"))
    assert breaches.record_letter_approved(session, breach.case, made, "dana")
    refused(
        session, "23001", lambda: session.connection.execute("UPDATE control.breach_letter SET letter_sealed = 'x'")
    )
    assert write() == 2
    assert write() == 0
    assert breaches.access_next_people(session, breach, 10) == []
    other = letter(session, breach)
    breaches.record_letter_approved(session, breach.case, other, "dana")
    again = "UPDATE control.breach_person SET letter = %s WHERE letter IS NOT NULL"
    refused(session, "23001", lambda: session.connection.execute(again, (other,)))
    assert breaches.count_people(session, breach.case) == {"organisations": 1, QUEUED: 1, GONE: 1}


def test_a_new_count_replaces_the_list_and_keeps_who_was_written_to(session, breach):
    counted(session, breach)
    made = letter(session, breach)
    breaches.record_letter_approved(session, breach.case, made, "dana")
    first = [p for p in breaches.access_next_people(session, breach, 10) if p.key == "7"]
    breaches.record_written(session, breach.case, made, first, [QUEUED], [uuid4()])
    later = replace(session, now=NOW + timedelta(minutes=1))
    counted(later, breach, [Affected("main", "public.people", "9", ("contact.email",))])
    assert {(p.key, p.state) for p in breaches.access_people(session, breach)} == {("7", QUEUED), ("9", "")}


def test_awareness_never_moves_to_a_later_moment_and_who_was_told_never_changes(session, breach):
    breaches.record_aware(session, breach.case, NOW - timedelta(hours=1))
    refused(session, "23001", lambda: breaches.record_aware(session, breach.case, NOW))
    breaches.record_told(session, breach, "people", "", NOW, "bob", True, "encrypted: nobody can read it")
    refused(session, "23001", lambda: session.connection.execute("UPDATE control.breach_told SET told_at = told_at"))
    ahead = NOW + timedelta(hours=1)
    refused(session, "23514", lambda: breaches.record_told(session, breach, "people", "", ahead, "bob", False, "later"))
    refused(session, "23514", lambda: breaches.record_risk(session, breach.case, "high", ""))
    kept = breaches.find_breach(session, breach.case)
    assert (kept.aware_at, kept.risk) == (NOW - timedelta(hours=1), "")
    assert [(told.to, told.told_at, told.decided) for told in breaches.access_told(session, breach)] == [
        ("people", NOW, True)
    ]


def test_a_count_is_wanted_until_it_came_and_again_when_more_was_breached_meanwhile(session, breach):
    assert breaches.list_uncounted(session) == []
    breaches.record_extent(session, breach, "store", "main", "", "", (NOW, None), "bob")
    assert breaches.list_uncounted(session) == [breach.case]
    later = replace(session, now=NOW + timedelta(minutes=1))
    breaches.record_extent(later, breach, "store", "more", "", "", (NOW, None), "bob")
    breaches.record_counted(session, breach.case, {"people": 0}, NOW)
    assert breaches.list_uncounted(session) == [breach.case]
    breaches.record_counted(later, breach.case, {"people": 0}, later.now)
    assert breaches.list_uncounted(session) == []


def test_taking_back_a_synthetic_case_takes_its_room_and_leaves_the_real_one(session, breach):
    facts = {"what": "x", "noticed": "y"}
    case = duty_cases.record_case(
        session, "breach", "s", facts, {}, NOW + timedelta(days=1), opens=True, synthetic=True
    )
    breaches.record_breach(session, case, NOW)
    assert len(breaches.list_breaches(session.connection, "acme")) == 1
    duty_cases.forget_synthetic_cases(session)
    assert breaches.find_breach(session, case) is None
    assert breaches.find_breach(session, breach.case) == breach


def test_the_list_of_people_goes_a_while_after_the_end_and_how_many_were_told_stays(session, breach):
    counted(session, breach)
    breaches.record_extent(session, breach, "row", "main", "public.people", "7", (NOW, None), "bob")
    text = letter(session, breach)
    assert breaches.record_letter_approved(session, breach.case, text, "bea")
    alice = breaches.access_next_people(session, breach, 1)
    breaches.record_written(session, breach.case, text, alice, [QUEUED], [None])
    before = breaches.count_people(session, breach.case)
    assert breaches.record_lists_ended(session, NOW + timedelta(days=1)) == []  # nothing has ended
    assert duty_cases.record_ended(session, breach.case, "closed", "it is over")
    assert breaches.record_lists_ended(session, NOW - timedelta(days=1)) == []  # not long enough ago
    assert breaches.record_lists_ended(session, NOW + timedelta(days=1)) == []  # a letter is under way
    breaches.record_letter_finished(session, text)
    assert breaches.record_lists_ended(session, NOW + timedelta(days=1)) == [breach.case]
    after = breaches.find_breach(session, breach.case)
    assert (breaches.access_people(session, after), after.list_ended_at) == ([], NOW)
    assert breaches.count_people(session, breach.case) == before == {"": 1, QUEUED: 1, "organisations": 1}
    assert after.unwritten == 1  # whoever was not told is not called told because the list went
    assert [one.key for one in breaches.access_extents(session, after)] == [""]
    assert breaches.record_lists_ended(session, NOW + timedelta(days=1)) == []
