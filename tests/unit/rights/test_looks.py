"""Every look of staff is seen by the person concerned: also one from before anybody knew whose a request is."""

from uuid import uuid4

import pytest
from counter import ALICE, ALICE_MAIL, BEA, BOB, CHARLIE, make_firm, open_worker, rows_of

from avow.control import cases, people, tasks
from avow.duties.rights.model import Actor, Contact, Wish
from avow.duties.rights.rules import HandStore
from avow.errors import RightsError

MAIL = "alice@quarry.example"
PROGRAM = Actor("api", "7b1d")


@pytest.fixture
def firm(cluster):
    dsn = cluster.create_database()
    make_firm(dsn)
    rows_of(dsn, "DELETE FROM scratch RETURNING id")
    return dsn


def seen(counter, subject):
    return sorted((look.role, look.purpose) for look in counter.desk.looks_at(subject))


def look(counter, request, role="officer"):
    counter.later(minutes=1)
    return counter.desk.case(request.id, BOB, role)


def test_a_look_at_a_letter_is_seen_once_the_search_knows_whose_it_is(counter, firm):
    worker = open_worker(counter, {"main": firm})
    request = counter.ask(mail=MAIL, actor=BEA, channel="letter", contact=Contact(MAIL, "Alice"))
    look(counter, request)
    assert counter.desk.get_request(request.id).subject is None
    assert counter.desk.answer_challenge(request.id, counter.code)
    worker.run_until_idle()
    subject = counter.desk.get_request(request.id).subject
    assert subject is not None
    assert seen(counter, subject) == [("officer", "right.request")]
    worker.close()


def test_a_look_at_a_question_is_seen_by_whoever_asked_it_and_by_nobody_else(counter):
    request = counter.ask("question", wish=Wish("how long?"))
    stranger = counter.ask("question", mail="charlie@mail.example", wish=Wish("why?"))
    look(counter, request)
    assert [(one.role, one.purpose) for one in counter.desk.looks_at_request(request.id)] == [
        ("officer", "right.request")
    ]
    assert counter.desk.looks_at_request(stranger.id) == []


def test_looks_stay_with_a_person_of_whom_two_records_became_one(counter):
    first = counter.desk.bind_account("account-alice", ALICE_MAIL)
    request = counter.ask_signed_in()
    look(counter, request)
    with counter.desk.session() as session:
        other, third = people.record_subject(session), people.record_subject(session)
        people.record_merge(session, other, first, "the same", "bob")
        people.record_merge(session, third, other, "the same", "bob")
        nobody = people.record_subject(session)
    assert seen(counter, third) == [("officer", "right.request")]
    assert seen(counter, nobody) == []


def test_a_look_at_a_request_that_was_joined_with_an_older_one_is_kept(counter):
    first = counter.ask()
    counter.desk.answer_challenge(first.id, counter.code)
    second = counter.ask()
    look(counter, second)
    counter.desk.answer_challenge(second.id, counter.code)
    assert counter.desk.get_request(second.id).state == "merged"
    with counter.desk.session() as session:
        subject = people.record_subject(session)
        session.connection.execute("UPDATE control.request SET subject = %s WHERE id = %s", (subject, first.id))
    assert seen(counter, subject) == [("officer", "right.request")]


def test_what_a_program_reads_and_what_was_handed_in_with_a_task_are_looks_too(counter):
    counter.configure(hands=(HandStore("mailbox", "support", {"export": "search"}),))
    subject = counter.desk.bind_account("account-alice", ALICE_MAIL)
    request = counter.ask_signed_in()
    counter.desk.add_message(request.id, "please hurry", ALICE)
    assert [m.text for m in counter.desk.read_messages(request.id, PROGRAM, "program")] == ["please hurry"]
    with counter.desk.session() as session:
        tasks.record_tasks(session, [(request.id, "mailbox", "export", "support", counter.clock[0])])
    (task,) = counter.desk.tasks(request_id=request.id)
    counter.later(minutes=1)
    counter.desk.finish_task(task.id, "nothing", "of somebody else", b"two mails", BOB)
    assert counter.desk.read_evidence(task.id, BEA, "case_worker") == b"two mails"
    counter.later(minutes=1)
    counter.desk.record_search(request.id, BEA, "auditor")
    assert seen(counter, subject) == [
        ("auditor", "right.review"),
        ("case_worker", "right.request"),
        ("program", "right.request"),
    ]
    assert counter.desk.read_evidence(uuid4(), BEA, "case_worker") is None


def test_nobody_reads_the_messages_of_a_request_that_is_not_there(counter):
    with pytest.raises(RightsError) as caught:
        counter.desk.read_messages(uuid4(), PROGRAM, "program")
    assert caught.value.codes == ("rights.no-such-request",)


def test_whoever_owns_a_row_that_is_shown_to_be_decided_sees_that_it_was_looked_at(counter, firm):
    worker = open_worker(counter, {"main": firm})
    contact = Contact("new@mail.example", "Vera", identifiers=(("email", "vera@visit.example"),))
    request = counter.ask(contact=contact)
    counter.desk.answer_challenge(request.id, counter.code)
    worker.run_until_idle()
    with counter.desk.session() as session:
        (match,) = cases.access_matches(session, [request.id])[request.id]
        vera = people.record_subject(session)
        people.record_key(session, vera, (match.store, match.table, match.key), "email", 1.0, True)
    assert "Vera Vale" in look(counter, request).matches[0].card
    assert seen(counter, vera) == [("officer", "right.request")]
    assert len(counter.desk.looks_at_request(request.id)) == 1  # the asker is told of one look, not of two
    worker.close()


def test_the_desk_of_a_guest_records_no_look_of_the_guest(counter):
    request = counter.ask("question", wish=Wish("how long?"))
    counter.desk.add_message(request.id, "hello", CHARLIE)
    counter.desk.messages(request.id)
    assert counter.desk.looks_at_request(request.id) == []
