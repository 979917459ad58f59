"""Workers take every kind of request from the search to the end, on a firm with everything that makes forgetting hard."""

from dataclasses import replace
from datetime import timedelta

import pytest
from counter import BOB, CHARLIE, make_firm, open_worker, rows_of

from avow.control.cases import get_steps
from avow.control.retention import record_hold
from avow.duties.rights.model import Wish
from avow.errors import RightsError

MAIL = "alice@quarry.example"


@pytest.fixture
def firm(cluster):
    dsn = cluster.create_database()
    make_firm(dsn)
    rows_of(dsn, "DELETE FROM scratch RETURNING id")  # a table that nobody mapped has a test of its own
    return dsn


@pytest.fixture
def worker(counter, firm):
    opened = open_worker(counter, {"main": firm})
    yield opened
    opened.close()


def ask_and_show(counter, kind, **more):
    request = counter.ask(kind, mail=MAIL, **more)
    if request.state == "identity":
        assert counter.desk.answer_challenge(request.id, counter.code)
    return request


def state_of(counter, request):
    return counter.desk.get_request(request.id).state


def test_an_access_request_ends_with_an_answer_that_holds_every_row(counter, worker):
    request = ask_and_show(counter, "access")
    worker.run_until_idle()
    assert state_of(counter, request) == "done", counter.desk.stores(request.id)
    (file,) = counter.desk.answer_files(request.id)
    content = b"".join(counter.desk.read_answer(request.id, file.name)).decode()
    assert len(content.encode()) == file.size
    assert MAIL in content
    assert "invoices" in content
    assert b"".join(counter.desk.read_answer(request.id, file.name, 10)) == content.encode()[10:]
    assert MAIL not in counter.dump()
    assert counter.mails[-1].template == "answer-ready"
    assert counter.deeds[-1].kind == "export"
    assert any("people.email (email)" in place for place in counter.desk.searched(request.id)["main"])


def test_somebody_of_whom_nothing_is_held_gets_a_no(counter, worker):
    request = counter.ask("access", mail="nobody@nowhere.example")
    counter.desk.answer_challenge(request.id, counter.code)
    worker.run_until_idle()
    assert state_of(counter, request) == "done"
    assert counter.mails[-1].template == "nothing-held"


def test_somebody_who_stands_in_the_traffic_log_alone_gets_a_yes(counter, worker):
    request = counter.ask("access", mail="someone@else.example")
    counter.desk.answer_challenge(request.id, counter.code)
    worker.run_until_idle()
    assert counter.mails[-1].template == "answer-ready"
    content = b"".join(counter.desk.read_answer(request.id, "rows.jsonl")).decode()
    assert "traffic" in content


def test_an_erasure_waits_for_its_undo_window_then_leaves_nothing_but_what_must_stay(counter, worker, firm):
    request = ask_and_show(counter, "erasure")
    worker.run_until_idle()
    assert state_of(counter, request) == "waiting"
    assert rows_of(firm, "SELECT count(*) FROM people WHERE email = 'alice@quarry.example'") == [(1,)]
    counter.later(days=7, seconds=1)
    worker.run_until_idle()
    assert state_of(counter, request) == "done", counter.desk.stores(request.id)
    assert rows_of(firm, "SELECT count(*) FROM people WHERE email = 'alice@quarry.example'") == [(0,)]
    assert rows_of(firm, "SELECT name FROM people WHERE id IN (2, 3) ORDER BY id") == [("Bob Brown",), ("Alice Adams",)]
    assert rows_of(firm, "SELECT count(*) FROM invoices") == [(2,)]
    assert rows_of(firm, "SELECT count(*) FROM blocked WHERE email = 'alice@quarry.example'") == [(1,)]
    assert counter.desk.certificate(request.id)[0]["reference"] == request.reference
    assert counter.mails[-1].template == "done-erasure"
    assert counter.deeds[-1].kind == "erase"
    assert MAIL not in counter.dump()
    assert counter.desk.messages(request.id) == []


