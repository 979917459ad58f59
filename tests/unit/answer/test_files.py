"""What the files of an answer promise: every value once, nobody else's, forms that other programs read."""

from __future__ import annotations

import csv
import io
import json
import mailbox
from dataclasses import replace
from datetime import date
from hashlib import sha256

import icalendar
import jsonschema_rs
import pypdf
import pytest

from avow.duties.rights.answer import LoggedUse, RetentionFacts, StoreFacts
from avow.duties.rights.answer.masking import BAR
from avow.duties.rights.answer.model import HandFile
from avow.stores.duty import ColumnSpec, Identifier, StoreSpec, TableSpec

from .conftest import MADE_AT, ROWS, SPEC, make_asked, make_facts, row


def cells(kept):
    return list(csv.DictReader(io.StringIO(kept.files["data.csv"].decode("utf-8-sig"))))


def pdf_text(kept):
    reader = pypdf.PdfReader(io.BytesIO(kept.files["report.pdf"]))
    return "\n".join(page.extract_text() for page in reader.pages)


def check_against_schema(kept):
    schema = json.loads(kept.files["schema.json"])
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert [(e.message, e.instance_path) for e in validator.iter_errors(json.loads(kept.files["data.json"]))] == []


def test_each_value_stands_once_in_each_file_that_lists_values(build):
    kept = build()
    values = [value for r in ROWS for value in r.values.values()]
    assert kept.answer.items == len(values)
    assert len(cells(kept)) == len(values)
    assert len(json.loads(kept.text("data.json"))["items"]) == len(values)
    assert kept.text("index.html").count('<td class="value">') == len(values)


def test_an_item_says_why_from_where_to_whom_how_long_and_where(build):
    told = next(c for c in cells(build()) if c["field"] == "phone")
    assert told["value"] == "'+44 20 7946 0001"  # a plus would be a formula
    assert told["category"] == "telephone number"
    assert told["purposes_by_policy"] == "support by support"
    assert told["source"] == "an order"
    assert (
        "Northline Couriers Ltd (delivery firm, the United Kingdom): received data about you on 2026-02-01"
        in told["recipients"]
    )
    assert told["retention"] == "as long as your organisation is our customer"
    assert (told["place"], told["store"]) == ("the United Kingdom", "our customer database")


def test_the_register_and_the_use_log_stand_apart(build):
    told = next(c for c in cells(build()) if c["field"] == "email")
    assert told["purposes_by_policy"] == "support by support"
    assert told["purposes_by_use_log"] == "support by support: read, 12 times, between 2026-01-02 and 2026-03-04"


def test_a_dated_rule_gives_the_day_on_which_a_value_goes(build):
    told = {c["field"]: c for c in cells(build())}
    assert told["bytes"]["kept_until"] == "2026-05-30"
    assert told["amount"]["kept_until"] == ""
    assert told["amount"]["retention"] == "kept because of: tax law"


def test_what_belongs_to_another_person_stands_in_no_file_and_is_counted(build):
    kept = build()
    for name, content in kept.files.items():
        text = pdf_text(kept) if name == "report.pdf" else content.decode()
        for other in ("bob@contoso.example", "Bob", "Brown", "7946 0018"):
            assert other not in text, name
    counted = {(r.table, r.column, r.what): r.pieces for r in kept.answer.redactions}
    assert counted == {
        ("public.messages", "body", "email"): 1,
        ("public.messages", "body", "name"): 1,
        ("public.messages", "body", "phone"): 1,
        ("public.traffic", "remote_email", "email"): 1,
    }


def test_own_words_stay_beside_what_is_masked(build):
    body = next(c["value"] for c in cells(build()) if c["field"] == "body")
    assert body == f"Alice here.\nFrom {BAR} ({BAR}, {BAR}) I hear it is down."


@pytest.mark.parametrize("row", ["1", ""])  # of one row, or of every row
@pytest.mark.parametrize(("decision", "value"), [("show", "bob@contoso.example"), ("mask", BAR)])
def test_a_decision_of_staff_beats_the_rule(build, decision, value, row):
    facts = make_facts(decisions={("main", "public.traffic", row, "remote_email"): decision})
    kept = build(facts=facts)
    assert next(c["value"] for c in cells(kept) if c["field"] == "remote email") == value
    why = {r.why for r in kept.answer.redactions if r.column == "remote_email"}
    assert why == ({"staff"} if decision == "mask" else set())


