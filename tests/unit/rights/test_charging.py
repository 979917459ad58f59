"""A fee for an excessive request: staff says why, within the cap; the asker pays, declines, or has somebody else look."""

from decimal import Decimal

import pytest
from counter import ALICE_MAIL, BEA, BOB, CHARLIE, START, fee_law, make_firm, open_worker, rows_of

from avow.duties.rights.model import Actor, Wish
from avow.errors import AvowError, LawError
from avow.law import NO_FEE, Fee, choose_law

CAP = Fee(Decimal("15.00"), "GBP", "")
WHY = "You asked for the same last week, and nothing has changed since."
ALICE_OF_THE_FIRM = "alice@quarry.example"


@pytest.fixture
def counter(counter):
    counter.configure(law=choose_law("uk", ("uk", "eu", "california", "india"), cap=CAP))
    return counter


def ask(counter, mail=ALICE_MAIL, law="uk", kind="access", **more):
    request = counter.ask(kind, mail=mail, law=law, **more)
    if request.state == "identity":
        assert counter.desk.answer_challenge(request.id, counter.code)
    return request


def charge(counter, request, amount="12.50", why=WHY, staff=BOB):
    counter.desk.ask_fee(request.id, Decimal(amount), why, staff)


def state_of(counter, request):
    return counter.desk.get_request(request.id).state


def code_of(call, *given):
    with pytest.raises(AvowError) as caught:
        call(*given)
    return caught.value.codes[0]


def test_the_asker_reads_why_and_what_it_costs_and_owes_nothing_yet(counter):
    request = ask(counter)
    charge(counter, request)
    after = counter.desk.get_request(request.id)
    assert (after.state, after.fee, after.fee_basis) == ("fee", "12.50 GBP", "UK GDPR art. 12(5)")
    assert counter.mails[-1].template == "fee"
    assert counter.mails[-1].values["amount"] == "12.50 GBP"
    assert WHY not in str(counter.mails[-1])  # the reasons stand behind the code, not in the mail
    assert [m.text for m in counter.desk.messages(request.id)] == [WHY]
    assert counter.desk.fee_standing(request.id).by_staff
    assert not counter.desk.fee_standing(request.id).accepted
    assert WHY not in counter.dump()


def test_it_goes_on_once_it_is_paid_and_is_not_asked_twice(counter):
    counter.configure(stores=())
    request = ask(counter)
    charge(counter, request)
    counter.desk.accept_fee(request.id, CHARLIE)
    assert counter.desk.fee_standing(request.id).accepted
    counter.desk.record_payment(request.id, BEA)
    assert state_of(counter, request) == "finding"
    assert code_of(charge, counter, request, "12.50", WHY, BEA) == "rights.no-such-move"


def test_whoever_declines_owes_nothing_and_the_request_ends(counter):
    request = ask(counter)
    charge(counter, request)
    counter.desk.decline_fee(request.id, CHARLIE)
    assert state_of(counter, request) == "withdrawn"


def test_whoever_disagrees_owes_nothing_and_a_colleague_decides_anew(counter):
    request = ask(counter)
    charge(counter, request)
    counter.desk.contest(request.id, "the first answer was empty", CHARLIE)
    after = counter.desk.get_request(request.id)
    assert (after.state, after.fee) == ("review", "")
    assert code_of(charge, counter, request) == "rights.own-decision"
    charge(counter, request, "5.00", "It was not empty: it had three files.", BEA)
    assert counter.desk.get_request(request.id).fee == "5.00 GBP"
    counter.desk.contest(request.id, "still", CHARLIE)
    counter.desk.waive_fee(request.id, BOB)
    after = counter.desk.get_request(request.id)
    assert (after.state, after.fee) == ("finding", "")
    assert counter.events(request.id)[-1] == "fee waived"


def test_a_request_whose_fee_is_waived_is_answered(counter, cluster):
    dsn = cluster.create_database()
    make_firm(dsn)
    rows_of(dsn, "DELETE FROM scratch RETURNING id")
    worker = open_worker(counter, {"main": dsn})
    request = ask(counter, mail=ALICE_OF_THE_FIRM)
    charge(counter, request)
    worker.run_until_idle()
    assert state_of(counter, request) == "fee"  # nothing is searched while the asker decides
    counter.desk.contest(request.id, "no", CHARLIE)
    counter.desk.waive_fee(request.id, BEA)
    worker.run_until_idle()
    assert state_of(counter, request) == "done"
    assert counter.desk.answer(request.id) is not None
    worker.close()


