"""Staff decides: fees, approvals by two, holds, refusals by the law's reasons, words; and the clock follows."""

from datetime import timedelta

import pytest
from counter import ALICE_MAIL, BEA, BOB, CHARLIE, START, fee_law, make_firm, open_worker, rows_of

from avow.duties.rights.model import Contact, Part, Wish
from avow.errors import AvowError

MAIL = "alice@quarry.example"


@pytest.fixture
def firm(cluster):
    dsn = cluster.create_database()
    make_firm(dsn)
    rows_of(dsn, "DELETE FROM scratch RETURNING id")
    return dsn


ALICES = ("main", "public.people", "1")


def show(counter, kind, **more):
    request = counter.ask(kind, mail=more.pop("mail", MAIL), **more)
    if request.state == "identity":
        assert counter.desk.answer_challenge(request.id, counter.code)
    return request


def state_of(counter, request):
    return counter.desk.get_request(request.id).state


def code_of(call, *given):
    with pytest.raises(AvowError) as caught:
        call(*given)
    return caught.value.codes[0]


def test_a_fee_is_announced_and_the_case_waits_for_the_payment(counter):
    counter.configure(law=fee_law())
    assert counter.desk.preview("access", "pakistan-bill", "guest_form").fee == "10.00 USD"
    assert counter.desk.preview("erasure", "pakistan-bill", "guest_form").fee == ""
    assert counter.desk.preview("access", "uk", "guest_form").fee == ""
    request = show(counter, "access", law="pakistan-bill")
    assert (state_of(counter, request), counter.mails[-1].template) == ("fee", "fee")
    counter.desk.accept_fee(request.id, CHARLIE)
    assert state_of(counter, request) == "fee"
    assert code_of(counter.desk.record_payment, request.id, CHARLIE) == "rights.not-staff"
    counter.desk.record_payment(request.id, BOB)
    assert state_of(counter, request) == "finding"


def test_a_fee_that_is_declined_ends_the_request_without_cost(counter):
    counter.configure(law=fee_law())
    request = show(counter, "access", law="pakistan-bill")
    counter.desk.decline_fee(request.id, CHARLIE)
    assert state_of(counter, request) == "withdrawn"


def test_an_erasure_that_needs_two_goes_on_when_two_others_have_agreed(counter, firm):
    counter.configure(approvals={"erasure": 2}, undo_days=0)
    worker = open_worker(counter, {"main": firm})
    request = show(counter, "erasure", actor=BOB, channel="email")
    assert state_of(counter, request) in ("identity", "finding", "review")
    worker.run_until_idle()
    assert (state_of(counter, request), counter.events(request.id)[-1]) == ("review", "approval needed")
    previews = counter.desk.case(request.id, BEA, "officer").previews
    assert ("public.people", "delete", 1) in previews[0].planned
    assert any("tax law" in ground for ground in previews[0].grounds)
    assert code_of(counter.desk.approve, request.id, BOB) == "rights.own-request"
    assert counter.desk.approve(request.id, BEA) is False
    assert code_of(counter.desk.approve, request.id, BEA) == "rights.approved-before"
    worker.run_until_idle()
    assert rows_of(firm, "SELECT count(*) FROM people WHERE id = 1") == [(1,)]
    assert counter.desk.approve(request.id, type(BEA)("staff", "ben")) is True
    worker.run_until_idle()
    assert state_of(counter, request) == "done"
    assert rows_of(firm, "SELECT count(*) FROM people WHERE id = 1") == [(0,)]
    worker.close()