def test_what_nobody_mapped_is_found_by_the_search_after_and_a_person_says_whose_it_is(counter, worker, firm):
    rows_of(firm, "INSERT INTO scratch VALUES (1, 'somebody pasted alice@quarry.example here') RETURNING id")
    counter.configure(undo_days=0)
    worker = open_worker(counter, {"main": firm})
    request = ask_and_show(counter, "erasure")
    for _ in range(4):
        worker.run_until_idle()
        counter.later(hours=2)
    (progress,) = counter.desk.stores(request.id)
    assert (progress.state, progress.error) == ("failed", "rights.still-there")
    assert "public.scratch.stuff (1)" in progress.cause
    (left,) = counter.desk.residuals(request.id)
    assert (left.store, left.table, left.column, left.rows) == ("main", "public.scratch", "stuff", 1)
    assert state_of(counter, request) == "working"
    counter.desk.decide_residual(request.id, "main", "public.scratch", "stuff", "another_person", "a template", BOB)
    worker.run_until_idle()
    assert state_of(counter, request) == "done"
    assert counter.desk.residuals(request.id) == ()
    worker.close()


def test_an_erasure_that_is_taken_back_in_time_erases_nothing(counter, worker, firm):
    request = ask_and_show(counter, "erasure")
    worker.run_until_idle()
    counter.desk.withdraw(request.id, CHARLIE)
    counter.later(days=8)
    worker.run_until_idle()
    assert state_of(counter, request) == "withdrawn"
    assert rows_of(firm, "SELECT count(*) FROM people WHERE email = 'alice@quarry.example'") == [(1,)]


def test_a_correction_reaches_every_copy_and_the_old_value_is_gone(counter, worker, firm):
    new = "+44 7700 900555"
    wish = Wish("my new number", changes=(("main", "public.people", "1", "phone", new),))
    request = ask_and_show(counter, "rectification", wish=wish)
    worker.run_until_idle()
    assert state_of(counter, request) == "done", counter.desk.stores(request.id)
    assert rows_of(firm, "SELECT phone FROM people WHERE id = 1") == [(new,)]
    assert rows_of(firm, "SELECT count(*) FROM old_people WHERE tel = '0044 7700 900123'") == [(0,)]
    assert rows_of(firm, "SELECT body FROM tickets WHERE id = 1") == [(f"I am Alice Adams, {new}",)]
    assert rows_of(firm, "SELECT phone FROM people WHERE id = 3") == [("07700 900999",)]
    assert counter.mails[-1].template == "done-rectification"


def test_a_corrected_address_is_gone_but_for_what_may_not_be_changed_which_staff_decides(counter, firm):
    worker = open_worker(counter, {"main": firm})
    sent = rows_of(firm, "SELECT * FROM mail_log ORDER BY id")
    others = rows_of(firm, "SELECT * FROM people WHERE id > 1 ORDER BY id")
    wish = Wish("my new address", changes=(("main", "public.people", "1", "email", "alice@new.example"),))
    request = ask_and_show(counter, "rectification", wish=wish)
    worker.run_until_idle()
    assert state_of(counter, request) == "review", counter.desk.stores(request.id)
    left = [(one.table, one.column, one.lasting) for one in counter.desk.residuals(request.id)]
    assert left == [("public.blocked", "email", True), ("public.mail_log", "to_address", True)]
    with pytest.raises(RightsError, match="nobody has said that it stays"):
        counter.desk.approve(request.id, BOB)
    with pytest.raises(RightsError, match="waits for no correction"):
        counter.desk.write_correction(request.id, ("main", "public.people", "1", "phone"), "0", BOB)
    with pytest.raises(RightsError, match="unchanging"):
        counter.desk.decide_residual(request.id, "main", "public.people", "email", "stays", "so", BOB)
    why = "what we sent you went to the old address: the log says so"
    for table, column in (("public.blocked", "email"), ("public.mail_log", "to_address")):
        assert state_of(counter, request) == "review"
        counter.desk.decide_residual(request.id, "main", table, column, "stays", why, BOB)
    worker.run_until_idle()
    worker.close()
    assert state_of(counter, request) == "done"
    assert counter.mails[-1].template == "done-rectification-in-part"
    assert why in [message.text for message in counter.desk.messages(request.id)]
    assert rows_of(firm, "SELECT body FROM messages WHERE id = 4") == [("Alice Adams told me: alice@new.example",)]
    assert rows_of(firm, "SELECT * FROM mail_log ORDER BY id") == sent
    assert rows_of(firm, "SELECT * FROM people WHERE id > 1 ORDER BY id") == others


