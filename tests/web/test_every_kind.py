"""What people ask for besides access, correction and erasure, from the first click to the end: copy, objection, a consent taken
back, a pause, a complaint, a question. The page and the mails at the end, what the store does from then on, and what others keep.

Mails carry references and links alone: every letter to the person is read for what is theirs.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json

import psycopg
import pytest
from centre_flows import ask, ask_and_show, press, read_letters, state_of
from console_steps import answer_in_words
from governed import MARKETING, people_for, read_others

PERSON = iter(range(61, 200))  # each test takes one whom no other has touched


@pytest.fixture
def person():
    return next(PERSON)


def mail_of(number):
    return f"person{number}@customer.example"


def check_mails(site, number, *templates):
    """These came, in this order, besides codes; none of them tells anything about the person."""
    letters = read_letters(site, mail_of(number))
    assert [one.template for one in letters if not one.template.endswith("code")] == list(templates)
    told = " ".join(one.subject + one.text for one in letters)
    assert [
        word for word in (mail_of(number), f"Person {number}", f"900{number:03d}", "lantern flickers") if word in told
    ] == []


def sign_in(site, page, number):
    site.sign_in(page, site.make_account("centre", mail_of(number)))


def read_end(site, page, reference):
    """The state that the page shows at the end, and all that it says."""
    page.goto(f"{site.centre}/requests/{reference}/")
    assert state_of(site, reference) == "done"
    return page.locator("main .badge").first.inner_text(), page.locator("main").inner_text()


def marks_in_store(site, number):
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as store:
        row = store.execute(
            "SELECT marks FROM avow.subject_state WHERE subject_table = 'public.people' AND subject_key = %s",
            (str(number),),
        ).fetchone()
    return set(row[0]) if row else set()


def test_a_copy_holds_the_persons_values_as_json_and_csv(governed, page, another_page, person):
    before = read_others(governed, person)
    reference = ask_and_show(page, governed, "copy", mail_of(person))
    governed.work()
    badge, shown = read_end(governed, page, reference)
    assert (badge, "Your answer is ready" in shown) == ("Done", True)
    page.get_by_role("link", name="Open the answer").click()
    address = f"{governed.centre}/requests/{reference}/answer"
    document = json.loads(page.request.get(f"{address}/data.json").body())
    table = list(csv.DictReader(io.StringIO(page.request.get(f"{address}/data.csv").text())))
    wanted = {mail_of(person), f"Person {person}", f"{person * 10}.00", "my lantern flickers"}
    assert document["request"]["kind"] == "copy"
    assert wanted <= {item["value"] for item in document["items"]}
    assert wanted <= {row["value"] for row in table}
    assert mail_of(person + 1) not in json.dumps(document)
    another_page.goto(f"{address}/data.json")
    assert mail_of(person) not in another_page.content()
    check_mails(governed, person, "received-copy", "answer-ready")
    assert read_others(governed, person) == before


def test_an_objection_hides_the_person_from_marketing_and_lists_the_address(governed, page, person):
    seen, before = people_for(governed, MARKETING), read_others(governed, person)
    reference = ask_and_show(page, governed, "objection", mail_of(person))
    governed.work()
    badge, shown = read_end(governed, page, reference)
    assert badge == "Done"
    assert "main\ndone" in shown
    assert people_for(governed, MARKETING) == seen - {person}
    assert marks_in_store(governed, person) == {"objected:marketing.own"}
    with psycopg.connect(governed.dsn) as control:
        query = "SELECT s.kind, s.mark FROM control.suppression s JOIN control.request r ON r.id = s.request"
        listed = control.execute(query + " WHERE r.reference = %s", (reference,)).fetchall()
    assert listed == [("email", "objected:marketing.own")]
    check_mails(governed, person, "received-objection", "done-objection")
    assert read_others(governed, person) == before


def test_a_consent_that_is_taken_back_ends_the_use_upon_any_ground(governed, page, person):
    seen, before = people_for(governed, MARKETING), read_others(governed, person)
    sign_in(governed, page, person)
    page.goto(f"{governed.centre}/preferences/")
    page.get_by_role("checkbox").first.check()
    press(page, "Save")
    governed.work()
    assert "consented:marketing.own" in marks_in_store(governed, person)
    assert people_for(governed, MARKETING) == seen
    reference = ask(page, governed, "withdrawal")
    governed.work()
    badge, _shown = read_end(governed, page, reference)
    assert badge == "Done"
    assert people_for(governed, MARKETING) == seen - {person}
    assert marks_in_store(governed, person) == {"objected:marketing.own"}  # and no consent
    page.goto(f"{governed.centre}/preferences/")
    assert page.get_by_text("You said no.").is_visible()
    assert page.get_by_role("checkbox", checked=True).count() == 0
    check_mails(governed, person, "received-withdrawal", "done-withdrawal")
    assert read_others(governed, person) == before


def test_a_yes_of_somebody_who_came_straight_to_the_choices_reaches_their_rows(governed, page, person):
    """By a link that leads through the sign-in: no other page, which would have looked for the rows, was opened."""
    before, email = read_others(governed, person), governed.make_account("centre", mail_of(person))
    governed.type_in(page, email, to="/preferences/")
    assert page.url == f"{governed.centre}/preferences/"
    page.get_by_role("checkbox").first.check()
    press(page, "Save")
    governed.work()
    assert "consented:marketing.own" in marks_in_store(governed, person)
    assert read_others(governed, person) == before


def test_a_pause_hides_the_person_and_keeps_every_row(governed, page, person):
    seen, before = people_for(governed, MARKETING), read_others(governed, 0)
    reference = ask_and_show(page, governed, "restriction", mail_of(person))
    governed.work()
    badge, shown = read_end(governed, page, reference)
    assert badge == "Done"
    assert "main\ndone" in shown
    assert people_for(governed, MARKETING) == seen - {person}
    assert marks_in_store(governed, person) == {"restricted"}
    check_mails(governed, person, "received-restriction", "done-restriction")
    assert read_others(governed, 0) == before  # the person's own rows stay as well


def test_a_complaint_is_answered_by_a_person_and_says_where_to_go_next(governed, page, another_page, person):
    reference = ask_and_show(page, governed, "complaint", mail_of(person))
    governed.work()
    assert state_of(governed, reference) == "review"
    governed.sign_in_staff(another_page, governed.make_staff("privacy_officer"))
    more = {"Outcome": "upheld", "What you found out (staff alone)": "the form cut the name off"}
    answer_in_words(governed, another_page, reference, "We spelt it wrong, and have told who did.", **more)
    badge, shown = read_end(governed, page, reference)
    assert badge == "Done"
    assert "We spelt it wrong, and have told who did." in shown
    assert "the form cut the name off" not in shown
    page.get_by_role("link", name="Where you can complain").click()
    assert page.get_by_role("link", name="Information Commissioner's Office").is_visible()
    check_mails(governed, person, "received-complaint", "done-complaint")


def test_a_question_is_answered_by_a_person_in_words(governed, page, another_page, person):
    sign_in(governed, page, person)
    reference = ask(page, governed, "question")
    governed.sign_in_staff(another_page, governed.make_staff("case_worker"))
    answer_in_words(governed, another_page, reference, "It is spelt with one l from today on.")
    badge, shown = read_end(governed, page, reference)
    assert (badge, "It is spelt with one l from today on." in shown) == ("Done", True)
    check_mails(governed, person, "received-question", "done-question")


STAFF = (
    "SELECT e.name FROM control.request_event e WHERE e.request = %(id)s AND e.actor_kind = 'staff'",
    "SELECT l.purpose FROM control.staff_look l WHERE l.request = %(id)s",
    "SELECT d.item FROM control.request_decision d WHERE d.request = %(id)s",
    "SELECT t.step FROM control.task t WHERE t.request = %(id)s",
)


def test_whoever_has_nothing_to_mask_hold_or_pay_is_answered_without_staff(governed, page, person):
    sign_in(governed, page, person)
    reference = ask(page, governed, "access")
    governed.work()
    badge, shown = read_end(governed, page, reference)
    assert (badge, "A person is looking at it" in shown, "Who looked at it" in shown) == ("Done", False, False)
    with psycopg.connect(governed.dsn) as control:
        row = control.execute("SELECT id FROM control.request WHERE reference = %s", (reference,)).fetchone()
        assert [control.execute(query, {"id": row[0]}).fetchall() for query in STAFF] == [[], [], [], []]
    page.get_by_role("link", name="Open the answer").click()
    page.get_by_role("link", name="data.json").wait_for()
    address = f"{governed.centre}/requests/{reference}/answer/data.json"
    begun = page.request.get(address, headers={"Range": "bytes=0-99"})
    rest = page.request.get(address, headers={"Range": "bytes=100-", "If-Range": begun.headers["etag"]})
    whole = begun.body() + rest.body()
    assert (begun.status, rest.status) == (206, 206)
    assert begun.headers["etag"] == f'"{hashlib.sha256(whole).hexdigest()}"'
    assert mail_of(person) in {item["value"] for item in json.loads(whole)["items"]}
    check_mails(governed, person, "received-access", "answer-ready")
