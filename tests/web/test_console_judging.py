"""Judgements of staff in the browser: the law, a part that is refused, what goes to a customer, what a search found left."""

from __future__ import annotations

from itertools import count

import psycopg
from console_steps import enter, finish_tasks, make_sure, state_of
from following import follow
from pages import find_barriers

PERSON = count(170)


def rows(site, statement):
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def open_case(site, page, kind):
    person = next(PERSON)
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    return enter(site, page, kind, person), person


def test_the_law_of_a_case_is_decided_without_javascript_and_stands_on_record(site, plain_page):
    reference, _ = open_case(site, plain_page, "access")
    plain_page.goto(f"{site.console}/cases/{reference}/")
    follow(plain_page.get_by_role("link", name="Change the law"))
    plain_page.get_by_label("eu: due").check()
    follow(plain_page.get_by_role("button", name="Record the law"))
    assert plain_page.get_by_text("The law is recorded; the due date was read anew.").is_visible()
    assert plain_page.locator(".timeline").get_by_text("law decided").is_visible()


def test_a_part_of_an_answer_is_refused_with_a_letter_and_masked(site, page):
    reference, _ = open_case(site, page, "access")
    officer = page.context.cookies()
    make_sure(site, page, reference)
    site.work()
    finish_tasks(site, page, reference)
    site.work()
    page.context.clear_cookies()
    page.context.add_cookies(officer)
    page.goto(f"{site.console}/cases/{reference}/letters/")
    assert find_barriers(page) == []
    page.get_by_label("Which part").select_option("main public.invoices.total")
    page.locator("#part-reason").select_option("others-rights")
    follow(page.get_by_role("button", name="Show the letter that refuses a part"))
    letter = page.locator(".letter").inner_text()
    assert "invoice" in letter
    assert "GDPR art. 15(4)" in letter
    follow(page.get_by_role("button", name="Refuse this part and send"))
    assert state_of(page) == "review"
    assert page.get_by_text("This part is refused; the rest goes on.").is_visible()
    page.goto(f"{site.console}/cases/{reference}/person/")
    assert page.get_by_role("row").filter(has_text="public.invoices").get_by_text("mask", exact=True).is_visible()
    assert page.locator(".message-own").filter(has_text="GDPR art. 15(4)").count() == 1


def test_a_correction_that_came_by_letter_is_written_down_and_made(site, page):
    reference, person = open_case(site, page, "rectification")
    officer = page.context.cookies()
    make_sure(site, page, reference)
    site.work()
    page.context.clear_cookies()
    page.context.add_cookies(officer)
    page.goto(f"{site.console}/cases/{reference}/")
    follow(page.get_by_role("link", name="What is to be corrected"))
    assert page.get_by_text("please do what the law says").is_visible()
    assert find_barriers(page) == []
    follow(page.get_by_role("button", name="Write it down"))
    assert page.get_by_text("tick that the field shall be empty").is_visible()
    for value in ("Personne", "Person corrected"):
        page.get_by_label("Which field").select_option("name")
        page.get_by_label("What shall stand there").fill(value)
        follow(page.get_by_role("button", name="Write it down"))
        assert page.get_by_text("Written down.").is_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    assert find_barriers(page) == []
    assert page.get_by_role("row").filter(has_text="Person corrected").count() == 1
    assert page.get_by_text("Personne").count() == 0
    page.context.clear_cookies()
    site.sign_in_staff(page, site.make_staff("approver"))
    page.goto(f"{site.console}/cases/{reference}/corrections/")
    follow(page.get_by_role("button", name="Approve: correct it"))
    site.work()
    assert rows(site, f"SELECT name FROM people WHERE email = 'person{person}@customer.example'") == [
        ("Person corrected",)
    ]


def test_a_restriction_that_waits_for_a_person_goes_on_when_somebody_agrees(site, page):
    reference, _ = open_case(site, page, "restriction")
    page.goto(f"{site.console}/cases/{reference}/person/")
    assert page.get_by_role("button", name="Approve: go on").count() == 0  # nobody knows yet who asks
    waits = "UPDATE control.request SET identity_reached = 'facts', state = 'review' WHERE reference = %s"
    with psycopg.connect(site.dsn) as connection:
        connection.execute(waits, [reference])
    page.context.clear_cookies()
    site.sign_in_staff(page, site.make_staff("approver"))
    page.goto(f"{site.console}/cases/{reference}/person/")
    assert find_barriers(page) == []
    follow(page.get_by_role("button", name="Approve: go on"))
    assert state_of(page) == "finding"


