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
    mail = one_mail_of(counter, second)
    assert (mail.to, mail.values["reference"], mail.values["other"]) == (MAIL, second.reference, first.reference)
    assert mail.values["due"] == kept.due_at.date().isoformat()
    assert mail.values["link"] == f"https://privacy.example/requests/{first.reference}/"


def one_mail_of(counter, request):
    """The mail that tells of a merge: one, however often workers look again."""
    found = [mail for mail in counter.mails if mail.template == "merged"]
    assert [mail.request for mail in found] == [request.id]
    return found[0]


def test_a_code_that_is_typed_in_twice_and_workers_that_look_again_tell_once_of_the_merge(counter, worker):
    first = show(counter, "access", MAIL)
    second = show(counter, "access", MAIL)
    assert states(counter, second) == ["merged"]
    assert not counter.desk.answer_challenge(second.id, counter.code)
    for _ in range(3):
        worker.run_until_idle()
    assert one_mail_of(counter, second).values["other"] == first.reference


def test_a_letter_of_before_moves_the_day_of_a_question_that_stands_open(counter, worker):
    asked = Wish("who has my number?")
    first = counter.ask("question", wish=asked)
    came = counter.desk.now() - timedelta(days=4)
    again = counter.ask("question", wish=asked, channel="letter", actor=BOB, received_at=came)
    kept = counter.desk.get_request(first.id)
    assert (again.id, kept.received_at, kept.due_at < first.due_at) == (first.id, came, True)
    mail = next(mail for mail in counter.mails if mail.template == "merged")
    assert mail.values["due"] == kept.due_at.date().isoformat()


def test_a_request_that_was_taken_in_by_one_that_was_taken_in_goes_on_in_the_last(counter, worker):
    counter.desk.bind_account("account-alice", "private@mail.example")
    counter.desk.bind_portal_subject("account-alice", "main", "public.people", "1")
    last = counter.ask_signed_in("access", contact=Contact("private@mail.example"))
    worker.run_until_idle()
    second = show(counter, "access", MAIL)
    third = show(counter, "access", MAIL)
    worker.run_until_idle()
    assert states(counter, second, third) == ["merged", "merged"]
    assert {counter.desk.goes_on_in(one.id).reference for one in (second, third)} == {last.reference}
    assert counter.desk.goes_on_in(last.id) is None


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
