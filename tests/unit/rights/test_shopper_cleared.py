"""What a killed shopper left is taken back wherever a request stood, and nothing of a real person's is."""

from datetime import date, timedelta

import psycopg
from counter import BOB, rows_of

from avow.app.shopping_clearing import clear
from avow.control import duty_cases, duty_reviews, tasks, vault
from avow.duties.rights.model import CLOSED, HANDS, OPEN

RECORDS = ("duty_case", "vault_document", "duty_review")


def ask_in_every_state(counter, synthetic):
    """State -> a request that stands in it."""
    asked = {
        state: counter.ask("erasure", mail=f"{state}.{synthetic}@far.example", synthetic=synthetic).id for state in OPEN
    }
    with psycopg.connect(counter.dsn, autocommit=True) as connection:
        for state, request in asked.items():
            connection.execute("UPDATE control.request SET state = %s WHERE id = %s", [state, request])
    with counter.desk.session() as session:
        tasks.record_tasks(session, [(asked[HANDS], "mailbox", "erase", "bob", session.now)])
    return asked


def leave_records(counter, synthetic):
    with counter.desk.session() as session:
        today, facts = date(2026, 3, 2), {"what": "seen", "noticed": session.now.isoformat(timespec="minutes")}
        ends = session.now + timedelta(days=1)
        duty_cases.record_case(session, "breach", "bob", facts, {}, ends, opens=True, synthetic=synthetic)
        vault.record_document(session, "order", "paper", "bob", b"x", (today, today), "bob", synthetic=synthetic)
        duty_reviews.record_review(session, "log", {}, [], synthetic=synthetic)


def test_open_requests_tasks_and_records_of_offices_go_and_those_of_real_people_stay(counter):
    own, real = ask_in_every_state(counter, True), ask_in_every_state(counter, False)
    for synthetic in (True, False):
        leave_records(counter, synthetic)
    cleared = clear(counter.desk, {})
    assert (cleared.rows, cleared.requests, cleared.records) == (0, len(OPEN), 3)
    assert {counter.desk.get_request(request).state for request in own.values()} <= set(CLOSED)
    assert {state: counter.desk.get_request(request).state for state, request in real.items()} == {s: s for s in OPEN}
    assert [task.request for task in counter.desk.tasks()] == [real[HANDS]]
    for table in RECORDS:
        assert rows_of(counter.dsn, f"SELECT synthetic FROM control.{table}") == [(False,)], table
    assert not clear(counter.desk, {})
    counter.desk.finish_task(counter.desk.tasks()[0].id, "done", "nothing there", b"seen", BOB)
