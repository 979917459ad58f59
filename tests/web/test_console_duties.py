"""The company's own duties in the console: a case from the report to its finding by two persons, and a review that is signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
from following import follow
from pages import find_barriers

from avow.app import open_project

NARROW = {"width": 390, "height": 844}


def open_case(site, page, kind, **facts):
    page.goto(f"{site.console}/company-cases/open/?kind={kind}")
    for label, words in facts.values():
        page.get_by_label(label).fill(words)
    follow(page.locator("form .button"))


def read_in_arabic(page):
    """The page once more, in Arabic: from the right, without a barrier; and back."""
    follow(page.get_by_role("button", name="العربية"))
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    follow(page.get_by_role("button", name="English"))


def test_a_case_opens_with_a_second_person_and_ends_with_a_finding(site, page, another_page):
    officer = site.make_staff("privacy_officer")
    site.sign_in_staff(page, officer)
    facts = {"parties": ("who takes over", "Example plc"), "notice": ("how the people", "by mail")}
    open_case(site, page, "merger", **facts)
    assert page.get_by_text("You asked for this case").is_visible()
    address = page.url
    site.sign_in_staff(another_page, site.make_staff("approver"))
    another_page.goto(address)
    assert another_page.get_by_text("Example plc").is_visible()
    assert find_barriers(another_page) == []
    read_in_arabic(another_page)
    follow(another_page.get_by_role("button", name="Let it open"))
    page.goto(address)
    follow(page.get_by_role("button", name="Close the case with this finding"))
    assert page.get_by_text("a case is not closed without a finding").is_visible()
    page.set_viewport_size(NARROW)
    assert find_barriers(page) == []
    page.get_by_label("In a sentence").last.fill("everything went over to Example plc")
    follow(page.get_by_role("button", name="Close the case with this finding"))
    assert page.get_by_text("everything went over to Example plc").first.is_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site.console}/company-cases/")
    assert find_barriers(page) == []


def test_a_review_is_signed_by_a_person_with_words(site, page, another_page):
    review = uuid4()
    with psycopg.connect(site.environ["AVOW_CONTROL_DSN"], autocommit=True) as control:
        (company,) = control.execute("SELECT company FROM control.staff_member LIMIT 1").fetchone() or ("Lantern",)
        control.execute(
            "INSERT INTO control.duty_review (id, company, kind, made_at, evidence, findings)"
            " VALUES (%s, %s, 'procedures', now(), %s, %s)",
            (review, company, json.dumps({"stores": []}), ["in store `main`: `late` can read public.t (a)"]),
        )
    site.sign_in_staff(another_page, site.make_staff("auditor"))
    another_page.goto(f"{site.console}/reviews/{review}/")
    assert another_page.get_by_text("`late` can read").is_visible()
    assert another_page.get_by_role("button", name="Sign this review").count() == 0
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    page.goto(f"{site.console}/reviews/{review}/")
    assert find_barriers(page) == []
    read_in_arabic(page)
    page.get_by_label("What you looked at").fill("I looked at every line; `late` is gone.")
    follow(page.get_by_role("button", name="Sign this review"))
    page.goto(f"{site.console}/reviews/")
    assert find_barriers(page) == []
    page.goto(f"{site.console}/reviews/{review}/")
    assert page.get_by_text("`late` is gone").is_visible()
    assert page.get_by_role("button", name="Sign this review").count() == 0
    page.goto(f"{site.console}/vault/")
    assert find_barriers(page) == []


def test_the_breach_room_shows_clocks_and_lets_a_letter_go_with_a_second_person(site, page, another_page):
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    noticed = f"{datetime.now(UTC) - timedelta(hours=73):%Y-%m-%dT%H:%M}"
    facts = {
        "what": ("what happened", "A copy of a table was open to everybody."),
        "noticed": ("when it was noticed", noticed),
    }
    open_case(site, page, "breach", **facts)
    follow(page.get_by_role("link", name="The breach room"))
    address = page.url
    assert page.get_by_text("ran out").first.is_visible()
    page.get_by_label("What was breached").fill("table:nowhere:public.x")
    follow(page.get_by_role("button", name="This was breached"))
    assert page.get_by_text("what was breached is named by its kind").is_visible()
    store, table = subject_table(site)
    page.get_by_label("What was breached").fill(f"table:{store}:{table}")
    follow(page.get_by_role("button", name="This was breached"))
    assert page.get_by_text("a count was asked for").is_visible()
    page.get_by_label("Risk to people").select_option("high")
    page.get_by_label("Why, in a sentence").fill("addresses of everybody were in it")
    follow(page.get_by_role("button", name="Judge it so"))
    page.get_by_label("Likely consequences").fill("Unwanted mails, for instance to alice@example.test")
    follow(page.get_by_role("button", name="Keep the words"))
    assert page.get_by_text("hold something like an address").is_visible()
    for label, words in (
        ("Likely consequences", "Unwanted messages may come."),
        ("What was done and will be done", "The server was closed."),
        ("What people can do", "Be careful with messages."),
    ):
        page.get_by_label(label).fill(words)
    follow(page.get_by_role("button", name="Keep the words"))
    site.work()
    page.goto(address)
    assert page.get_by_text("a count was asked for").count() == 0
    for summary in page.locator("details summary").all():
        summary.click()
    assert find_barriers(page) == []
    page.set_viewport_size(NARROW)
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    read_in_arabic(page)
    follow(page.get_by_role("button", name="Ask for this letter"))
    assert page.get_by_text("You asked for it: somebody else has to approve it").is_visible()
    site.sign_in_staff(another_page, site.make_staff("approver"))
    another_page.goto(address)
    follow(another_page.get_by_role("button", name="Let it go to everybody affected"))
    site.work()
    another_page.reload()
    assert another_page.get_by_text("it is going").is_visible()
    affected = another_page.locator("dl.facts dd").first.inner_text()  # other tests on this site erase some
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as connection:
        query = "SELECT count(*), count(*) FILTER (WHERE position('@' IN email) > 0) FROM people"
        people, reached = connection.execute(query).fetchone()
    assert people > 100
    assert affected == str(people)
    # a row that stays for its invoice when its person is erased has no address any more
    assert another_page.get_by_text(f"{people - reached} have no address").count() == (people > reached)
    assert another_page.get_by_text(f"{reached} were written to").is_visible()
    assert find_barriers(another_page) == []
    page.context.clear_cookies()
    site.sign_in_staff(page, site.make_staff("auditor"))
    page.goto(address)
    assert page.get_by_text("Unwanted messages may come.").count() == 0
    for path in ("company-cases/", "vault/", "reviews/"):
        page.goto(f"{site.console}/{path}")


def subject_table(site):
    """(store, table) of people in the project of the site."""
    datamap = open_project(site.project, site.environ).datamap
    tables = ((s.name, t) for s in datamap.stores if s.kind == "postgresql" for t in s.tables)
    return next((store, table.name) for store, table in tables if table.key and not table.organisation)