def test_a_row_that_is_not_the_askers_is_not_corrected_and_the_case_says_why(counter, worker, firm):
    wish = Wish("", changes=(("main", "public.people", "3", "phone", "0"),))
    request = ask_and_show(counter, "rectification", wish=wish)
    worker.run_until_idle()
    (progress,) = counter.desk.stores(request.id)
    assert (progress.state, progress.error) == ("failed", "store.not-this-person")
    assert "public.people" in progress.cause
    assert rows_of(firm, "SELECT phone FROM people WHERE id = 3") == [("07700 900999",)]


@pytest.mark.parametrize("kind", ["objection", "withdrawal", "restriction"])
def test_a_choice_is_kept_in_control_and_says_where_it_is_effective(counter, worker, kind):
    request = ask_and_show(counter, kind, wish=Wish("stop", purposes=("marketing.own",)))
    worker.run_until_idle()
    assert state_of(counter, request) == "done", counter.desk.stores(request.id)
    assert counter.mails[-1].template == f"done-{kind}"
    assert counter.deeds[-1].kind == "choice"
    (progress,) = counter.desk.stores(request.id)
    assert progress.error == "store.no-marks"  # nothing was applied to this store, and the case says so


@pytest.mark.parametrize("kind", ["objection", "withdrawal"])
def test_a_no_of_a_guest_beats_every_later_import(counter, worker, kind):
    ask_and_show(counter, kind, wish=Wish("stop", purposes=("marketing.own",)))
    worker.run_until_idle()
    first, second = counter.desk.screen_import(
        [[("email", " ALICE@quarry.example")], [("email", "bob@quarry.example")]]
    )
    assert first.objected == ("objected:marketing.own",)
    assert second.free


def test_a_store_that_is_away_is_named_and_holds_nobody_else_up(counter, firm):
    counter.configure(stores=("main", "away"))
    worker = open_worker(counter, {"main": firm, "away": "postgresql://nobody@127.0.0.1:1/none"})
    request = ask_and_show(counter, "erasure")
    counter.configure(undo_days=0)
    worker = open_worker(counter, {"main": firm, "away": "postgresql://nobody@127.0.0.1:1/none"})
    worker.run_until_idle()
    away, main = counter.desk.stores(request.id)
    assert (away.store, away.state, away.error) == ("away", "failed", "store.unreachable")
    assert away.cause
    assert (main.store, main.state) == ("main", "done")
    assert rows_of(firm, "SELECT count(*) FROM people WHERE email = 'alice@quarry.example'") == [(0,)]
    assert state_of(counter, request) == "working"
    assert BOB.ref not in counter.dump()
    worker.close()


@pytest.mark.parametrize(("held", "told"), [(("main",), True), (("main", "second"), False), ((), True)])
def test_recipients_are_told_of_an_erasure_that_a_legal_hold_kept_back_in_some_stores_only(
    counter, firm, cluster, held, told
):
    counter.configure(undo_days=0, stores=("main", "second"))
    second = cluster.create_database()
    make_firm(second)
    rows_of(second, "DELETE FROM scratch RETURNING id")
    opened = open_worker(counter, {"main": firm, "second": second})
    worker = replace(opened, find_told=lambda session, row: ("Quarry Post",))
    with opened.session() as session:
        for store in held:
            until = counter.desk.now() + timedelta(days=900)
            record_hold(session, store, "public.people", "1", "a claim", "bob", until)
    request = ask_and_show(counter, "erasure")
    worker.run_until_idle()
    with opened.session() as session:
        tells = [step.store for step in get_steps(session, [request.id]) if step.step == "tell"]
    opened.close()
    assert tells == ["recipient: Quarry Post"] * told, counter.desk.stores(request.id)
    for name, dsn in (("main", firm), ("second", second)):
        left = rows_of(dsn, f"SELECT count(*) FROM people WHERE email = '{MAIL}'")
        assert left == [(int(name in held),)]
