"""Stores that no machine reaches: somebody looks first, and what comes after is asked for where somebody was found."""

from dataclasses import replace
from datetime import timedelta

import pytest
from counter import BEA, BOB, CHARLIE, make_firm, open_counter, open_worker, rows_of

from avow.duties.rights.model import Actor, Contact, Wish
from avow.duties.rights.rules import HandStore
from avow.errors import AvowError

MAIL = "alice@quarry.example"
MAILBOX = HandStore("mailbox", "bob", {"find": "search all folders", "export": "save them", "change": "write"})
LETTER = b"From: alice\n\nMy tombstone quote, please."


@pytest.fixture
def counter(database, tmp_path):
    opened = open_counter(database, tmp_path)
    opened.configure(hands=(MAILBOX,), undo_days=0)
    yield opened
    opened.close()


@pytest.fixture
def firm(cluster):
    dsn = cluster.create_database()
    make_firm(dsn)
    rows_of(
        dsn, "DELETE FROM scratch RETURNING id"
    )  # a table that the map does not know: an erasure would wait for a person
    return dsn


@pytest.fixture
def worker(counter, firm):
    opened = open_worker(counter, {"main": firm})
    yield opened
    opened.close()


def show(counter, kind, mail=MAIL, **more):
    request = counter.ask(kind, mail, contact=Contact(mail, "Alice Example"), **more)
    if request.state == "identity":
        assert counter.desk.answer_challenge(request.id, counter.code)
    return request


def state_of(counter, request):
    return counter.desk.get_request(request.id).state


def code_of(call, *args):
    with pytest.raises(AvowError) as caught:
        call(*args)
    return caught.value.codes[0]


def task_of(counter, request):
    (task,) = (task for task in counter.desk.tasks(request_id=request.id))
    return task


def files_of(counter, request):
    return {file.name: file for file in counter.desk.answer_files(request.id)}


def test_somebody_looks_before_anything_is_asked_for_and_nothing_found_is_the_end_of_it(counter, worker):
    request = show(counter, "access")
    worker.run_until_idle()
    assert state_of(counter, request) == "hands"
    assert counter.desk.answer_files(request.id), "what machines found may be read meanwhile"
    assert counter.mails[-1].template == "answer-so-far"
    task = task_of(counter, request)
    assert (task.store, task.step, task.owner) == ("mailbox", "find", "bob")
    assert counter.desk.instructions("mailbox", "find") == "search all folders"
    assert task.due_at <= counter.desk.get_request(request.id).due_at
    finish = counter.desk.finish_task
    assert code_of(finish, task.id, "done", "looked", b"a note", BOB) == "rights.bad-request"
    assert code_of(finish, task.id, "nothing", "nothing", b"", BOB) == "rights.no-evidence"
    assert code_of(finish, task.id, "nothing", "nothing", b"x", Actor("guest")) == "rights.not-staff"
    counter.later(days=8)
    worker.run_until_idle()
    assert "task reminded" in counter.events(request.id)
    finish(task.id, "nothing", "nothing about her", b"a screenshot of the search", BOB)
    assert code_of(finish, task.id, "nothing", "again", b"x", BOB) == "rights.no-such-task"
    worker.run_until_idle()
    assert (state_of(counter, request), counter.mails[-1].template) == ("done", "answer-ready")
    assert not counter.desk.tasks(request_id=request.id)
    assert counter.desk.read_evidence(task.id, BOB, "officer") == b"a screenshot of the search"
    assert "screenshot" not in counter.dump()