def test_what_is_held_stays_until_its_ground_is_over_then_goes_as_well(counter, firm):
    counter.configure(approvals={"erasure": 1}, undo_days=0)
    worker = open_worker(counter, {"main": firm})
    request = show(counter, "erasure")
    worker.run_until_idle()
    when = START.date() + timedelta(days=30)
    late = (request.id, "main", "public.tickets", "", "a dispute", "bob", START.date(), BOB)
    assert code_of(counter.desk.set_hold, *late) == "rights.bad-hold"
    hold = counter.desk.set_hold(request.id, "main", "public.tickets", "", "a dispute", "bob", when, BOB)
    counter.desk.approve(request.id, BEA)
    worker.run_until_idle()
    after = counter.desk.get_request(request.id)
    assert (after.state, after.reason) == ("done", "held-in-part"), counter.desk.stores(request.id)
    assert counter.mails[-1].template == "done-erasure-in-part"
    assert rows_of(firm, "SELECT count(*) FROM tickets WHERE id = 1") == [(1,)]
    assert rows_of(firm, "SELECT count(*) FROM mail_log WHERE to_address = 'alice@quarry.example'") == [(0,)]
    counter.later(days=31)
    assert [h.id for h in counter.desk.holds_to_review()] == [hold]
    assert counter.desk.release_hold(hold, BOB) == request.id
    assert code_of(counter.desk.release_hold, hold, BOB) == "rights.no-such-hold"
    worker.run_until_idle()
    assert (state_of(counter, request), counter.mails[-1].template) == ("done", "done-erasure")
    assert rows_of(firm, "SELECT count(*) FROM people WHERE id = 1") == [(0,)]
    assert rows_of(firm, "SELECT count(*) FROM tickets WHERE id = 4") == [(1,)]
    worker.close()


def test_a_row_that_only_a_claim_points_at_is_for_a_person_to_decide(counter, firm):
    counter.configure(undo_days=0)
    worker = open_worker(counter, {"main": firm})
    contact = Contact("new@mail.example", "Vera", identifiers=(("email", "vera@visit.example"),))
    request = show(counter, "access", contact=contact)
    worker.run_until_idle()
    assert (state_of(counter, request), counter.events(request.id)[-1]) == ("review", "matches to decide")
    (match,) = counter.desk.case(request.id, BOB, "officer").matches
    assert (match.table, match.verdict) == ("public.visitors", "ask")
    assert "Vera Vale" in match.card
    assert code_of(counter.desk.approve, request.id, BOB) == "rights.match-undecided"
    counter.desk.decide_match(request.id, "main", match.table, match.key, False, "another Vera", BOB)
    assert code_of(counter.desk.approve, request.id, BOB) == "rights.match-undecided"  # it stands in a note, too
    counter.desk.decide_named(request.id, 2, False, "another Vera", BOB)
    counter.desk.approve(request.id, BOB)
    worker.run_until_idle()
    assert state_of(counter, request) == "done"
    assert counter.mails[-1].template == "nothing-held"
    worker.close()


def test_facts_that_agree_in_one_persons_rows_show_who_asks(counter, firm):
    worker = open_worker(counter, {"main": firm})
    contact = Contact(phone="020 7946 0999", postal_address="1 Harbour Row")
    request = counter.ask("access", contact=contact)
    assert (request.state, request.identity_needed) == ("identity", "facts")
    assert code_of(counter.desk.offer_facts, request.id, {"phone": "1"}) == "rights.too-few-facts"
    counter.desk.offer_facts(request.id, {"email": "vera@visit.example", "phone": "0"})
    worker.run_until_idle()
    assert state_of(counter, request) == "identity"
    counter.desk.offer_facts(
        request.id, {"email": "VERA@visit.example", "phone": "+44 7700 900777", "name": "vera vale"}
    )
    worker.run_until_idle()
    assert counter.desk.get_request(request.id).identity_reached == "facts"
    assert state_of(counter, request) == "done", counter.events(request.id)
    assert "vera@visit" not in counter.dump()
    worker.close()