def test_the_data_fits_its_schema(build):
    for rows in (ROWS, ()):
        for kind in ("access", "copy"):
            check_against_schema(build(rows, make_asked(kind=kind)))


def test_no_cell_is_a_formula(build):
    nasty = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", '=HYPERLINK("x")']
    kept = build([row("public.contacts", {"name": value}, str(n)) for n, value in enumerate(nasty)])
    assert [c["value"] for c in cells(kept)] == ["'" + value for value in nasty]
    assert [i["value"] for i in json.loads(kept.text("data.json"))["items"]] == nasty


def test_a_value_cannot_become_markup(build):
    kept = build([row("public.contacts", {"name": "<script>alert(1)</script> & <b>"})])
    assert "<script" not in kept.text("index.html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in kept.text("index.html")
    assert "<script>alert(1)</script> & <b>" in pdf_text(kept)


def test_the_page_opens_by_itself(build):
    page = build().text("index.html")
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "url(" not in page
    assert page.index('id="summary"') < page.index('id="categories"')


def test_the_checksums_fit(build):
    kept = build()
    lines = kept.text("SHA256SUMS").splitlines()
    assert {line.split("  ")[1] for line in lines} == set(kept.files) - {"SHA256SUMS"}
    for line in lines:
        digest, name = line.split("  ")
        assert sha256(kept.files[name]).hexdigest() == digest
    for file in kept.answer.files:
        assert (file.bytes, file.sha256) == (len(kept.files[file.name]), sha256(kept.files[file.name]).digest())


def test_the_report_has_a_title_a_language_and_page_numbers(build):
    reader = pypdf.PdfReader(io.BytesIO(build().files["report.pdf"]))
    assert reader.metadata.title == "What CloudSentric holds about you"
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.metadata.creation_date == MADE_AT
    assert [f"Page {n}" in page.extract_text() for n, page in enumerate(reader.pages, 1)] == [True] * len(reader.pages)
    assert len(reader.outline) > 3


def test_signs_that_no_font_has_are_counted_not_lost(build):
    kept = build([row("public.contacts", {"name": "\U00020000"})])
    assert "1 values hold signs that this document cannot print" in pdf_text(kept).replace("\n", " ")
    assert "\U00020000" in kept.text("data.csv")


def test_a_card_is_a_vcard(build):
    card = build().files["contacts.vcf"].decode()
    assert card.startswith("BEGIN:VCARD\r\nVERSION:4.0\r\n")
    assert "FN:Alice Archer\r\n" in card
    assert "ADR:;;1 High St\\, Leeds\\; UK;;;;\r\n" in card
    assert card.endswith("END:VCARD\r\n")


def test_long_lines_of_a_card_are_folded_between_characters(build):
    card = build([row("public.contacts", {"name": "\u00e9" * 200})]).files["contacts.vcf"]
    assert max(map(len, card.split(b"\r\n"))) <= 75
    assert "\u00e9" * 200 in card.decode().replace("\r\n ", "")


def test_messages_open_in_a_mail_program(build, tmp_path):
    path = tmp_path / "messages.mbox"
    path.write_bytes(build().files["messages.mbox"])
    box = mailbox.mbox(path)
    (message,) = box
    box.close()
    assert message["Subject"] == "Router down"
    assert f">From {BAR}" in message.get_payload(decode=True).decode()


def test_visits_open_in_a_calendar(build):
    calendar = icalendar.Calendar.from_ical(build().files["events.ics"])
    (event,) = calendar.walk("VEVENT")
    assert str(event["SUMMARY"]) == "installation visit"
    assert event.decoded("DTSTART").isoformat() == "2026-05-05"
    assert str(event["LOCATION"]) == "1 High St, Leeds"


def test_files_without_content_are_not_made(build):
    kept = build([row("public.invoices", {"amount": "1"})])
    assert {"contacts.vcf", "messages.mbox", "events.ics"} & set(kept.files) == set()
    assert "contacts.vcf" not in kept.text("index.html")


def test_a_copy_holds_what_the_person_gave_and_nothing_internal(build):
    kept = build(asked=make_asked(kind="copy"))
    assert "report.pdf" not in kept.files
    assert {c["field"] for c in cells(kept)} == {
        *(
            "name",
            "email",
            "phone",
            "postal address",
            "title",
            "body",
            "local email",
            "remote email",
            "bytes",
            "amount",
            "address",
        ),
    }
    assert kept.answer.items == 11  # the credit score came from an agency
    assert "1 further values are not part of it" in kept.text("index.html")
    for name in ("data.json", "data.csv", "index.html"):
        assert "public.contacts" not in kept.text(name), name
        assert "customer database" not in kept.text(name), name


def test_a_scope_leaves_the_rest_out_and_says_so(build):
    kept = build(asked=make_asked(scope=("contact",)))
    assert {c["field"] for c in cells(kept)} == {"email", "phone", "postal address", "address"}
    assert "further values are not part of it" in kept.text("index.html")


def test_a_value_that_the_map_does_not_know_is_still_told(build):
    kept = build([row("public.unknown", {"mystery": "x"})])
    assert cells(kept)[0]["value"] == "x"
    assert kept.answer.completeness.missing["b"] == ("category of main public.unknown.mystery",)


def test_a_large_answer_shows_a_part_of_every_kind_and_says_how_many_there_are(build):
    many = (row("public.traffic", {"bytes": str(n)}, str(n)) for n in range(500))
    rows = (r for source in (many, ROWS) for r in source)
    kept = build(rows, shown=100)
    page = kept.text("index.html")
    assert page.count('<td class="value">') == 100
    assert f"This document shows 100 of {kept.answer.items} values" in page
    assert "Alice Archer" in page
    assert len(cells(kept)) == kept.answer.items == 512
    assert "of 512 values. All of them stand in data.csv" in pdf_text(kept).replace("\n", " ")


def test_stores_reached_by_hand_or_not_at_all_are_named(build):
    mailbox_store = StoreFacts(
        StoreSpec("mail", "manual", "uk", ()), "the shared mailbox", "hand", (), "Nothing found."
    )
    tape = StoreFacts(StoreSpec("tape", "manual", "uk", ()), "the tape archive", "not", (), "Nobody answered.")
    kept = build(facts=make_facts(stores=(*make_facts().stores, mailbox_store, tape)))
    page = kept.text("index.html")
    assert "the shared mailbox: searched by a person. Nothing found." in page
    assert "the tape archive: not searched. Nobody answered." in page
    assert kept.answer.completeness.missing == {"copy": ("the data in store tape",)}


def hand(state: str, name: str = "mail", words: str = "the shared mailbox") -> StoreFacts:
    return StoreFacts(StoreSpec(name, "manual", "uk", ()), words, "hand", by_hand=state)


def test_what_people_found_goes_with_the_answer_as_it_is_under_a_checksum(build):
    letter = b"From: alice@contoso.example\n\nWhere is my router?"
    file = HandFile("mail", "mail-1.eml", "Alice asks.eml", "message/rfc822", len(letter))
    facts = make_facts(stores=(*make_facts().stores, hand("found")), files=(file,))
    kept = build((), facts=facts, read=lambda file: (letter[:10], letter[10:]))
    assert kept.answer.held
    assert kept.files["mail-1.eml"] == letter
    (told,) = (f for f in kept.answer.files if f.name == "mail-1.eml")
    assert (told.bytes, told.sha256) == (len(letter), sha256(letter).digest())
    assert f"{told.sha256.hex()}  mail-1.eml" in kept.text("SHA256SUMS")
    page = kept.text("index.html")
    assert '<a href="mail-1.eml">mail-1.eml</a>: found by a person in: the shared mailbox' in page
    assert "Alice asks.eml" in page
    assert "found nothing about you" not in page
    assert "searched by a person, who found something about you" in page
    document = json.loads(kept.text("data.json"))
    check_against_schema(kept)
    assert document["files"][0]["name"] == "mail-1.eml"
    assert "mail-1.eml" in pdf_text(kept)


def test_a_copy_holds_what_people_found_and_does_not_name_the_place(build):
    file = HandFile("mail", "mail-1.eml", "Alice asks.eml", "message/rfc822", 2)
    facts = make_facts(stores=(*make_facts().stores, hand("found")), files=(file,))
    kept = build(asked=make_asked(kind="copy"), facts=facts, read=lambda file: (b"hi",))
    check_against_schema(kept)
    assert kept.files["mail-1.eml"] == b"hi"
    assert "the shared mailbox" not in kept.text("index.html")
    assert "store" not in json.loads(kept.text("data.json"))["files"][0]


def test_a_store_in_which_somebody_still_looks_leaves_the_answer_open(build):
    page = build((), facts=make_facts(stores=(*make_facts().stores, hand("open")))).text("index.html")
    assert "So far we have found nothing about you." in page
    assert "People still look in: the shared mailbox." in page


def test_what_was_found_and_could_not_be_copied_is_missing_and_said(build):
    kept = build((), facts=make_facts(stores=(*make_facts().stores, hand("not copied"))))
    assert kept.answer.held
    assert kept.answer.completeness.missing == {"copy": ("the data in store mail",)}
    assert "of which no copy could be taken: the shared mailbox" in kept.text("index.html")


def test_the_page_reads_from_right_to_left_in_arabic(build):
    kept = build(asked=make_asked(language="ar"))
    assert '<html lang="ar" dir="rtl">' in kept.text("index.html")
    assert pypdf.PdfReader(io.BytesIO(kept.files["report.pdf"])).trailer["/Root"]["/Lang"] == "ar"


def test_a_person_without_data_gets_a_whole_answer_that_says_so(build):
    kept = build(())
    assert not kept.answer.held
    assert "We searched and found nothing about you." in kept.text("index.html")
    assert kept.answer.completeness.points == 8


def test_an_address_that_another_wrote_into_a_text_is_masked_unless_it_is_the_companys(build):
    body = "write to carol@elsewhere.example or support@cloudsentric.example, or me at ALICE@contoso.example"
    kept = build([row("public.messages", {"body": body}, others=(Identifier("email", "x@y.example"),))])
    expected = f"write to {BAR} or support@cloudsentric.example, or me at ALICE@contoso.example"
    assert cells(kept)[0]["value"] == expected


def test_a_use_for_the_persons_own_request_is_told_in_plain_words(build):
    used = LoggedUse(
        "right.access", "subject", "export", ("public.contacts",), (), 1, date(2026, 2, 3), date(2026, 2, 3)
    )
    told = next(c for c in cells(build(facts=make_facts(log=(used,)))) if c["field"] == "email")
    assert told["purposes_by_use_log"] == "access to your data by us, for you: given out, 1 times, on 2026-02-03"


def test_a_name_that_is_written_out_in_one_text_is_masked_in_every_text(build):
    kept = build(
        [
            row("public.messages", {"body": "a word of Bob, and a Brown box"}, "1"),
            row("public.messages", {"body": "Bob Brown here, Alice Archer is ill. Will May come in April?"}, "2"),
        ]
    )
    assert [c["value"] for c in cells(kept)] == [
        f"a word of {BAR}, and a {BAR} box",
        f"{BAR} here, Alice Archer is ill. Will May come in April?",
    ]


def test_names_under_the_keys_of_json_are_masked_unless_they_are_the_persons_own(build):
    spec = replace(SPEC, tables=(TableSpec("public.orders", (ColumnSpec("extra", "json", ("contact.phone",)),)),))
    value = '{"site_contact": "B\\u00f6b Brown", "backup_person": "Alice Archer", "floor": 3, "note": "ring twice"}'
    kept = build([row("public.orders", {"extra": value})], facts=make_facts(stores=(StoreFacts(spec),)))
    told = json.loads(cells(kept)[0]["value"])
    assert told == {"site_contact": BAR, "backup_person": "Alice Archer", "floor": 3, "note": "ring twice"}


def test_a_copy_names_no_field_of_which_it_tells_nothing(build):
    kept = build(asked=make_asked(kind="copy"))
    assert "score" not in {f["name"] for f in json.loads(kept.text("data.json"))["fields"].values()}


@pytest.mark.parametrize(("at", "until"), [("2026-03-01", "2032-03-01"), ("2028-02-29", "2034-02-28"), ("", "")])
def test_what_a_law_keeps_for_years_has_its_day_and_its_ground(build, at, until):
    kept = RetentionFacts(tables=(("main", "public.invoices"),), ground="tax law", after="row", years=6)
    shorter = RetentionFacts(days=30, after="row")
    facts = make_facts(retention=(kept, shorter))
    (told,) = cells(build([row("public.invoices", {"amount": "1"}, at=at)], facts=facts))
    assert (told["kept_until"], told["retention"]) == (until, "6 years after the record was made because of: tax law")