def test_a_reason_and_a_known_asker_come_before_a_fee(counter):
    request = ask(counter)
    assert code_of(charge, counter, request, "5.00", "  ") == "rights.bad-request"
    assert code_of(charge, counter, request, "5.00", WHY, CHARLIE) == "rights.not-staff"
    letter = counter.ask("access", mail="", channel="letter", actor=BEA, contact=_by_post())
    assert state_of(counter, letter) == "review"
    assert code_of(charge, counter, letter) == "rights.not-identified"
    unknown = ask(counter, mail="carol@mail.example", law="atlantis", wish=Wish("again"))
    assert code_of(charge, counter, unknown) == "rights.unknown-law"
    assert [state_of(counter, one) for one in (request, letter, unknown)] == ["finding", "review", "review"]


def _by_post():
    from avow.duties.rights.model import Contact

    return Contact("", "Alice Example", "", "1 Harbour Row")


@pytest.mark.parametrize(
    ("law", "kind", "amount", "code"),
    [
        ("uk", "access", "15.01", "law.fee-above-cap"),
        ("uk", "access", "0", "law.bad-fee"),
        ("uk", "access", "1.001", "law.bad-fee"),
        ("uk", "erasure", "5.00", "law.fee-forbidden"),
        ("india", "access", "5.00", "law.fee-forbidden"),
        ("california", "access", "5.00", "law.fee-forbidden"),  # until the company's counsel has confirmed it
    ],
)
def test_nothing_is_asked_that_the_law_or_the_cap_does_not_allow(counter, law, kind, amount, code):
    request = ask(counter, law=law, kind=kind)
    assert code_of(charge, counter, request, amount) == code
    assert (state_of(counter, request), counter.desk.get_request(request.id).fee) == ("finding", "")


def test_a_law_that_the_company_confirmed_lets_it_ask(counter):
    law = choose_law("uk", ("uk", "california"), cap=Fee(Decimal("15.00"), "USD", ""), confirmed=("california.fee",))
    counter.configure(law=law)
    request = ask(counter, law="california")
    charge(counter, request, "15.00")
    assert counter.desk.get_request(request.id).fee == "15.00 USD"


def test_without_a_cap_nobody_is_asked(counter):
    counter.configure(law=choose_law("uk", ("uk",), cap=NO_FEE))
    assert code_of(charge, counter, ask(counter), "0.01") == "law.fee-above-cap"


def test_a_fee_of_the_law_is_nobodys_decision_and_is_not_contested_or_waived(counter):
    counter.configure(law=fee_law())
    request = ask(counter, law="pakistan-bill")
    assert state_of(counter, request) == "fee"
    assert not counter.desk.fee_standing(request.id).by_staff
    assert code_of(counter.desk.contest, request.id, "no", CHARLIE) == "rights.no-such-move"
    assert code_of(counter.desk.waive_fee, request.id, BOB) == "rights.no-such-move"
    assert state_of(counter, request) == "fee"


def test_the_clock_of_a_contested_fee_runs_on(counter):
    request = ask(counter)
    charge(counter, request)
    counter.later(days=3)
    counter.desk.contest(request.id, "no", CHARLIE)
    assert counter.desk.get_request(request.id).due_at > START
    assert not counter.desk.get_request(request.id).paused


@pytest.mark.parametrize(
    ("fee", "cap", "laws", "code"),
    [
        ("0", "15.00", ("india",), "law.fee-forbidden"),
        ("0", "9.999", ("uk",), "law.bad-fee"),
        ("20.00", "15.00", ("pakistan-bill",), "law.fee-above-cap"),
    ],
)
def test_a_cap_that_cannot_be_is_told_at_the_start(fee, cap, laws, code):
    with pytest.raises(LawError) as caught:
        choose_law(laws[0], laws, fee=Fee(Decimal(fee), "USD", ""), cap=Fee(Decimal(cap), "USD", ""))
    assert code in caught.value.codes


def test_nobody_without_an_account_of_staff_waives_a_fee(counter):
    request = ask(counter)
    charge(counter, request)
    assert code_of(counter.desk.waive_fee, request.id, Actor("api", "x")) == "rights.not-staff"
