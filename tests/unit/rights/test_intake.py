"""Requests come in by every door, once, with a clock and without telling anybody whom the company knows."""

from datetime import timedelta

import pytest
from counter import ALICE_MAIL, BOB, CHARLIE, START

from avow.duties.rights.model import CHANNELS, KINDS, NOES, Contact, Wish
from avow.errors import RightsError

ALL = ("marketing.own", "support.provide")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_request_is_taken_in_with_a_reference_and_a_due_date(counter, kind):
    request = counter.ask(kind, wish=Wish("please", purposes=("marketing.own",)))
    assert request.reference.startswith("AV-")
    assert request.due_at > START
    assert request.due_source
    assert counter.events(request.id)[0] == "received"
    assert counter.desk.find_by_reference(request.reference.lower().replace("-", " ")).id == request.id


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_reaches_the_same_desk(counter, channel):
    assert counter.ask(channel=channel).channel == channel


def test_a_guest_is_asked_for_a_code_and_goes_on_with_the_right_one(counter):
    request = counter.ask()
    assert (request.state, request.identity_needed, request.identity_reached) == ("identity", "code", "none")
    assert counter.desk.answer_challenge(request.id, counter.code.lower())
    after = counter.desk.get_request(request.id)
    assert (after.state, after.identity_reached) == ("finding", "code")
    assert counter.woken


def test_whoever_showed_who_they_are_is_told_by_mail_until_when_the_answer_comes(counter):
    request = counter.ask()
    assert [mail.template for mail in counter.mails] == ["code"]
    counter.later(minutes=10)
    counter.desk.answer_challenge(request.id, counter.code)
    assert [mail.template for mail in counter.mails] == ["code", "received-access"]
    due = counter.desk.get_request(request.id).due_at
    assert counter.mails[-1].values["due"] == due.date().isoformat()
    assert not counter.desk.answer_challenge(request.id, counter.code)
    assert len(counter.mails) == 2


def test_a_law_whose_clock_begins_with_the_proof_names_that_day_in_the_mail(counter):
    request = counter.ask()
    counter.later(days=3)
    counter.desk.resend_code(request.id)
    counter.desk.answer_challenge(request.id, counter.code)
    due = counter.desk.get_request(request.id).due_at
    assert due > request.due_at
    assert counter.mails[-1].values["due"] == due.date().isoformat()


def test_nobody_is_told_twice_that_their_request_came_in(counter):
    request = counter.ask(law="california")
    counter.desk.answer_challenge(request.id, counter.code)
    counter.desk.decide_jurisdiction(request.id, "uk", BOB)
    other = counter.ask("complaint", law="nowhere")
    counter.desk.ask_identity(other.id, "code", BOB)
    counter.desk.resend_code(other.id)
    counter.desk.answer_challenge(other.id, counter.code)
    told = [mail.template for mail in counter.mails if mail.template.startswith("received")]
    assert told == ["received-access", "received-complaint"]


def test_a_wrong_code_is_refused_and_five_tries_are_all_there_are(counter):
    request = counter.ask()
    right = counter.code
    for _ in range(5):
        assert not counter.desk.answer_challenge(request.id, "WRONG234")
    assert not counter.desk.answer_challenge(request.id, right)
    counter.desk.resend_code(request.id)
    assert counter.desk.answer_challenge(request.id, counter.code)


def test_a_code_is_worth_nothing_after_fifteen_minutes_or_for_another_request(counter):
    request = counter.ask()
    old = counter.code
    other = counter.ask("erasure")
    assert not counter.desk.answer_challenge(other.id, old)
    counter.later(minutes=15, seconds=1)
    assert not counter.desk.answer_challenge(request.id, old)


def test_a_newer_code_ends_the_older_one(counter):
    request = counter.ask()
    first = counter.code
    counter.desk.resend_code(request.id)
    assert not counter.desk.answer_challenge(request.id, first)


def test_an_address_gets_no_more_than_five_codes_an_hour_and_the_page_says_the_same(counter):
    states = {(r := counter.ask(wish=Wish(f"{n}"), channel="guest_form")).state + r.identity_needed for n in range(7)}
    assert states == {"identitycode"}
    assert sum(mail.template == "code" for mail in counter.mails) == 5


@pytest.mark.parametrize(
    ("kind", "purposes"),
    [("objection", ("marketing.own",)), ("withdrawal", ("marketing.own",)), ("question", ()), ("complaint", ())],
)
def test_nobody_has_to_show_who_they_are_for_a_no_to_marketing_a_question_or_a_complaint(counter, kind, purposes):
    request = counter.ask(kind, wish=Wish("stop", purposes=purposes))
    assert request.identity_needed == "none"
    assert request.state in ("finding", "review")
    assert all(mail.template != "code" for mail in counter.mails)


@pytest.mark.parametrize("kind", NOES)
def test_a_no_to_more_than_marketing_asks_who_asks(counter, kind):
    assert counter.ask(kind, wish=Wish("stop all", purposes=ALL)).identity_needed == "code"


