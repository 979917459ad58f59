"""Alice asks for each thing, in a real browser, with and without JavaScript; and somebody who is nobody's customer does, too."""

from __future__ import annotations

import re

import psycopg
import pytest
from centre_flows import (
    answer_about,
    ask_as_guest,
    check_before_sending,
    choose_kind,
    count_requests,
    press,
    read_letters,
    read_reference,
    state_of,
)
from following import follow

KINDS = (
    "access",
    "copy",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "withdrawal",
    "complaint",
    "question",
)
CODED = ("access", "copy", "rectification", "erasure", "restriction")


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def window(request):
    return request.getfixturevalue("page" if request.param == "with JavaScript" else "plain_page")


@pytest.mark.parametrize("kind", KINDS)
def test_a_guest_asks_and_shows_the_code(site, window, kind):
    email = f"guest-{kind}-{id(window)}@elsewhere.example"
    reference = ask_as_guest(window, site, kind, email)
    if kind in CODED:
        assert state_of(site, reference) == "identity"
        window.get_by_label("Code from our e-mail").fill(read_letters(site, email)[-1].code.lower())
        press(window, "Confirm")
        assert window.url == f"{site.centre}/requests/{reference}/"
    assert state_of(site, reference) in ("finding", "review")
    window.goto(f"{site.centre}/requests/{reference}/")
    assert window.get_by_role("heading", level=1).is_visible()
    assert window.get_by_text(reference).first.is_visible()
    assert window.get_by_role("heading", name="What happened").is_visible()


@pytest.mark.parametrize("kind", ["access", "erasure", "objection"])
def test_an_account_holder_is_asked_nothing_that_is_known(site, window, kind):
    email = site.make_account("centre")
    site.sign_in(window, email)
    choose_kind(window, site, kind)
    answer_about(window, kind)
    check_before_sending(window)
    assert email in window.locator("main").inner_text()
    press(window, "Send")
    reference = read_reference(window)
    window.goto(f"{site.centre}/requests/")
    assert window.get_by_text(reference).is_visible()


def test_nothing_is_sent_before_the_last_page(site, page):
    before = count_requests(site)
    choose_kind(page, site, "access")
    press(page, "Continue")
    page.get_by_label("E-mail address").fill("careful@elsewhere.example")
    press(page, "Continue")
    press(page, "Continue")
    check_before_sending(page)
    assert count_requests(site) == before
    page.goto(f"{site.centre}/ask/check/")
    assert count_requests(site) == before


def test_the_last_page_cannot_be_reached_with_a_question_open(site, page):
    page.goto(f"{site.centre}/ask/check/")
    assert page.url == f"{site.centre}/ask/kind/"
    choose_kind(page, site, "access")
    page.goto(f"{site.centre}/ask/check/")
    assert page.url == f"{site.centre}/ask/about/"


def test_an_answer_can_be_changed_from_the_last_page(site, page):
    choose_kind(page, site, "access")
    press(page, "Continue")
    page.get_by_label("E-mail address").fill("first@elsewhere.example")
    press(page, "Continue")
    press(page, "Continue")
    follow(page.locator('a[href="/ask/contact/"]'))
    assert page.get_by_label("E-mail address").input_value() == "first@elsewhere.example"
    page.get_by_label("E-mail address").fill("second@elsewhere.example")
    press(page, "Continue")
    assert "second@elsewhere.example" in page.locator("main").inner_text()


def test_one_way_of_reaching_is_enough_and_none_is_told(site, page):
    choose_kind(page, site, "access")
    press(page, "Continue")
    press(page, "Continue")
    assert page.get_by_text("Give an e-mail address, or a telephone number or postal address below.").is_visible()
    assert page.get_by_label("E-mail address").get_attribute("aria-invalid") == "true"
    page.get_by_label("Postal address").fill("1 Lamp Street, London")
    press(page, "Continue")
    press(page, "Continue")
    assert "We ask for two things" in page.locator("main").inner_text()


def test_the_wizard_can_be_walked_with_the_keyboard_alone(site, page):
    page.goto(f"{site.centre}/ask/")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "kind":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What would you like to see?").wait_for()
    page.locator("input[name=scope]:checked").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="How do we reach you?").wait_for()
    page.get_by_label("E-mail address").focus()
    page.keyboard.type("keys@elsewhere.example")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What else may we search for?").wait_for()
    page.get_by_label("Customer number").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Check before you send").wait_for()
    page.get_by_role("main").get_by_role("button", name="Send").focus()
    page.keyboard.press("Enter")
    page.locator(".reference").first.wait_for()
    read_reference(page)


def test_every_stop_of_the_keyboard_is_seen(site, page):
    page.goto(f"{site.centre}/ask/")
    unseen = []
    for _ in range(24):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " const box = e.closest('.choice') ? getComputedStyle(e.closest('.choice')) : s;"
            " return [e.outerHTML.slice(0, 80), s.outlineStyle !== 'none' || box.outlineStyle !== 'none'] })()"
        )
        if not seen[1] and not seen[0].startswith("<body"):
            unseen.append(seen[0])
    assert unseen == []