def test_a_refusal_needs_a_reason_that_the_law_gives_and_may_be_contested(counter):
    request = show(counter, "erasure")
    assert code_of(counter.desk.refuse, request.id, "because", BOB) == "law.no-such-ground"
    assert code_of(counter.desk.refuse, request.id, "complex", BOB) == "rights.wrong-reason"
    counter.desk.refuse(request.id, "unfounded", BOB, "three in one week")
    assert (state_of(counter, request), counter.mails[-1].template) == ("refused", "refused")
    counter.desk.contest(request.id, "it was one", CHARLIE)
    assert state_of(counter, request) == "review"


@pytest.mark.parametrize("kind", ["objection", "withdrawal"])
def test_a_no_to_marketing_is_never_refused(counter, kind):
    request = counter.ask(kind, wish=Wish("stop", purposes=("marketing.own",)))
    assert code_of(counter.desk.refuse, request.id, "legal-claims", BOB) == "rights.absolute"


def test_an_extension_is_taken_once_and_moves_the_date(counter):
    request = show(counter, "access", law="eu")
    before = counter.desk.get_request(request.id).due_at
    counter.desk.extend(request.id, "complex", BOB)
    after = counter.desk.get_request(request.id)
    assert after.extended
    assert after.due_at - before > timedelta(days=58)
    assert code_of(counter.desk.extend, request.id, "complex", BOB) == "rights.no-extension"


def test_the_clock_stands_still_while_the_asker_is_waited_for_where_the_law_says_so(counter):
    request = show(counter, "rectification", law="uk", wish=Wish("it is all wrong"), channel="email", actor=BOB)
    before = counter.desk.get_request(request.id).due_at
    counter.desk.ask_clarification(request.id, "Which of them?", BOB)
    asked = counter.desk.get_request(request.id)
    assert (asked.state, asked.paused) == ("clarifying", True)
    counter.later(days=10)
    counter.desk.add_message(request.id, "The telephone number.", CHARLIE)
    after = counter.desk.get_request(request.id)
    assert (after.state, after.paused) == ("review", False)
    assert timedelta(days=8) < after.due_at - before < timedelta(days=14)
    texts = [m.text for m in counter.desk.messages(request.id)]
    assert texts == ["Which of them?", "The telephone number."]


def test_a_complaint_is_closed_with_notes_and_an_outcome_or_not_at_all(counter):
    request = counter.ask("complaint", wish=Wish("you wrote to my neighbour"))
    assert counter.mails[-1].template == "received-complaint"
    assert code_of(counter.desk.search_again, request.id, BOB) == "rights.no-such-move"
    assert code_of(counter.desk.close_with_words, request.id, "", "sorry", "", BOB) == "rights.no-outcome"
    counter.desk.close_with_words(request.id, "upheld", "You are right.", "a wrong address in the list", BOB)
    assert (state_of(counter, request), counter.mails[-1].template) == ("done", "done-complaint")
    assert [m.text for m in counter.desk.messages(request.id)] == ["You are right."]
    notes = [m.text for m in counter.desk.case(request.id, BOB, "officer").messages if m.direction == "note"]
    assert notes == ["a wrong address in the list"]


def test_a_question_that_nobody_answers_turns_up_as_overdue(counter):
    request = counter.ask("question", wish=Wish("how long do you keep logs?"))
    assert counter.desk.queue(overdue=True) == []
    counter.later(days=40)
    assert [r.id for r in counter.desk.queue(overdue=True)] == [request.id]
    counter.desk.close_with_words(request.id, "", "Thirty days.", "", BOB)
    assert counter.desk.queue(overdue=True) == []


def test_every_look_of_staff_is_shown_to_the_person_without_a_name(counter):
    subject = counter.desk.bind_account("account-alice", ALICE_MAIL)
    request = counter.ask_signed_in()
    counter.desk.case(request.id, BOB, "officer")
    (look,) = counter.desk.looks_at(subject)
    assert (look.at, look.role, look.purpose) == (START, "officer", "right.request")
    assert "bob" not in str(look)