def test_owners_are_written_to_once_per_period_of_their_store_and_again(counter, firm):
    accountant = HandStore("accountant", "finance director", {}, remind_days=3, department="internal.finance")
    counter.configure(hands=(MAILBOX, accountant), console="https://console.example")
    asked = []

    def find_owners(session, owner, department):
        asked.append((owner, department))
        return ("finance@acme.example",) if department else ("support@acme.example",)

    worker = replace(open_worker(counter, {"main": firm}), find_owners=find_owners)
    requests = [show(counter, "access"), show(counter, "access", "only.by.mail@far.example")]
    worker.run_until_idle()

    def told():
        found = [(m.to, m.values["count"]) for m in counter.mails if m.template == "tasks-due"]
        counter.mails[:] = [m for m in counter.mails if m.template != "tasks-due"]
        return found

    assert told() == [], "a task of fourteen days is not due yet"
    counter.later(days=7)
    worker.run_until_idle()
    assert told() == [("support@acme.example", "2")], "one mail, however many tasks"
    assert ("bob", "") in asked
    counter.later(days=4)
    worker.run_until_idle()
    assert told() == [("finance@acme.example", "2")]
    counter.later(days=3, seconds=1)
    worker.run_until_idle()
    assert told() == [("finance@acme.example", "2"), ("support@acme.example", "2")]
    (task,) = (t for t in counter.desk.tasks(request_id=requests[0].id) if t.store == "accountant")
    counter.desk.finish_task(task.id, "nothing", "nothing", b"their letter", BOB)
    counter.later(days=3, seconds=1)
    worker.run_until_idle()
    (mail,) = (m for m in counter.mails if m.template == "tasks-due")
    assert (mail.to, mail.values["count"], mail.request) == ("finance@acme.example", "1", None)
    assert mail.values["link"] == "https://console.example/tasks/"
    assert not {r.reference for r in requests} & set(" ".join(mail.values.values()).split())
    worker.close()


def test_whoever_set_a_hold_is_written_to_when_it_is_to_be_looked_at_again(counter, firm):
    counter.configure(hands=(), console="https://console.example")
    worker = replace(
        open_worker(counter, {"main": firm}), find_owners=lambda session, owner, of: (f"{owner}@acme.example",)
    )
    request = show(counter, "erasure", actor=CHARLIE)
    day = counter.clock[0].date() + timedelta(days=10)
    hold = counter.desk.set_hold(request.id, "main", "public.tickets", "", "a claim", "bob", day, BOB)
    worker.run_until_idle()
    assert not [m for m in counter.mails if m.template == "holds-due"]
    counter.later(days=10)
    worker.run_until_idle()
    worker.run_until_idle()
    (mail,) = (m for m in counter.mails if m.template == "holds-due")
    assert (mail.to, mail.values["count"], mail.values["due"]) == ("bob@acme.example", "1", day.isoformat())
    assert "hold to be looked at" in counter.events(request.id)
    assert [(h.id, h.reference) for h in counter.desk.holds_to_review()] == [(hold, request.reference)]
    worker.close()


def test_whoever_stands_in_the_mailbox_alone_gets_a_yes_and_what_was_found(counter, worker):
    request = show(counter, "access", "only.by.mail@far.example")
    worker.run_until_idle()
    assert counter.mails[-1].template != "answer-so-far", "nothing was found so far, and nobody is told otherwise"
    counter.desk.finish_task(task_of(counter, request).id, "found", "found", b"three mails", BOB)
    task = task_of(counter, request)
    assert task.step == "export"
    assert code_of(counter.desk.finish_task, task.id, "done", "done", b"saved", BOB) == "rights.no-file"
    assert code_of(counter.desk.attach_file, task.id, "empty.eml", b"", BOB) == "rights.bad-file"
    assert counter.desk.attach_file(task.id, "Alice asks.eml", LETTER, BOB) == "mailbox-1.eml"
    assert counter.desk.attach_file(task.id, "page.html", b"<script>", BOB) == "mailbox-2.html"
    kept = counter.desk.task_files(request.id, task.id)
    assert [(file.called, file.media_type) for file in kept] == [
        ("Alice asks.eml", "message/rfc822"),
        ("page.html", "application/octet-stream"),
    ]
    counter.desk.remove_file(task.id, kept[1].id, BOB)
    counter.desk.finish_task(task.id, "done", "done", b"saved one", BOB)
    assert code_of(counter.desk.attach_file, task.id, "late.eml", LETTER, BOB) == "rights.no-such-task"
    assert code_of(counter.desk.remove_file, task.id, kept[0].id, BOB) == "rights.no-such-task"
    dump = counter.dump()
    assert "tombstone" not in dump
    assert "Alice asks" not in dump
    worker.run_until_idle()
    assert (state_of(counter, request), counter.mails[-1].template) == ("done", "answer-ready")


