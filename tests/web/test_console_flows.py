"""The life of a case as staff work on it, in the browser: an access request, an erasure with two persons, a refusal, a task.

Requests come in by the form for letters and calls; workers are the real command on a real store.
"""

from __future__ import annotations

import re
from uuid import uuid4

import psycopg
import pytest
from console_steps import enter, finish_tasks, hand_out, make_sure, state_of
from following import follow

PERSON = iter(range(1, 200))  # the company's customers: each test takes one that no other has touched


@pytest.fixture
def person():
    return next(PERSON)


def rows(site, statement):
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as connection:
        return connection.execute(statement).fetchall()


def test_an_access_request_by_letter_becomes_an_answer_that_was_looked_at_first(site, page, another_page, person):
    site.sign_in_staff(page, site.make_staff("case_worker"))
    reference = enter(site, page, "access", person)
    page.goto(f"{site.console}/queue/?reference={reference}")
    assert page.url.endswith(f"/cases/{reference}/")  # the search leads straight to the case
    follow(page.get_by_role("button", name="Take this case"))
    assert page.get_by_text("The case is yours.").is_visible()
    make_sure(site, page, reference)
    site.work()
    finish_tasks(site, page, reference)
    site.work()
    page.goto(f"{site.console}/cases/{reference}/")
    assert state_of(page) == "review"  # sam@neighbour.example was masked in a ticket: somebody looks
    follow(page.get_by_role("link", name="Person and data"))
    assert page.get_by_role("cell", name=f"person{person}@customer.example").first.is_visible()
    assert "sam@neighbour.example" not in page.content()
    follow(page.get_by_role("link", name="What they get"))
    assert page.get_by_text("of 8 letters of article 15(1)").is_visible()
    frame = page.frame_locator("iframe")
    assert frame.get_by_role("heading").first.is_visible()
    assert page.get_by_role("button", name="Approve: hand it out").count() == 0  # not in this role
    officer = site.make_staff("privacy_officer")
    site.sign_in_staff(another_page, officer)
    another_page.goto(f"{site.console}/cases/{reference}/answer/")
    hand_out(another_page)
    site.work()
    finish_tasks(site, another_page, reference)
    site.work()
    another_page.goto(f"{site.console}/cases/{reference}/")
    assert state_of(another_page) == "done"
    another_page.goto(f"{site.console}/looks/")
    looks = another_page.get_by_role("row").filter(has_text=reference)
    assert looks.filter(has_text="case worker").count() >= 1
    assert looks.filter(has_text=officer.email).count() >= 1


def test_an_erasure_needs_two_people_neither_of_whom_entered_it(site, page, another_page, browser, person):
    entering = site.make_staff("privacy_officer")
    site.sign_in_staff(page, entering)
    reference = enter(site, page, "erasure", person)
    make_sure(site, another_page, reference)
    another_page.context.clear_cookies()
    site.sign_in_staff(another_page, site.make_staff("privacy_officer"))
    site.work()
    another_page.goto(f"{site.console}/cases/{reference}/erasure/")
    assert another_page.get_by_role("row", name="public.tickets").get_by_text("deleted").is_visible()
    assert (
        another_page.get_by_role("row", name="public.people").get_by_text("anonymise").is_visible()
    )  # an invoice leans on it
    assert another_page.get_by_text("public.invoices: tax law").is_visible()
    page.goto(f"{site.console}/cases/{reference}/erasure/")
    follow(page.get_by_role("button", name="Approve: erase"))
    assert page.get_by_text("whoever asked for something, or entered it, does not agree to it as well").is_visible()
    follow(another_page.get_by_role("button", name="Approve: erase"))
    assert another_page.get_by_text("A second person has to agree.").is_visible()
    assert another_page.get_by_role("button", name="Approve: erase").count() == 0  # the second cannot be the first
    assert rows(site, f"SELECT count(*) FROM people WHERE id = {person}") == [(1,)]
    context = browser.new_context(locale="en-GB")
    third = context.new_page()
    site.sign_in_staff(third, site.make_staff("approver"))
    third.goto(f"{site.console}/cases/{reference}/erasure/")
    follow(third.get_by_role("button", name="Approve: erase"))
    context.close()
    site.work()
    finish_tasks(site, another_page, reference)
    site.work()
    another_page.goto(f"{site.console}/cases/{reference}/")
    assert state_of(another_page) == "done"
    assert rows(site, f"SELECT count(*) FROM people WHERE email = 'person{person}@customer.example'") == [(0,)]
    assert rows(site, f"SELECT count(*) FROM tickets WHERE person_id = {person}") == [(0,)]
    assert rows(site, "SELECT count(*) FROM invoices") == [(200,)]  # tax law
    assert rows(site, f"SELECT count(*) FROM people WHERE id = {person + 1}") == [(1,)]


