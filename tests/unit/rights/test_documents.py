"""A document comes last, is looked at by one person, and is gone after the decision and after its time: the bytes themselves."""

import pytest
from counter import ALICE_MAIL, BOB, CHARLIE

from avow.duties.rights.model import Contact
from avow.duties.rights.waiting import expire
from avow.errors import RightsError

PAPER = b"%PDF-1.7 Alice Example, 1 Harbour Row"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture of Alice"


def ask_for_document(counter, mail=""):
    """A guest whose facts agreed with nothing, by post or with an address that takes mail: staff asks for a paper."""
    request = counter.ask(contact=Contact(mail, phone="020 7946 0999", postal_address="1 Harbour Row"))
    with pytest.raises(RightsError) as caught:
        counter.desk.ask_identity(request.id, "document", BOB)
    assert caught.value.codes == ("rights.document-last",)
    counter.desk.offer_facts(request.id, {"phone": "020 7946 0999", "name": "Alice Example"})
    counter.desk.ask_identity(request.id, "document", BOB)
    assert counter.desk.get_request(request.id).state == "identity"
    return request


def sealed_of(counter):
    """The sealed bytes of every document that is kept."""
    with counter.desk.session() as session:
        query = "SELECT sealed FROM control.identity_challenge WHERE step = 'document' AND sealed IS NOT NULL"
        return [bytes(row[0]) for row in session.connection.execute(query)]


def is_anywhere(counter, sealed):
    return sealed.decode("latin-1") in counter.dump()


def code_of(call, *given):
    with pytest.raises(RightsError) as caught:
        call(*given)
    return caught.value.codes[0]


def test_a_document_is_asked_for_last_looked_at_by_staff_and_gone_with_the_decision(counter):
    request = ask_for_document(counter)
    counter.later(days=2)
    counter.desk.offer_document(request.id, PAPER)
    waiting = counter.desk.get_request(request.id)
    assert (waiting.state, counter.events(request.id)[-1]) == ("review", "document offered")
    assert waiting.due_at > request.due_at  # the law's time begins when it is there
    (sealed,) = sealed_of(counter)
    assert counter.desk.has_document(request.id)
    assert is_anywhere(counter, sealed)
    assert "Harbour" not in counter.dump()
    assert counter.desk.read_document(request.id, BOB, "privacy_officer") == PAPER
    counter.desk.decide_identity(request.id, "document", True, BOB)
    after = counter.desk.get_request(request.id)
    assert (after.state, after.identity_reached) == ("finding", "document")
    assert counter.desk.read_document(request.id, BOB, "privacy_officer") is None
    assert not counter.desk.has_document(request.id)
    assert not is_anywhere(counter, sealed)
    assert sealed_of(counter) == []
    assert counter.desk.find_by_reference(request.reference) is not None  # the case itself stays


@pytest.mark.parametrize("ending", ["not shown", "refused", "withdrawn", "replaced", "too old"])
def test_a_document_is_gone_however_its_case_goes_on(counter, ending):
    request = ask_for_document(counter)
    counter.desk.offer_document(request.id, PAPER)
    (sealed,) = sealed_of(counter)
    if ending == "not shown":
        counter.desk.decide_identity(request.id, "document", False, BOB)
        assert counter.desk.get_request(request.id).state == "review"
    elif ending == "refused":
        counter.desk.refuse(request.id, "not-identified", BOB)
    elif ending == "withdrawn":
        counter.desk.withdraw(request.id, CHARLIE)
    elif ending == "replaced":
        counter.desk.ask_identity(request.id, "document", BOB)
        counter.desk.offer_document(request.id, PICTURE)
        assert counter.desk.read_document(request.id, BOB, "privacy_officer") == PICTURE
    else:
        days = counter.desk.office.rules.lapse_days
        counter.later(days=days - 1)
        _expire(counter)
        assert counter.desk.has_document(request.id)
        counter.later(days=1)
        _expire(counter)
        assert counter.desk.get_request(request.id).state == "review"
    assert not is_anywhere(counter, sealed)
    assert counter.desk.has_document(request.id) is (ending == "replaced")


def _expire(counter):
    with counter.desk.session() as session:
        expire(session, counter.desk.office)


def test_a_document_that_nobody_asked_for_or_that_is_none_is_not_kept(counter):
    guest = counter.ask()
    assert code_of(counter.desk.offer_document, guest.id, PAPER) == "rights.no-document-needed"
    request = ask_for_document(counter)
    for wrong in (b"", b"MZ a program", b"<html>a page</html>", PAPER + b"x" * 10 * 1024 * 1024):
        assert code_of(counter.desk.offer_document, request.id, wrong) == "rights.bad-request"
    assert sealed_of(counter) == []
    for _ in range(5):
        counter.desk.offer_document(request.id, PAPER)
        counter.desk.ask_identity(request.id, "document", BOB)
    assert code_of(counter.desk.offer_document, request.id, PAPER) == "rights.no-tries-left"


def test_whoever_shows_a_paper_is_told_the_day_that_holds_from_then_on(counter):
    request = ask_for_document(counter, ALICE_MAIL)
    counter.later(days=3)
    counter.desk.offer_document(request.id, PAPER)
    assert "received-access" not in {mail.template for mail in counter.mails}
    counter.desk.decide_identity(request.id, "document", True, BOB)
    due = counter.desk.get_request(request.id).due_at
    assert due > request.due_at
    assert (counter.mails[-1].template, counter.mails[-1].values["due"]) == ("received-access", due.date().isoformat())


def test_a_look_at_a_document_is_on_record(counter):
    request = ask_for_document(counter)
    counter.desk.offer_document(request.id, PAPER)
    counter.desk.read_document(request.id, BOB, "privacy_officer")
    with counter.desk.session() as session:
        looks = session.connection.execute("SELECT what, role FROM control.staff_look").fetchall()
    assert ("document", "privacy_officer") in looks