def test_a_change_of_credentials_makes_an_export_wait_two_days_and_tells_the_other_addresses(counter, firm):
    worker = open_worker(counter, {"main": firm})
    counter.desk.bind_account("account-alice", MAIL)
    counter.desk.bind_account("account-alice", "second@mail.example")
    counter.later(days=1)
    counter.desk.record_credentials_changed("account-alice")
    request = counter.ask_signed_in(contact=Contact(MAIL))
    worker.run_until_idle()
    assert state_of(counter, request) == "waiting"
    told = [mail.to for mail in counter.mails if mail.template == "asked-access"]
    assert told == ["second@mail.example"]
    counter.later(hours=48, seconds=1)
    worker.run_until_idle()
    assert state_of(counter, request) == "done"
    worker.close()


def test_a_restored_copy_forgets_again_whom_the_original_forgot(counter, cluster, firm):
    counter.configure(undo_days=0)
    worker = open_worker(counter, {"main": firm})
    request = show(counter, "erasure")
    worker.run_until_idle()
    assert state_of(counter, request) == "done", counter.desk.stores(request.id)
    restored = cluster.create_database()
    make_firm(restored)
    rows_of(restored, "DELETE FROM scratch RETURNING id")
    worker.close()
    again = open_worker(counter, {"main": restored})
    again.run_until_idle()
    assert rows_of(restored, "SELECT count(*) FROM people WHERE email = 'alice@quarry.example'") == [(0,)]
    assert rows_of(restored, "SELECT count(*) FROM traffic WHERE remote_email = 'alice@quarry.example'") == [(0,)]
    assert rows_of(restored, "SELECT count(*) FROM people WHERE id IN (2, 3)") == [(2,)]
    assert again.replay_erasures("main") == 0
    again.close()
    assert counter.desk.screen_import([[("email", MAIL)]])[0].erased


def test_what_is_held_for_a_customer_is_forwarded_to_the_customer(counter, firm):
    counter.configure(customer_tables=frozenset({("main", "public.visitors")}))
    worker = open_worker(counter, {"main": firm})
    request = show(counter, "erasure", mail="vera@visit.example")
    worker.run_until_idle()
    assert (state_of(counter, request), counter.mails[-1].template) == ("forwarded", "forwarded")
    assert rows_of(firm, "SELECT count(*) FROM visitors WHERE id = 1") == [(1,)]
    worker.close()


def test_a_part_of_an_erasure_is_refused_by_a_reason_and_a_letter_and_the_rest_goes(counter, firm):
    counter.configure(approvals={"erasure": 1}, undo_days=0)
    worker = open_worker(counter, {"main": firm})
    request = show(counter, "erasure")
    worker.run_until_idle()
    when = START.date() + timedelta(days=30)
    tickets = Part("main", "public.tickets")
    refuse_part = counter.desk.refuse_part
    assert code_of(refuse_part, request.id, tickets, "legal-claims", "a letter", BOB) == "rights.bad-hold"
    assert code_of(refuse_part, request.id, tickets, "excessive", "a letter", BOB, when) == "rights.wrong-reason"
    refuse_part(request.id, tickets, "legal-claims", "the tickets stay", BOB, when)
    (hold,) = counter.desk.case(request.id, BOB, "officer").holds
    assert "legal claims" in hold.ground
    assert [m.text for m in counter.desk.messages(request.id)] == ["the tickets stay"]
    assert counter.mails[-1].template == "message"
    assert counter.events(request.id)[-1] == "refused in part"
    counter.desk.approve(request.id, BEA)
    worker.run_until_idle()
    assert state_of(counter, request) == "done"
    assert rows_of(firm, "SELECT count(*) FROM tickets WHERE id = 1") == [(1,)]
    assert rows_of(firm, "SELECT count(*) FROM mail_log WHERE to_address = 'alice@quarry.example'") == [(0,)]
    worker.close()


