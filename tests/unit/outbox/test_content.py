"""A message names nobody, has an address, and its webhook signature can be checked by anybody who knows the secret."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from avow.errors import OutboxError
from avow.outbox import OutboxRules, sign, verify_signature
from avow.outbox.content import check_address, check_names_nobody
from avow.outbox.send import back_off
from avow.outbox.smtp import build_mail

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
RULES = OutboxRules("acme", "Acme privacy <privacy@acme.example>", reply_to="people@acme.example")


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("We wrote to Alice@Example.com.", "alice@example.com"),
        ("https://c.example/?e=alice%40example.com", "alice@example.com"),
        ("<p>alice&#64;example.com</p>", "alice@example.com"),
        ("your number +44 20 7946-0018 was", "+442079460018"),
        ("customer C-42, welcome", "C-42"),
        ("Dear Alice Archer,", "Alice Archer"),
    ],
)
def test_a_text_that_names_the_person_is_refused_without_the_value(text: str, identifier: str):
    with pytest.raises(OutboxError) as caught:
        check_names_nobody("receipt", ["subject", text], [identifier])
    assert caught.value.codes == ("outbox.names-a-person",)
    assert identifier not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("Your request AV-7F3K-92QD is due by 26 December 2026.", "alice@example.com"),
        ("malice@example.com.au is another", "alice@example.co"),
        ("Reference C-421", "C-42"),
        ("anything", ""),
        ("anything at all", "an"),
    ],
)
def test_a_text_with_ids_and_links_passes(text: str, identifier: str):
    check_names_nobody("receipt", [text], [identifier])


@pytest.mark.parametrize(
    "address", ["", "alice", "alice@", "@example.com", "a b@e.com", "a@b@c", "a@x.example\nBcc: b@c.d", "a@.x"]
)
def test_what_is_no_address_is_refused(address: str):
    with pytest.raises(OutboxError, match=r"outbox\.bad-address"):
        check_address(address)


def test_the_domain_of_an_address_is_in_lower_case():
    assert check_address("Alice@EXAMPLE.com") == "example.com"


def test_a_mail_is_the_same_mail_at_every_attempt():
    body = {"subject": "Your request AV-1", "text": "Read it at https://centre.example/", "html": "<p>Read it</p>"}
    mails = [build_mail(RULES, UUID(int=7), "joerg@müller.example", body, NOW) for _ in range(2)]
    assert {mail["Message-ID"] for mail in mails} == {f"<{UUID(int=7)}@acme.example>"}
    assert mails[0]["To"] == "joerg@xn--mller-kva.example"
    assert mails[0]["Reply-To"] == "people@acme.example"
    assert mails[0]["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mails[0].iter_parts()] == ["text/plain", "text/html"]


def test_a_header_cannot_be_smuggled_in():
    with pytest.raises(ValueError, match="Header values"):
        build_mail(RULES, UUID(int=7), "a@b.example", {"subject": "x\nBcc: c@d.example", "text": ""}, NOW)


def test_a_signature_holds_for_the_body_the_id_and_five_minutes():
    stamp = str(int(NOW.timestamp()))
    signature = sign(b"s", "id-1", int(stamp), b"{}")
    assert verify_signature(b"s", "id-1", stamp, f"v1,other {signature}", b"{}", NOW)
    assert not verify_signature(b"t", "id-1", stamp, signature, b"{}", NOW)
    assert not verify_signature(b"s", "id-2", stamp, signature, b"{}", NOW)
    assert not verify_signature(b"s", "id-1", stamp, signature, b"{ }", NOW)
    assert not verify_signature(b"s", "id-1", stamp, signature, b"{}", NOW + timedelta(minutes=6))
    assert not verify_signature(b"s", "id-1", "soon", signature, b"{}", NOW)


def test_waiting_doubles_and_ends_at_six_hours():
    minutes = [back_off(n).total_seconds() / 60 for n in (1, 2, 3, 9, 10, 50)]
    assert minutes == [1, 2, 4, 256, 360, 360]
