"""Alice gets her answer: step-up before it, files with checksums, a download that resumes, and a correction in place."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import psycopg
import pytest
from centre_flows import ask, ask_and_show, choose_kind, press, read_letters, read_reference, settle
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from following import follow
from pages import find_barriers


def open_own(page, address):
    """A page that may ask for the password again, when the tests took longer than five minutes to get here."""
    page.goto(address)
    if page.locator("input[name=password]").count():
        page.locator("input[name=password]").fill("lantern orbit walnut ferry")
        press(page, "Confirm")
        page.goto(address)


@pytest.fixture(scope="module")
def answered(site, browser):
    """Person 21 with an answer that is ready: (address, reference, cookies of a fresh session)."""
    email = site.make_account("centre", "person21@customer.example")
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    site.sign_in(page, email)
    reference = ask(page, site, "access")
    settle(site, reference)
    yield email, reference, context
    context.close()


def test_the_answer_is_offered_with_sizes_and_checksums(site, answered):
    _, reference, context = answered
    page = context.new_page()
    page.goto(f"{site.centre}/requests/{reference}/")
    assert page.get_by_role("link", name="Open the answer").is_visible()
    open_own(page, f"{site.centre}/requests/{reference}/answer/")
    for name in ("index.html", "data.json", "data.csv", "report.pdf"):
        assert page.get_by_role("link", name=name).is_visible()
    got = page.request.get(f"{site.centre}/requests/{reference}/answer/data.json")
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["etag"] == f'"{hashlib.sha256(got.body()).hexdigest()}"'
    assert hashlib.sha256(got.body()).hexdigest() in page.content()
    document = json.loads(got.body())
    assert "person21@customer.example" in {item["value"] for item in document["items"]}
    assert "person22@customer.example" not in got.text()


def test_a_download_that_broke_off_goes_on(site, answered):
    _, reference, context = answered
    page = context.new_page()
    open_own(page, f"{site.centre}/requests/{reference}/answer/")
    address = f"{site.centre}/requests/{reference}/answer/data.json"
    whole = page.request.get(address).body()
    rest = page.request.get(address, headers={"Range": "bytes=100-"})
    assert rest.status == 206
    assert rest.headers["content-range"] == f"bytes 100-{len(whole) - 1}/{len(whole)}"
    assert rest.body() == whole[100:]
    assert page.request.get(address, headers={"Range": "bytes=5-9"}).body() == whole[5:10]
    assert page.request.get(address, headers={"Range": "bytes=-7"}).body() == whole[-7:]
    assert page.request.get(address, headers={"Range": f"bytes={len(whole)}-"}).status == 416
    changed = page.request.get(address, headers={"Range": "bytes=100-", "If-Range": '"another version"'})
    assert (changed.status, changed.body()) == (200, whole)
    assert page.request.head(address).headers["content-length"] == str(len(whole))


def assert_due_is_said(page):
    """By when there is an answer, by which law, and what it costs."""
    shown = page.locator("main").inner_text()
    assert re.search(r"You have an answer by\s+\d{1,2} \w+ \d{4}\s+GDPR art. 12\(3\)", shown)
    assert re.search(r"What it costs\s+Nothing", shown)


def test_a_value_is_corrected_in_place_with_before_and_after(site, answered):
    _, _, context = answered
    page = context.new_page()
    open_own(page, f"{site.centre}/mine/correct/?q=Person 21")
    follow(page.get_by_role("row", name="Person 21").get_by_role("link").first)
    page.get_by_label("What should it say?").fill("Persona 21")
    press(page, "Continue")
    assert page.locator(".was").inner_text() == "Person 21"
    assert page.locator(".becomes").inner_text() == "Persona 21"
    assert_due_is_said(page)
    press(page, "Send the correction")
    reference = read_reference(page)
    settle(site, reference)
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as connection:
        names = connection.execute("SELECT id, name FROM people WHERE id IN (21, 22) ORDER BY id").fetchall()
    assert names == [(21, "Persona 21"), (22, "Person 22")]


def test_what_is_held_is_shown_by_kind(site, answered):
    _, _, context = answered
    page = context.new_page()
    page.goto(site.centre)
    site.work()
    page.goto(site.centre)
    assert page.locator(".bars").get_by_text("E-mail address").is_visible()
    for path in ("sources", "keeping", "recipients", "looks"):
        page.goto(f"{site.centre}/mine/{path}/")
        assert page.get_by_role("heading", level=1).is_visible()


def age_sessions(site, seconds):
    """Moves the sign-in of every session back, with the key that lies outside the database."""
    secret = (site.project / ".avow" / "centre.key").read_text().strip()
    cipher = AESGCM(hashlib.sha256(b"avow session\0" + secret.encode()).digest())
    with psycopg.connect(site.dsn) as connection:
        for key, data in connection.execute("SELECT session_key, session_data FROM centre.django_session").fetchall():
            raw = base64.b64decode(data)
            session = json.loads(cipher.decrypt(raw[:12], raw[12:], None))
            for record in session.get("account_authentication_methods", ()):
                record["at"] -= seconds
            sealed = base64.b64encode(raw[:12] + cipher.encrypt(raw[:12], json.dumps(session).encode(), None)).decode()
            connection.execute(
                "UPDATE centre.django_session SET session_data = %s WHERE session_key = %s", (sealed, key)
            )


def test_a_sign_in_of_an_hour_ago_is_not_enough_for_the_answer(site, answered, page):
    email, reference, _ = answered
    site.sign_in(page, email)
    page.goto(f"{site.centre}/requests/{reference}/")
    age_sessions(site, 3_600)
    page.goto(f"{site.centre}/requests/{reference}/answer/")
    assert page.get_by_role("heading", name="Is it still you?").is_visible()
    refused = page.request.get(f"{site.centre}/requests/{reference}/answer/data.json")
    assert "person21@" not in refused.text()
    page.locator("input[name=password]").fill("lantern orbit walnut ferry")
    press(page, "Confirm")
    assert page.get_by_role("link", name="data.json").is_visible()


def test_an_erasure_runs_to_its_certificate_and_takes_the_account_along(site, page, another_page):
    email = site.make_account("centre", "person31@customer.example")
    site.sign_in(page, email)
    reference = ask(page, site, "erasure")
    settle(site, reference)
    page.goto(site.centre)
    assert page.get_by_role("link", name="Sign in").first.is_visible()
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as connection:
        left = connection.execute("SELECT to_json(p)::text FROM people p WHERE id = 31").fetchall()
        others = connection.execute("SELECT count(*) FROM people WHERE id <> 31 AND name LIKE 'Person%'").fetchone()
        tickets = connection.execute(
            "SELECT count(*) FROM tickets WHERE person_id = 31 OR body LIKE '%person31@%'"
        ).fetchone()
        invoices = connection.execute("SELECT count(*) FROM invoices").fetchone()
    # the invoice stays for the tax office, and with it the row that it belongs to, which names nobody any more
    assert [row for (row,) in left if "person31@" in row or "Person 31" in row] == []
    assert (others[0] >= 198, tickets, invoices) == (True, (0,), (200,))
    with psycopg.connect(site.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM centre.accounts_user WHERE email = %s", (email,)).fetchone()
    assert row == (0,)
    assert read_letters(site, email)[-1].template
    page.goto(f"{site.centre}/requests/{reference}/certificate/")  # still theirs, in the session in which they asked
    assert page.get_by_role("heading", name="Certificate of deletion").is_visible()
    assert find_barriers(page) == []
    another_page.goto(f"{site.centre}/requests/{reference}/certificate/")
    assert another_page.get_by_role("heading", name="Certificate of deletion").count() == 0


def test_a_guest_gets_the_answer_after_the_code_and_nobody_else(site, page, another_page):
    email = "person41@customer.example"
    choose_kind(page, site, "access")
    press(page, "Continue")
    page.get_by_label("E-mail address").fill(email)
    press(page, "Continue")
    press(page, "Continue")
    press(page, "Send")
    reference = read_reference(page)
    page.get_by_label("Code from our e-mail").fill(read_letters(site, email)[-1].code)
    press(page, "Confirm")
    settle(site, reference)
    page.goto(f"{site.centre}/requests/{reference}/answer/")
    assert page.get_by_role("link", name="index.html").is_visible()
    another_page.goto(f"{site.centre}/requests/{reference}/answer/")
    assert another_page.get_by_role("link", name="index.html").count() == 0


def test_a_place_in_which_nothing_acts_on_a_choice_is_called_not_reached(site, page):
    email = "person42@customer.example"
    reference = ask_and_show(page, site, "restriction", email)
    settle(site, reference)
    page.goto(f"{site.centre}/requests/{reference}/")
    where = page.get_by_role("heading", name="Where we look").locator("xpath=..")
    assert where.locator("div").filter(has_text="main").locator("dd").inner_text() == "not reached"
