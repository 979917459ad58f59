"""Somebody who took an account over is found out: the other addresses are told of every export and erasure, and a change of an
address, made here or told by the company's portal, makes them wait two days."""

from datetime import timedelta

import pytest
from counter import CHARLIE, make_firm, open_worker, rows_of

from avow.control import people
from avow.duties.rights.model import Contact, Wish

MAIL, OTHER = "alice@quarry.example", "alice.home@mail.example"
ALICES = ("main", "public.people", "1")


@pytest.fixture
def firm(cluster):
    dsn = cluster.create_database()
    make_firm(dsn)
    rows_of(dsn, "DELETE FROM scratch RETURNING id")
    return dsn


@pytest.fixture
def worker(counter, firm):
    counter.configure(undo_days=0)
    opened = open_worker(counter, {"main": firm})
    yield opened
    opened.close()


def state_of(counter, request):
    return counter.desk.get_request(request.id).state


def told(counter, template):
    return sorted(mail.to for mail in counter.mails if mail.template == template)


def sign_in(counter, *addresses):
    for address in addresses:
        counter.desk.bind_account("account-alice", address)
    counter.later(days=3)


def ask_at_once(counter, worker, kind, mail=MAIL):
    request = counter.ask_signed_in(kind, contact=Contact(mail))
    if request.state == "identity":
        counter.desk.record_reauthenticated(request.id, type(CHARLIE)("person", "account-alice"))
    worker.run_until_idle()
    return request


def test_every_other_address_is_told_of_an_export_and_an_erasure_that_are_done_at_once(counter, worker):
    sign_in(counter, MAIL, OTHER)
    for kind in ("access", "copy", "erasure"):
        request = ask_at_once(counter, worker, kind)
        assert (kind, state_of(counter, request)) == (kind, "done")
        assert told(counter, f"begun-{kind}") == [OTHER]
        (mail,) = [mail for mail in counter.mails if mail.template == f"begun-{kind}"]
        assert mail.values == {"reference": request.reference, "link": mail.values["link"]}
        assert counter.events(request.id).count("other addresses told") == 1
    assert told(counter, "begun-restriction") == []


def test_who_waits_is_told_of_the_wait_once_and_not_again_when_it_is_over(counter, worker):
    sign_in(counter, MAIL, OTHER)
    counter.desk.record_credentials_changed("account-alice")
    request = ask_at_once(counter, worker, "access")
    assert state_of(counter, request) == "waiting"
    counter.later(hours=48, seconds=1)
    worker.run_until_idle()
    assert state_of(counter, request) == "done"
    assert (told(counter, "asked-access"), told(counter, "begun-access")) == ([OTHER], [])


def test_an_export_waits_two_days_after_an_address_was_corrected_and_the_old_one_is_told(counter, worker, firm):
    sign_in(counter, MAIL)
    wish = Wish("", changes=((*ALICES, "email", "thief@mail.example"),))
    asked = counter.ask_signed_in("rectification", contact=Contact(MAIL), wish=wish)
    worker.run_until_idle()
    assert asked.kind == "rectification"
    assert rows_of(firm, "SELECT email FROM people WHERE id = 1") == [("thief@mail.example",)]
    request = ask_at_once(counter, worker, "access", mail="thief@mail.example")
    assert state_of(counter, request) == "waiting"
    assert MAIL in told(counter, "asked-access")
    assert counter.desk.get_request(request.id).waits_until == counter.desk.now() + timedelta(hours=48)


def test_a_name_that_was_corrected_makes_nobody_wait(counter, worker):
    sign_in(counter, MAIL)
    counter.ask_signed_in(
        "rectification", contact=Contact(MAIL), wish=Wish("", changes=((*ALICES, "name", "Alice Archer"),))
    )
    worker.run_until_idle()
    assert state_of(counter, ask_at_once(counter, worker, "access")) == "done"


def test_what_the_portal_tells_of_a_change_makes_a_guest_wait_who_was_unknown_until_then(counter, worker):
    counter.desk.record_changed_elsewhere(ALICES, counter.desk.now() - timedelta(hours=3))
    counter.desk.record_changed_elsewhere(
        ALICES, counter.desk.now() - timedelta(days=9)
    )  # an older one takes nothing back
    request = counter.ask("erasure", mail=MAIL)
    counter.desk.answer_challenge(request.id, counter.code)
    worker.run_until_idle()
    assert state_of(counter, request) == "waiting"
    assert counter.desk.get_request(request.id).waits_until == counter.desk.now() + timedelta(hours=45)
    other = counter.ask("access", mail="vera@visit.example")
    counter.desk.answer_challenge(other.id, counter.code)
    worker.run_until_idle()
    assert state_of(counter, other) == "done"


def test_a_wait_survives_that_two_turn_out_to_be_one(counter, worker):
    with counter.desk.session() as session:
        kept, gone = people.record_subject(session), people.record_subject(session)
        people.record_reach_changed(session, gone, session.now)
        people.record_merge(session, kept, gone, "shown", "worker")
        assert people.find_last_change(session, kept, session.now - timedelta(hours=1)) == session.now
