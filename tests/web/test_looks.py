"""Staff look at what a person wrote, a program reads it: that person sees when, in which role, for what."""

from __future__ import annotations

from centre_flows import (
    answer_about,
    ask_as_guest,
    check_before_sending,
    choose_kind,
    press,
    read_letters,
    read_reference,
)
from following import follow
from test_console_permissions import call, make_token

WORKER, PROGRAM, AUDITOR = "who works on requests", "a program of ours", "auditor"


def look_at(site, page, reference):
    site.sign_in_staff(page, site.make_staff("case_worker"))
    page.goto(f"{site.console}/cases/{reference}/person/")
    assert page.get_by_text("My name is spelt with one l.").is_visible()


def rows(page):
    """(role, purpose) of each line of the list of looks."""
    cells = page.locator("tbody tr").all()
    return [tuple(row.locator("td").all_inner_texts()[1:]) for row in cells]


def test_whoever_asked_a_question_sees_each_look_at_it(site, page, another_page):
    email = site.make_account("centre")
    site.sign_in(page, email)
    choose_kind(page, site, "question")
    answer_about(page, "question")
    check_before_sending(page)
    press(page, "Send")
    reference = read_reference(page)
    page.goto(f"{site.centre}/mine/looks/")
    assert page.get_by_text("Nobody has looked.").is_visible()
    look_at(site, another_page, reference)
    read = call(site, "GET", f"/api/requests/{reference}/messages", make_token(site, "messages:read"))
    assert read[0] == 200
    page.goto(f"{site.centre}/mine/looks/")
    assert set(rows(page)) == {(WORKER, "to work on your request"), (PROGRAM, "to work on your request")}
    shown = page.locator("main").inner_text()
    assert "lantern.example" not in shown.replace("privacy@lantern.example", "")  # the role, never who
    another_page.context.clear_cookies()
    site.sign_in_staff(another_page, site.make_staff("privacy_officer"))
    another_page.goto(f"{site.console}/looks/")
    looks = another_page.get_by_role("row").filter(has_text=reference)
    assert looks.filter(has_text="case worker").count() == 1
    assert (
        looks.filter(has=another_page.get_by_role("cell", name="t", exact=True)).count() == 1
    )  # the name of its token


def test_a_search_of_the_ledger_for_a_person_is_a_look_at_them(site, page, another_page):
    email = site.make_account("centre")
    site.sign_in(page, email)
    choose_kind(page, site, "question")
    answer_about(page, "question")
    press(page, "Send")
    reference = read_reference(page)
    site.sign_in_staff(another_page, site.make_staff("auditor"))
    another_page.goto(f"{site.console}/ledger/?reference={reference}")
    page.goto(f"{site.centre}/mine/looks/")
    assert rows(page) == [(AUDITOR, "to check who used your data, and for what")]


def test_a_guest_sees_the_looks_on_the_page_of_the_request_once_the_code_is_in(site, page, another_page):
    email = "curious@elsewhere.example"
    reference = ask_as_guest(page, site, "question", email)
    look_at(site, another_page, reference)
    page.context.clear_cookies()
    page.goto(f"{site.centre}/requests/{reference}/")
    assert page.get_by_text(WORKER).count() == 0
    follow(page.get_by_role("button", name="Send me a code"))
    page.get_by_label("Code from our e-mail").fill(read_letters(site, email)[-1].code)
    press(page, "Continue")
    assert page.get_by_role("heading", name="Who looked at it").is_visible()
    assert rows(page) == [(WORKER, "to work on your request")]