def test_a_refusal_shows_the_letter_first_and_sends_exactly_that(site, page, person):
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    reference = enter(site, page, "access", person)
    page.goto(f"{site.console}/cases/{reference}/letters/")
    page.get_by_role("radio", name=re.compile("^excessive")).check()
    page.get_by_label(re.compile("What you add in your own words")).fill("You asked the same last week.")
    follow(page.get_by_role("button", name="Show the letter that refuses"))
    letter = page.locator(".letter").inner_text()
    assert reference in letter
    assert "GDPR art. 12(5)" in letter
    assert "You asked the same last week." in letter
    follow(page.get_by_role("button", name="Refuse and send"))
    assert state_of(page) == "refused"
    follow(page.get_by_role("link", name="Person and data"))
    sent = page.locator(".message-own").filter(has_text="You asked the same last week.").locator("p").inner_text()
    assert sent.split() == letter.split()
    follow(page.get_by_role("link", name="Letters"))
    page.get_by_label("Why").fill("they contested it")
    follow(page.get_by_role("button", name="Open it again"))
    assert state_of(page) == "review"


def test_an_extension_is_told_once_with_the_new_day(site, page, person):
    site.sign_in_staff(page, site.make_staff("case_worker"))
    reference = enter(site, page, "access", person)
    page.goto(f"{site.console}/cases/{reference}/letters/")
    follow(page.get_by_role("button", name="Show the letter that extends"))
    assert page.locator(".letter").is_visible()
    follow(page.get_by_role("button", name="Extend and send"))
    assert page.get_by_text("once; the person was told").is_visible()
    follow(page.get_by_role("link", name="Letters"))
    assert page.get_by_role("button", name="Show the letter that extends").count() == 0


def test_a_store_that_fails_is_named_with_its_cause_and_tried_again_alone(site, page, person):
    site.sign_in_staff(page, site.make_staff("case_worker"))
    reference = enter(site, page, "access", person)
    make_sure(site, page, reference)
    working = site.environ["AVOW_STORE_MAIN_DSN"]
    site.environ["AVOW_STORE_MAIN_DSN"] = "host=/nowhere dbname=gone"
    try:
        site.work()
    finally:
        site.environ["AVOW_STORE_MAIN_DSN"] = working
    page.goto(f"{site.console}/failures/")
    card = page.locator(".card").filter(has_text=reference)
    assert card.get_by_text("store.unreachable").is_visible()
    assert "nowhere" not in page.content()
    follow(card.get_by_role("button", name="Try main again now"))
    site.work()
    page.goto(f"{site.console}/failures/")
    assert page.locator(".card").filter(has_text=reference).count() == 0


def test_the_whole_way_works_without_javascript(site, plain_page, person):
    site.type_in_staff(plain_page, site.make_staff("case_worker"))
    reference = enter(site, plain_page, "question", person)
    plain_page.goto(f"{site.console}/cases/{reference}/person/")
    plain_page.get_by_label("Message").fill("we look into it")
    follow(plain_page.get_by_role("button", name="Send the message"))
    assert plain_page.locator(".message").filter(has_text="we look into it").is_visible()


def test_a_value_that_a_person_wrote_runs_nothing_in_the_console(site, page, person):
    marker = f"x{uuid4().hex[:6]}"
    site.sign_in_staff(page, site.make_staff("case_worker"))
    script = f"<script>document.title='{marker}'</script><img src=x onerror=\"document.title='{marker}'\">"
    reference = enter(site, page, "question", person, **{"Their own words": script})
    page.goto(f"{site.console}/cases/{reference}/person/")
    assert marker not in page.title()
    assert page.get_by_text("<script>").is_visible()