def test_who_asks_only_whether_anything_is_held_is_not_sent_a_copy(counter, worker):
    request = show(counter, "access", "only.by.mail@far.example", wish=Wish("is there anything?", ("confirmation",)))
    worker.run_until_idle()
    counter.desk.finish_task(task_of(counter, request).id, "found", "found", b"three mails", BOB)
    worker.run_until_idle()
    assert (state_of(counter, request), counter.mails[-1].template) == ("done", "answer-ready")


@pytest.mark.parametrize(
    ("kind", "step"),
    [("erasure", "erase"), ("restriction", "change"), ("objection", "change"), ("withdrawal", "change")],
)
def test_every_kind_that_changes_something_is_done_by_hand_too_where_somebody_was_found(counter, worker, kind, step):
    more = {"wish": Wish("stop", purposes=("marketing.own",))} if kind in ("objection", "withdrawal") else {}
    request = show(counter, kind, **more)
    worker.run_until_idle()
    assert (state_of(counter, request), task_of(counter, request).step) == ("hands", "find")
    counter.desk.finish_task(task_of(counter, request).id, "found", "found", b"a mail", BOB)
    worker.run_until_idle()
    assert (state_of(counter, request), task_of(counter, request).step) == ("hands", step)
    counter.desk.finish_task(task_of(counter, request).id, "done", "done", b"did it", BOB)
    worker.run_until_idle()
    assert state_of(counter, request) == "done"


def test_what_was_found_goes_with_its_person_and_with_its_time_and_of_nobody_else(counter, worker):
    asked = []
    for mail in (MAIL, "only.by.mail@far.example"):
        request = show(counter, "access", mail)
        worker.run_until_idle()
        counter.desk.finish_task(task_of(counter, request).id, "found", "found", b"a mail", BOB)
        task = task_of(counter, request)
        counter.desk.attach_file(task.id, "one.eml", LETTER, BOB)
        counter.desk.finish_task(task.id, "done", "done", b"saved", BOB)
        worker.run_until_idle()
        asked.append((request, task))
    (first, first_task), (other, other_task) = asked
    erasure = show(counter, "erasure")
    worker.run_until_idle()
    counter.desk.finish_task(task_of(counter, erasure).id, "nothing", "nothing", b"looked", BOB)
    worker.run_until_idle()
    assert state_of(counter, erasure) == "done"
    assert not counter.desk.task_files(first.id, first_task.id)
    (left,) = counter.desk.task_files(other.id, other_task.id)
    assert left.size == len(LETTER)
    opened = "SELECT count(*) FROM control.seal_key k JOIN control.task_file f ON f.key_id = k.id"
    assert rows_of(counter.dsn, opened) == [(1,)]
    counter.later(days=31)
    worker.run_until_idle()
    assert not counter.desk.task_files(other.id, other_task.id)
    assert rows_of(counter.dsn, "SELECT count(*) FROM control.task_chunk") == [(0,)]


def test_files_that_come_after_an_approval_are_looked_at_by_those_who_have_to_agree(counter, firm):
    counter.configure(approvals={"access": 2})
    twice = open_worker(counter, {"main": firm})
    request = show(counter, "access")
    twice.run_until_idle()
    for staff in (BOB, BEA):
        counter.desk.approve(request.id, staff)
    twice.run_until_idle()
    counter.desk.finish_task(task_of(counter, request).id, "found", "found", b"a mail", BOB)
    task = task_of(counter, request)
    counter.desk.attach_file(task.id, "one.eml", LETTER, BOB)
    counter.desk.finish_task(task.id, "done", "done", b"saved", BOB)
    twice.run_until_idle()
    assert state_of(counter, request) == "review"
    for staff in (BOB, BEA):
        counter.desk.approve(request.id, staff)
    twice.run_until_idle()
    assert state_of(counter, request) == "done"
    twice.close()


def test_a_store_that_could_not_be_searched_is_no_store_covered_by_hand(counter, worker):
    request = show(counter, "erasure")
    worker.run_until_idle()
    counter.desk.finish_task(task_of(counter, request).id, "impossible", "the provider is closed", b"their letter", BOB)
    worker.run_until_idle()
    assert state_of(counter, request) == "done"
    steps = {step.store: step for step in counter.desk.stores(request.id)}
    assert steps["mailbox"].cause == "the provider is closed"