def test_a_field_that_is_refused_is_named_and_offered_no_more(site, page):
    reference, _ = open_case(site, page, "rectification")
    officer = page.context.cookies()
    make_sure(site, page, reference)
    site.work()
    page.context.clear_cookies()
    page.context.add_cookies(officer)
    page.goto(f"{site.console}/cases/{reference}/corrections/")
    for field in ("name", "phone"):
        page.get_by_label("Which field").select_option(field)
        page.get_by_label("What shall stand there").fill("Corrected 0207")
        follow(page.get_by_role("button", name="Write it down"))
    page.goto(f"{site.console}/cases/{reference}/letters/")
    assert page.get_by_text("This field stays as it is. The rest is corrected.").is_visible()
    page.get_by_label("Which part").select_option("main public.people.name")
    page.locator("#part-reason").select_option("not-inaccurate")
    follow(page.get_by_role("button", name="Show the letter that refuses a part"))
    assert "your statement is kept beside it" in " ".join(page.locator(".letter").inner_text().split())
    follow(page.get_by_role("button", name="Refuse this part and send"))
    page.goto(f"{site.console}/cases/{reference}/corrections/")
    assert page.get_by_text("Refused, and left as it is: main public.people.name.").is_visible()
    assert page.get_by_label("Which field").locator("option", has_text="name").count() == 0
    follow(page.get_by_role("button", name="Take out"))
    assert page.get_by_role("table").count() == 0


def test_what_is_held_for_a_customer_is_forwarded(site, page):
    reference, _ = open_case(site, page, "access")
    make_sure(site, page, reference)
    page.context.clear_cookies()
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    page.goto(f"{site.console}/cases/{reference}/letters/")
    page.get_by_label("Which customer").fill("Quarry Ltd")
    follow(page.get_by_role("button", name="Show the letter that forwards"))
    assert "Quarry Ltd" in " ".join(page.locator(".letter").inner_text().split())
    follow(page.get_by_role("button", name="Forward and send"))
    assert state_of(page) == "forwarded"


def test_what_a_search_found_left_is_judged_and_the_erasure_ends(site, page, another_page):
    rows(site, "CREATE TABLE IF NOT EXISTS scratch (note text)")
    reference, person = open_case(site, page, "erasure")
    rows(site, f"INSERT INTO scratch VALUES ('a template with person{person}@customer.example')")
    make_sure(site, page, reference)
    site.work()
    for _ in range(2):
        another_page.context.clear_cookies()
        site.sign_in_staff(another_page, site.make_staff("approver"))
        another_page.goto(f"{site.console}/cases/{reference}/erasure/")
        follow(another_page.get_by_role("button", name="Approve: erase"))
    site.work()
    page.goto(f"{site.console}/cases/{reference}/")
    follow(page.get_by_role("link", name="Say whose it is"))
    follow(page.get_by_role("button", name="Record this and search again"))
    assert page.locator(".wrong").count() > 0  # nothing was chosen yet
    assert find_barriers(page) == []
    page.get_by_label("main public.scratch.note (1)").check()
    page.get_by_label("another person's, or nobody's: it may stand there").check()
    page.get_by_label("How you know").fill("a template of the shop")
    follow(page.get_by_role("button", name="Record this and search again"))
    assert page.get_by_text("Recorded. The store is searched again now.").is_visible()
    site.work()
    finish_tasks(site, page, reference)
    site.work()
    page.goto(f"{site.console}/cases/{reference}/")
    assert state_of(page) == "done"
    assert rows(site, "SELECT count(*) FROM scratch") == [(1,)]
    assert rows(site, f"SELECT count(*) FROM people WHERE email = 'person{person}@customer.example'") == [(0,)]


def test_an_old_address_in_what_was_sent_stays_by_a_decision_that_its_asker_reads(site, page, another_page):
    reference, person = open_case(site, page, "rectification")
    old, new = f"person{person}@customer.example", f"moved{person}@customer.example"
    rows(site, f"INSERT INTO mail_log (person_id, to_address) VALUES ({person}, '{old}')")
    make_sure(site, page, reference)
    site.work()
    page.goto(f"{site.console}/cases/{reference}/corrections/")
    page.get_by_label("Which field").select_option("email")
    page.get_by_label("What shall stand there").fill(new)
    follow(page.get_by_role("button", name="Write it down"))
    site.sign_in_staff(another_page, site.make_staff("approver"))
    another_page.goto(f"{site.console}/cases/{reference}/corrections/")
    follow(another_page.get_by_role("button", name="Approve: correct it"))
    site.work()
    another_page.goto(f"{site.console}/cases/{reference}/corrections/")
    assert another_page.get_by_text("This request waits for no correction to be written down.").is_visible()
    assert another_page.get_by_role("button", name="Approve: correct it").count() == 0  # what stays is to be said first
    page.goto(f"{site.console}/cases/{reference}/")
    assert state_of(page) == "review"
    follow(page.get_by_role("link", name="Say whose it is"))
    assert find_barriers(page) == []
    page.get_by_label("main public.mail_log.to_address (1)").check()
    page.get_by_label("this person's, and it stays").check()
    page.get_by_label("How you know, or why it stays").fill("The log says where our mails went.")
    follow(page.get_by_role("button", name="Record this and search again"))
    site.work()
    finish_tasks(site, page, reference)
    site.work()
    page.goto(f"{site.console}/cases/{reference}/person/")
    assert page.locator(".message-own").filter(has_text="The log says where our mails went.").count() == 1
    assert state_of(page) == "done"
    assert rows(site, f"SELECT email FROM people WHERE id = {person}") == [(new,)]
    assert rows(site, f"SELECT to_address FROM mail_log WHERE person_id = {person}") == [(old,)]
    (text,) = rows(site, f"SELECT body FROM tickets WHERE person_id = {person}")[0]
    assert new in text
    assert "sam@neighbour.example" in text