def test_a_known_and_an_unknown_address_see_the_same(site, page, another_page):
    shown = []
    for window, email in ((page, "person7@customer.example"), (another_page, "nobody7@elsewhere.example")):
        reference = ask_as_guest(window, site, "access", email)
        shown.append(window.locator("main").inner_text().replace(reference, "REF"))
    assert shown[0] == shown[1]


def test_a_reference_that_does_not_exist_looks_like_one_that_does(site, page, another_page):
    reference = ask_as_guest(page, site, "access", "person8@customer.example")
    pages = []
    for tried in (reference, "AV-2222-2222"):
        another_page.goto(f"{site.centre}/requests/{tried}/")
        press(another_page, "Send me a code")
        another_page.get_by_label("Code from our e-mail").fill("23456789")
        press(another_page, "Continue")
        pages.append(another_page.locator("main").inner_text().replace(tried, "REF"))
    assert pages[0] == pages[1]


def test_a_guest_comes_back_from_another_browser_by_a_code(site, page, another_page):
    email = "back@elsewhere.example"
    reference = ask_as_guest(page, site, "question", email)
    page.goto(f"{site.centre}/requests/{reference}/")
    page.get_by_label("Your message").fill("It is about the invoice of May.")
    press(page, "Send the message")
    another_page.goto(f"{site.centre}/follow/")
    another_page.get_by_label("Reference").fill(reference.lower().replace("-", ""))
    press(another_page, "Continue")
    press(another_page, "Send me a code")
    another_page.get_by_label("Code from our e-mail").fill(read_letters(site, email)[-1].code)
    press(another_page, "Continue")
    assert another_page.get_by_text("It is about the invoice of May.").is_visible()


def test_charlie_sees_nothing_of_alice(site, page, another_page):
    site.sign_in(page, site.make_account("centre"))
    choose_kind(page, site, "access")
    answer_about(page, "access")
    press(page, "Send")
    reference = read_reference(page)
    site.sign_in(another_page, site.make_account("centre"))
    below = (
        "",
        "sent/",
        "message/",
        "withdraw/",
        "contest/",
        "answer/",
        "answer/data.json",
        "certificate/",
        "certificate.json",
    )
    for path in below:
        answer = another_page.request.get(f"{site.centre}/requests/{reference}/{path}")
        assert answer.status in (404, 405), path
    another_page.goto(f"{site.centre}/requests/")
    assert reference not in another_page.content()


def test_a_request_is_taken_back(site, page):
    site.sign_in(page, site.make_account("centre"))
    choose_kind(page, site, "restriction")
    answer_about(page, "restriction")
    press(page, "Send")
    reference = read_reference(page)
    page.goto(f"{site.centre}/requests/{reference}/")
    follow(page.get_by_role("link", name="Take the request back"))
    press(page, "Yes, take it back")
    assert page.get_by_text("You took it back").first.is_visible()
    assert state_of(site, reference) == "withdrawn"


def test_marketing_stops_in_one_step_without_an_account(site, window):
    window.goto(f"{site.centre}/stop-marketing/")
    window.get_by_label("The address that you no longer want messages at").fill(f"enough{id(window)}@elsewhere.example")
    shown = window.locator("main").inner_text()
    assert re.search(r"You have an answer by\s+\d{1,2} \w+ \d{4}\s+GDPR art. 12\(3\)", shown)
    assert re.search(r"What it costs\s+Nothing", shown)
    press(window, "Stop")
    reference = read_reference(window)
    assert state_of(site, reference) == "finding"


def test_a_scanner_that_follows_links_stops_nothing(site, page):
    before = count_requests(site)
    page.goto(f"{site.centre}/stop-marketing/?email=person9@customer.example")
    assert count_requests(site) == before


def test_a_half_finished_form_is_not_readable_in_the_database(site, page):
    choose_kind(page, site, "question")
    page.locator("textarea[name=text]").fill("my secret question about zebras")
    press(page, "Continue")
    page.get_by_label("E-mail address").fill("zebra@elsewhere.example")
    press(page, "Continue")
    with psycopg.connect(site.dsn) as connection:
        sessions = connection.execute("SELECT session_data FROM centre.django_session").fetchall()
    assert sessions
    assert [data for (data,) in sessions if "zebra" in data.lower()] == []


def test_pages_speak_no_word_of_the_workshop(site, page):
    site.sign_in(page, site.make_account("centre"))
    choose_kind(page, site, "erasure")
    answer_about(page, "erasure")
    press(page, "Send")
    reference = read_reference(page)
    seen = []
    for path in ("/", "/ask/", f"/requests/{reference}/", "/requests/", "/contact/", "/your-account/", "/mine/looks/"):
        page.goto(site.centre + path)
        words = set(re.findall(r"[a-z]+", page.locator("body").inner_text().lower()))
        seen += [(path, word) for word in ("mask", "handling", "canary", "control", "pair") if word in words]
    assert seen == []