@pytest.mark.parametrize("kind", NOES)
@pytest.mark.parametrize("wish", [Wish("no more", purposes=("marketing.own",)), Wish("stop all", purposes=ALL)])
def test_what_is_said_against_marketing_is_on_the_list_before_any_worker_and_any_code(counter, kind, wish):
    counter.ask(kind, mail=ALICE_MAIL, wish=wish)
    alice, bob = counter.desk.screen_import([[("email", ALICE_MAIL)], [("email", "bob@example.org")]])
    assert "objected:marketing.own" in alice.objected
    assert not [purpose for purpose in alice.objected if not purpose.startswith("objected:marketing")]
    assert (bob.objected, bob.erased) == ((), False)


def test_a_signed_in_person_goes_straight_to_the_search_and_signs_in_again_for_an_erasure(counter):
    counter.desk.bind_account("account-alice", ALICE_MAIL)
    assert counter.ask_signed_in().state == "finding"
    erasure = counter.ask_signed_in("erasure")
    assert (erasure.state, erasure.identity_needed) == ("identity", "reauthentication")
    with pytest.raises(RightsError) as caught:
        counter.desk.record_reauthenticated(erasure.id, CHARLIE)
    assert caught.value.codes == ("rights.not-the-asker",)


def test_a_stranger_sees_the_same_for_an_address_that_is_known_and_one_that_is_not(counter):
    counter.desk.bind_account("account-alice", ALICE_MAIL)
    counter.ask_signed_in()
    known = counter.ask(mail=ALICE_MAIL)
    unknown = counter.ask(mail="nobody@example.org")

    def seen(request):
        shown = {**vars(request), "id": 0, "reference": ""}
        return shown, counter.events(request.id), [e.detail for e in counter.desk.timeline(request.id)]

    assert seen(known) == seen(unknown)


def test_the_same_request_again_becomes_the_open_one(counter):
    counter.desk.bind_account("account-alice", ALICE_MAIL)
    first = counter.ask_signed_in()
    again = counter.ask_signed_in()
    assert again.id == first.id
    assert counter.events(first.id)[-1] == "asked again"
    assert counter.ask_signed_in("copy").id != first.id


def test_a_guest_who_asks_twice_is_merged_only_after_showing_who_they_are(counter):
    first = counter.ask()
    counter.desk.answer_challenge(first.id, counter.code)
    second = counter.ask()
    assert second.id != first.id
    assert counter.desk.answer_challenge(second.id, counter.code)
    assert counter.desk.get_request(second.id).state == "merged"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"kind": "everything"}, "kind"),
        ({"channel": "pigeon"}, "channel"),
        ({"contact": Contact("not an address")}, "address"),
        ({"contact": Contact()}, "nobody could be answered"),
        ({"wish": Wish("x" * 20_001)}, "longer"),
        ({"kind": "withdrawal"}, "none is named"),
    ],
)
def test_what_is_no_request_is_refused_and_nothing_of_it_is_kept(counter, change, what):
    with pytest.raises(RightsError) as caught:
        counter.ask(**change)
    assert caught.value.codes == ("rights.bad-request",)
    assert what in str(caught.value)
    assert "not an address" not in str(caught.value)
    assert counter.desk.queue() == []


def test_the_preview_names_the_due_date_and_its_source_before_anything_is_sent(counter):
    preview = counter.desk.preview("erasure", "eu", "guest_form")
    assert preview.due_in_words == "1 month"
    assert preview.due_source == "GDPR art. 12(3)"
    assert preview.due_at.date().isoformat() == "2026-04-02"
    assert preview.waits == ("undo 7 days", "after a change of address 48 hours")
    assert (preview.identity_needed, preview.what_next, preview.fee) == ("code", "code", "")
    assert counter.desk.queue() == []


def test_a_law_that_the_company_has_not_chosen_goes_to_a_person(counter):
    request = counter.ask(law="atlantis")
    counter.desk.answer_challenge(request.id, counter.code)
    after = counter.desk.get_request(request.id)
    assert (after.state, after.reason) == ("review", "jurisdiction_unknown")


def test_a_request_from_before_avow_keeps_its_date(counter):
    request = counter.ask(channel="email", actor=BOB, received_at=START - timedelta(days=10))
    assert request.received_at == START - timedelta(days=10)
    assert request.due_at < START + timedelta(days=25)


def test_what_the_asker_wrote_stands_nowhere_in_the_clear(counter):
    contact = Contact(
        ALICE_MAIL, "Alice Example", "+44 20 7946 0018", "1 Harbour Row", identifiers=(("cookie", "c-771"),)
    )
    request = counter.ask(contact=contact, wish=Wish("find the Harbour invoice"))
    counter.desk.add_message(request.id, "it was number 88-XY", CHARLIE)
    dump = counter.dump()
    for value in (ALICE_MAIL, "Alice", "7946", "Harbour", "c-771", "88-XY", counter.code):
        assert value not in dump
    assert [m.text for m in counter.desk.messages(request.id)] == ["it was number 88-XY"]


def test_taken_back_is_closed_and_cannot_be_taken_back_twice(counter):
    request = counter.ask()
    counter.desk.withdraw(request.id, CHARLIE)
    assert counter.desk.get_request(request.id).closed_at == START
    with pytest.raises(RightsError) as caught:
        counter.desk.withdraw(request.id, CHARLIE)
    assert caught.value.codes == ("rights.no-such-move",)
    assert counter.desk.queue() == []
