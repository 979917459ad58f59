"""What an answer means for a person's state, and who of an audience gets a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from avow.control.choices import Record, Said
from avow.datamap.read import read_datamap
from avow.duties.campaigns.gate import (
    BY_MAIL,
    LISTED,
    NO_ADDRESS,
    OBJECTED,
    TWICE,
    Receiver,
    Refusals,
    headers_of,
    is_one_click,
    plan_sends,
    text_of,
)
from avow.duties.choices.deciding import plan_marks, reachable
from avow.duties.choices.receipt import Party, check_receipt, make_receipt, sign_receipt
from avow.duties.choices.terms import read_terms
from avow.errors import ChoicesError
from avow.vocabulary import load_vocabulary

ALICE = UUID(int=1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWN = "marketing.own"
NO, YES = {"objected:marketing.own": True, "consented:marketing.own": False}, {"consented:marketing.own": True}
EXAMPLE = Path(__file__).parents[3] / "examples" / "cloudsentric"


def said(outcome: str, method: str = "centre", day: int = 1, channel: str = "", recipient: str = "") -> Said:
    return Said(ALICE, OWN, outcome, method, MONDAY + timedelta(days=day), channel=channel, recipient=recipient)


def on_record(outcome: str, method: str = "centre", day: int = 0, channel: str = "") -> Record:
    at = MONDAY + timedelta(days=day)
    explicit = outcome != "unanswered"
    return Record(
        UUID(int=9), ALICE, OWN, "", channel, outcome, explicit, method, "q1", "2026-01", at, at, "", None, False
    )


def test_a_no_acts_whoever_takes_it_down() -> None:
    assert plan_marks(said("refused", "order phone"), [], set()) == NO
    assert plan_marks(said("withdrawn", "one-click"), [on_record("given")], set()) == NO


def test_silence_is_read_as_nothing() -> None:
    assert plan_marks(said("unanswered", "order form"), [on_record("refused")], set()) == {}


@pytest.mark.parametrize(
    ("method", "earlier", "by_request", "lifts"),
    [
        ("centre", "centre", (), True),
        ("centre", "order phone", ("objected:marketing.own",), True),
        ("order form", "order phone", (), True),
        ("order form", "centre", (), False),
        ("order form", "one-click", (), False),
        ("order form", "order phone", ("objected:marketing.own",), False),
        ("import", "import", (), False),
        ("import", "centre", ("objected:marketing.own",), False),
    ],
)
def test_a_yes_lifts_a_no_of_the_same_way_or_in_person_only(
    method: str, earlier: str, by_request: tuple[str, ...], lifts: bool
) -> None:
    marks = plan_marks(said("given", method), [on_record("refused", earlier)], frozenset(by_request))
    assert marks == (YES | {"objected:marketing.own": False} if lifts else YES)


def test_a_yes_of_a_file_of_before_says_nothing_of_objections_and_opens_no_consent_that_a_request_ended() -> None:
    assert plan_marks(said("given", "import"), [], set()) == YES
    assert plan_marks(said("given", "import"), [], {"consented:marketing.own"}) == {}
    assert plan_marks(said("given", "centre"), [], {"consented:marketing.own"}) == YES | {
        "objected:marketing.own": False
    }
    assert plan_marks(said("withdrawn", "import"), [], set()) == NO


def test_an_older_answer_never_undoes_a_newer_one() -> None:
    assert plan_marks(said("given", day=1), [on_record("withdrawn", day=2)], set()) == {}


def test_a_no_to_one_way_changes_no_mark_and_keeps_that_way_alone_away() -> None:
    assert plan_marks(said("withdrawn", channel="email"), [], set()) == {}
    records = [on_record("given"), on_record("withdrawn", day=1, channel="email")]
    assert not reachable(records, {}, OWN, "email")
    assert reachable(records, {}, OWN, "post")
    assert not reachable([], {"objected:marketing.own": True}, OWN, "post")


def test_a_consent_for_a_recipient_is_a_mark_of_that_recipient() -> None:
    assert plan_marks(said("given", recipient="thirdparty.consented"), [], set()) == {
        "consented:thirdparty.consented": True
    }
    assert plan_marks(said("withdrawn", recipient="thirdparty.consented"), [], set()) == {
        "consented:thirdparty.consented": False
    }


def test_every_receiver_gets_one_message_or_a_reason() -> None:
    people = [
        Receiver("main", "leads", str(n), address)
        for n, address in enumerate(
            ["a@x.example", "b@x.example", "c@x.example", "A@X.example ", "nothing", "d@x.example"]
        )
    ]
    refusals = Refusals(
        frozenset({("main", "leads", "1")}), frozenset({("main", "leads", "2")}), frozenset({("main", "leads", "5")})
    )
    assert [reason for _, reason in plan_sends(people, refusals)] == ["", OBJECTED, BY_MAIL, TWICE, NO_ADDRESS, LISTED]


def test_a_message_says_no_by_one_press_and_in_words() -> None:
    headers = dict(headers_of("https://privacy.example/no/secret/"))
    assert headers == {
        "List-Unsubscribe": "<https://privacy.example/no/secret/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert is_one_click({"List-Unsubscribe": "One-Click"})
    assert not is_one_click({})
    assert "https://privacy.example/no/secret/" in text_of("Hello.", "https://privacy.example/no/secret/", "Acme")


def test_a_receipt_that_was_changed_is_found() -> None:
    key, record = Ed25519PrivateKey.generate(), on_record("unanswered", "order fax")
    document = make_receipt(record, Party("Acme", "privacy@acme.example", "1 Road", "https://x/"), {"q1": "May we?"})
    signature = sign_receipt(document, key)
    assert check_receipt(document, signature, key.public_key(), record) == []
    assert document["event"]["consent_type"] == "not expressed"
    assert document["notice"]["question"] == "May we?"
    rounded = {**document, "event": {**document["event"], "consent_type": "expressed", "state": "given"}}
    assert len(check_receipt(rounded, signature, key.public_key(), record)) == 3


def test_the_terms_of_the_example_are_read_and_wrong_ones_are_told_all_at_once() -> None:
    datamap = read_datamap(EXAMPLE / "datamap.yaml", load_vocabulary())
    text = (EXAMPLE / "choices.yaml").read_text(encoding="utf-8")
    terms = read_terms(text, datamap)
    assert terms.asked == "2026-01"
    assert {str(pair) for pair in terms.pairs.values()} == {f"{use}/internal.sales" for use in terms.uses}
    wrong = text.replace("marketing.own: own", "marketing.own: owm").replace("public.leads", "public.lead")
    wrong = wrong.replace("internal.sales", "internal.support")
    with pytest.raises(ChoicesError) as told:
        read_terms(wrong, datamap)
    assert [d.code for d in told.value.diagnostics] == ["choices.bad-terms"] * 5
