"""Letters say why, by when and where to complain, in the asker's language and in three forms; mails say nothing."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files

import pypdf
import pytest

from avow.duties.rights.letters import (
    KINDS,
    LetterFacts,
    Reason,
    Route,
    letter_html,
    letter_text,
    make_letter,
    make_mail,
    write_letter,
)
from avow.duties.rights.model import KINDS as REQUEST_KINDS
from avow.duties.rights.words import LANGUAGES, load_words
from avow.errors import RightsError
from avow.law import get_profile

FACTS = LetterFacts(
    reference="AV-7F3K-92QD",
    company="CloudSentric",
    request_kind="erasure",
    received=date(2026, 5, 1),
    made_at=datetime(2026, 5, 10, 9, tzinfo=UTC),
    link="https://privacy.example/r/AV-7F3K-92QD",
    contact="the privacy office (privacy@cloudsentric.example)",
    due=date(2026, 6, 1),
    due_source="UK GDPR art. 12A",
    new_due=date(2026, 8, 3),
    reasons=(
        Reason("legal-obligation", "a law obliges us to keep this data", "UK GDPR art. 17(3)(b)", about="invoices"),
    ),
    routes=(
        Route("authority", "the Information Commissioner", "https://ico.org.uk"),
        Route("court", "the county court"),
    ),
    step="type the code that we sent",
    question="Which of the two accounts is yours?",
    fee="10.00 USD",
    fee_basis="an earlier request was answered last week",
    controller="Contoso Ltd",
    until=date(2026, 6, 10),
    files=True,
    certificate=True,
)
SAYS = {
    "acknowledgement": ["by 2026-06-01", "UK GDPR art. 12A"],
    "identity": ["type the code that we sent"],
    "clarification": ["Which of the two accounts is yours?"],
    "fee": ["10.00 USD", "an earlier request", "Nothing is charged before you accept."],
    "extension": ["by 2026-06-01", "2026-08-03", "a law obliges us", "the Information Commissioner"],
    "refusal": [
        "do not grant",
        "a law obliges us to keep this data (UK GDPR art. 17(3)(b))",
        "https://ico.org.uk",
        "the county court",
    ],
    "partial": [
        "in part",
        "invoices: a law obliges us to keep this data (UK GDPR art. 17(3)(b))",
        "https://ico.org.uk",
    ],
    "forwarded": ["Contoso Ltd", "2026-05-10"],
    "completion": ["until 2026-06-10", "signed certificate"],
}


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_says_the_same_in_three_forms(kind):
    written: dict[str, bytes] = {}
    facts = FACTS if kind != "refusal" else replace(FACTS, reasons=tuple(replace(r, about="") for r in FACTS.reasons))
    done = write_letter(
        lambda name, chunk: written.update({name: written.get(name, b"") + chunk}), make_letter(kind, facts), kind
    )
    assert [file.name for file in done] == [f"{kind}.html", f"{kind}.txt", f"{kind}.pdf"]
    page = re.sub(r"<[^>]+>", "", written[f"{kind}.html"].decode()).replace("&#39;", "'")
    printed = "\n".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(written[f"{kind}.pdf"])).pages)
    for form in (page, written[f"{kind}.txt"].decode(), printed):
        for told in (*SAYS[kind], "AV-7F3K-92QD", FACTS.link):
            assert flat(told).replace(" ", "") in flat(form).replace(" ", ""), (kind, told)


@pytest.mark.parametrize(
    ("kind", "less", "lacking"),
    [
        ("refusal", {"reasons": ()}, "`reasons`"),
        ("refusal", {"routes": ()}, "`routes`"),
        ("extension", {"new_due": None}, "`new_due`"),
        ("fee", {"fee_basis": ""}, "`fee_basis`"),
        ("clarification", {"question": ""}, "`question`"),
        ("forwarded", {"controller": ""}, "`controller`"),
    ],
)
def test_a_letter_without_what_the_law_wants_is_not_made(kind, less, lacking):
    with pytest.raises(RightsError) as refused:
        make_letter(kind, replace(FACTS, **less))
    assert refused.value.codes == ("letter.lacks-fact",)
    assert lacking in str(refused.value)


def test_an_unknown_letter_is_refused_by_name():
    with pytest.raises(RightsError) as refused:
        make_letter("rejection", FACTS)
    assert refused.value.codes == ("letter.unknown-kind",)


def test_every_ground_of_every_law_has_words_in_every_language():
    for law in ("eu", "uk", "california", "india", "canada", "quebec", "pakistan-bill"):
        for ground in get_profile(law).grounds:
            assert ground.says
            assert load_words("ar").has(f"reason_{ground.code}"), ground.code


def test_a_ground_of_the_law_becomes_a_reason():
    profile = get_profile("uk")
    ground = profile.get_ground("excessive", "access")
    reason = Reason(ground.code, ground.says, ground.source, ground.dpv)
    routes = tuple(Route(r.kind, r.name, r.at) for r in profile.routes)
    text = flat(
        letter_text(make_letter("refusal", replace(FACTS, request_kind="access", reasons=(reason,), routes=routes)))
    )
    assert "the request is excessive, in particular because it repeats an earlier one (UK GDPR art. 12(5)(b))" in text
    assert "You may complain to the Information Commissioner" in text
    arabic = letter_text(make_letter("refusal", replace(FACTS, language="ar", reasons=(reason,), routes=routes)))
    assert load_words("ar")("reason_excessive") in flat(arabic)
    assert ground.says not in arabic


def test_a_letter_reads_from_right_to_left_in_arabic():
    page = letter_html(make_letter("refusal", replace(FACTS, language="ar-EG")))
    assert '<html lang="ar" dir="rtl">' in page


def test_nothing_becomes_markup():
    page = letter_html(make_letter("clarification", replace(FACTS, question="<script>x</script>")))
    assert "<script" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_carries_the_reference_and_a_link_alone(language):
    subject, text = make_mail(replace(FACTS, language=language, question="about my illness"))
    assert "AV-7F3K-92QD" in subject
    assert FACTS.link in text
    for private in ("illness", "erasure", "invoices", "excessive", load_words(language)("kind_erasure")):
        assert private not in subject + text


def test_every_language_has_every_key_with_the_same_places():
    folder = files("avow.duties.rights").joinpath("catalogue")
    texts = {
        language: json.loads(folder.joinpath(f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES
    }
    own = {key for key in texts["en"] if not key.startswith("reason_")}
    for language, told in texts.items():
        assert own <= told.keys(), language
        assert {key for key in told if key not in own and not key.startswith("reason_")} == set(), language
        for key in own:
            assert set(re.findall(r"\{(\w+)\}", told[key])) == set(re.findall(r"\{(\w+)\}", texts["en"][key])), key


def test_every_kind_of_request_has_a_name_in_every_language():
    for language in LANGUAGES:
        assert [kind for kind in REQUEST_KINDS if not load_words(language).has(f"kind_{kind}")] == []


def test_a_language_that_is_not_there_is_answered_in_english():
    assert load_words("fr").language == "en"