def test_a_part_of_an_answer_is_a_column_and_masks_it_in_every_row(counter):
    request = show(counter, "access")
    whole = Part("main", "public.tickets")
    assert code_of(counter.desk.refuse_part, request.id, whole, "others-rights", "no", BOB) == "rights.no-such-part"
    counter.desk.refuse_part(request.id, Part("main", "public.tickets", "body"), "others-rights", "no", BOB)
    found = counter.desk.case(request.id, BOB, "officer")
    assert found.masks == {("main", "public.tickets", "", "body"): "mask"}
    every = (request.id, ("main", "public.tickets", "", "body"), False, BOB)
    assert code_of(counter.desk.decide_mask, *every) == "rights.bad-request"  # a part is taken back by no click


def test_a_correction_in_words_is_written_down_field_by_field_before_it_is_made(counter, firm):
    counter.configure(correctable={("main", "public.people"): ("name", "phone")})
    worker = open_worker(counter, {"main": firm})
    request = show(counter, "rectification", wish=Wish("my number is 0207"))
    worker.run_until_idle()
    assert counter.events(request.id)[-1] == "corrections to be written down"
    assert code_of(counter.desk.approve, request.id, BEA) == "rights.nothing-to-correct"
    write, name, phone = counter.desk.write_correction, (*ALICES, "name"), (*ALICES, "phone")
    theirs = ("main", "public.people", "3", "phone")
    for place, wrong in (((*ALICES, "email"), "x"), (theirs, "x"), (phone, "x" * 2001)):
        assert code_of(write, request.id, place, wrong, BOB) == "rights.bad-request"
    for place, value in ((name, "Alicia"), (phone, "0201"), (phone, "0207"), (name, None)):
        write(request.id, place, value, BOB)  # the last word about a field counts, and one is taken out
    assert counter.desk.case(request.id, BOB, "officer").wish.changes == ((*phone, "0207"),)
    before = rows_of(firm, "SELECT name FROM people WHERE id = 1")
    counter.desk.approve(request.id, BEA)
    worker.run_until_idle()
    assert rows_of(firm, "SELECT phone FROM people WHERE id = 1") == [("0207",)]
    assert rows_of(firm, "SELECT name FROM people WHERE id = 1") == before
    assert code_of(write, request.id, name, "x", BOB) == "rights.no-such-move"  # it is being done
    worker.close()


def test_a_field_that_was_refused_is_not_written_down_again(counter, firm):
    counter.configure(correctable={("main", "public.people"): ("name", "phone")})
    worker = open_worker(counter, {"main": firm})
    request = show(counter, "rectification", wish=Wish("my name and number"))
    worker.run_until_idle()
    write, name = counter.desk.write_correction, (*ALICES, "name")
    write(request.id, name, "Alicia", BOB)
    write(request.id, (*ALICES, "phone"), "0207", BOB)
    counter.desk.refuse_part(request.id, Part(*ALICES[:2], "name"), "not-inaccurate", "the name stays", BOB)
    assert code_of(write, request.id, name, "Alison", BOB) == "rights.bad-request"
    write(request.id, (*ALICES, "phone"), None, BOB)
    assert code_of(counter.desk.approve, request.id, BEA) == "rights.nothing-to-correct"  # what is left was refused
    worker.close()


def test_whoever_wrote_down_what_is_to_be_corrected_does_not_agree_to_it(counter, firm):
    counter.configure(approvals={"rectification": 1}, correctable={("main", "public.people"): ("name", "phone")})
    worker = open_worker(counter, {"main": firm})
    request = show(counter, "rectification", wish=Wish("my number is 0207"))
    worker.run_until_idle()
    counter.desk.write_correction(request.id, (*ALICES, "phone"), "0207", BOB)
    assert code_of(counter.desk.approve, request.id, BOB) == "rights.own-request"
    assert state_of(counter, request) == "review"
    assert counter.desk.approve(request.id, BEA)
    worker.close()


