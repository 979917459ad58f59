"""One person who asks the same by two doors has one open case, once the search has shown that it is one person."""

from datetime import timedelta

import pytest
from counter import BOB, make_firm, open_worker, rows_of

from avow.duties.rights.model import Contact, Wish

MAIL, SECOND = "alice@quarry.example", "alice.adams@mail.example"


@pytest.fixture
def worker(counter, cluster):
    dsn = cluster.create_database()
    make_firm(dsn)
    rows_of(dsn, "DELETE FROM scratch RETURNING id")
    rows_of(dsn, f"UPDATE visitors SET email = '{SECOND}', phone = '+44 7700 900123' WHERE id = 2 RETURNING id")
    counter.configure(approvals={"erasure": 1, "access": 1})
    opened = open_worker(counter, {"main": dsn})
    yield opened
    opened.close()


def show(counter, kind, mail, **more):
    request = counter.ask(kind, contact=Contact(mail), **more)
    assert counter.desk.answer_challenge(request.id, counter.code)
    return request


def states(counter, *requests):
    return [counter.desk.get_request(one.id).state for one in requests]


def test_a_request_by_the_centre_and_one_by_mail_become_one_with_the_earlier_day(counter, worker):
    counter.desk.bind_account("account-alice", "private@mail.example")
    counter.desk.bind_portal_subject("account-alice", "main", "public.people", "1")
    first = counter.ask_signed_in("access", contact=Contact("private@mail.example"))
    worker.run_until_idle()
    counter.later(days=1)
    came = counter.desk.now() - timedelta(days=4)
    second = show(counter, "access", MAIL, channel="email", actor=BOB, received_at=came)
    erasure = show(counter, "erasure", MAIL)
    charlie = show(counter, "access", "charlie@harbour.example")
    worker.run_until_idle()
    assert states(counter, first, second, erasure, charlie) == ["review", "merged", "review", "review"]
    assert counter.events(first.id)[-1] == "asked again"
    kept = counter.desk.get_request(first.id)
    assert (kept.received_at, kept.due_at < first.due_at) == (came, True)
    assert counter.desk.get_request(second.id).subject == kept.subject
    assert len(counter.desk.queue(kind="access")) == 2


def test_two_that_are_searched_together_become_one_and_others_stay_apart(counter, worker):
    counter.desk.bind_account("account-alice", MAIL)
    counter.desk.bind_account("account-alice", SECOND)
    one = show(counter, "objection", MAIL, wish=Wish("", purposes=("analytics.usage",)))
    counter.later(minutes=1)
    two = show(counter, "objection", SECOND, wish=Wish("", purposes=("analytics.usage",)))
    other = show(counter, "objection", SECOND, wish=Wish("", purposes=("marketing.own", "analytics.usage")))
    words = [
        show(counter, "rectification", mail, wish=Wish(text)) for mail, text in ((MAIL, "my name"), (SECOND, "my post"))
    ]
    worker.run_until_idle()
    assert states(counter, one, two, other) == ["done", "merged", "done"]
    assert states(counter, *words) == ["review", "review"]


def test_what_names_more_than_was_shown_is_looked_at_by_itself(counter, worker):
    first = show(counter, "access", MAIL)
    worker.run_until_idle()
    second = counter.ask("access", contact=Contact(MAIL, identifiers=(("cookie", "ck-77aa55"),)), channel="api")
    counter.desk.answer_challenge(second.id, counter.code)
    worker.run_until_idle()
    assert [states(counter, one)[0] for one in (first, second)] == ["review", "review"]
    assert [one.kind for one in counter.desk.case(second.id, BOB, "officer").named] == ["cookie"]