def test_what_the_asker_wrote_down_field_by_field_is_not_written_anew_by_staff(counter, firm):
    counter.configure(approvals={"rectification": 1}, correctable={("main", "public.people"): ("name", "phone")})
    worker = open_worker(counter, {"main": firm})
    request = show(counter, "rectification", wish=Wish("", changes=((*ALICES, "phone", "0207"),)))
    worker.run_until_idle()
    for value in ("0208", None):
        refused = code_of(counter.desk.write_correction, request.id, (*ALICES, "phone"), value, BOB)
        assert refused == "rights.no-such-move"
    assert counter.desk.case(request.id, BOB, "officer").wish.changes == ((*ALICES, "phone", "0207"),)
    worker.close()


def test_a_part_of_a_correction_is_refused_and_the_rest_is_corrected(counter, firm):
    counter.configure(approvals={"rectification": 2})
    worker = open_worker(counter, {"main": firm})
    name, phone = (
        ("main", "public.people", "1", column, new) for column, new in (("name", "Alicia"), ("phone", "0207"))
    )
    request = show(counter, "rectification", wish=Wish("both are wrong", changes=(name, phone)))
    worker.run_until_idle()
    before = rows_of(firm, "SELECT name FROM people WHERE id = 1")
    refuse_part = counter.desk.refuse_part
    another = Part("main", "public.people", "email")
    assert code_of(refuse_part, request.id, another, "not-inaccurate", "no", BOB) == "rights.no-such-part"
    assert not counter.desk.approve(request.id, BEA)
    refuse_part(request.id, Part("main", "public.people", "name"), "not-inaccurate", "your name stays", BOB)
    assert (
        counter.desk.case(request.id, BOB, "officer").approved_by == ()
    )  # what was agreed to is not what stands there now
    last = Part("main", "public.people", "phone")
    assert code_of(refuse_part, request.id, last, "not-inaccurate", "no", BOB) == "rights.no-such-part"
    assert [counter.desk.approve(request.id, who) for who in (BEA, BOB)] == [False, True]
    worker.run_until_idle()
    assert state_of(counter, request) == "done", counter.desk.stores(request.id)
    assert rows_of(firm, "SELECT name FROM people WHERE id = 1") == before
    assert rows_of(firm, "SELECT phone FROM people WHERE id = 1") == [("0207",)]
    assert [m.text for m in counter.desk.messages(request.id)] == ["your name stays"]
    worker.close()


def test_whoever_gets_a_part_of_a_correction_is_not_told_that_all_of_it_was_corrected(counter, firm):
    counter.configure(approvals={"rectification": 1})
    worker = open_worker(counter, {"main": firm})
    changes = tuple((*ALICES, column, new) for column, new in (("name", "Alicia Adams"), ("notes", "rings twice")))
    request = show(counter, "rectification", wish=Wish("both are wrong", changes=changes))
    worker.run_until_idle()
    counter.desk.refuse_part(request.id, Part(*ALICES[:2], "name"), "not-inaccurate", "the name stays", BOB)
    counter.desk.approve(request.id, BEA)
    worker.run_until_idle()
    assert state_of(counter, request) == "done", counter.desk.stores(request.id)
    assert counter.mails[-1].template == "done-rectification-in-part"
    worker.close()


def test_what_is_held_for_a_customer_goes_to_them_with_a_letter(counter):
    counter.configure(look_at_masks=True)
    request = show(counter, "access", law="unknown")
    assert code_of(counter.desk.forward, request.id, " ", BOB) == "rights.bad-request"
    counter.desk.forward(request.id, "Quarry Ltd", BOB, "Quarry Ltd decides")
    assert (state_of(counter, request), counter.mails[-1].template) == ("forwarded", "forwarded")
    assert [m.text for m in counter.desk.messages(request.id)] == ["Quarry Ltd decides"]
    assert code_of(counter.desk.forward, request.id, "Quarry Ltd", BOB) == "rights.no-such-move"
