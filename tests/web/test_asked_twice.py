"""Somebody who asks for the same twice: one request goes on, and the page and a mail of the other say under which reference."""

from __future__ import annotations

import psycopg
from centre_flows import ask, ask_and_show, press, read_letters, state_of
from following import follow
from pages import find_barriers

WRITTEN = "It goes on under another reference"


def tell_of_merge(site, email):
    return [one for one in read_letters(site, email) if one.template == "merged"]


def test_a_guest_who_asks_twice_is_told_once_where_it_goes_on(governed, page):
    email = "person141@customer.example"
    first = ask_and_show(page, governed, "access", email)
    second = ask_and_show(page, governed, "access", email)
    code = read_letters(governed, email)[-2].code
    assert page.url == f"{governed.centre}/requests/{second}/"
    assert page.get_by_role("heading", name=WRITTEN).is_visible()
    assert page.locator("main .badge").first.inner_text() == "Joined with your earlier request"
    assert find_barriers(page) == []
    page.goto(f"{governed.centre}/requests/{second}/code/")  # the same once more, as after a press on "back"
    page.get_by_label("Code from our e-mail").fill(code)
    press(page, "Continue")
    for _ in range(2):
        governed.work()
    (told,) = tell_of_merge(governed, email)
    assert told.subject == f"Your request {second} goes on as {first}"
    assert f"{governed.centre}/requests/{first}/" in told.text
    assert "Person 141" not in told.text + told.subject
    assert (state_of(governed, first), state_of(governed, second)) == ("done", "merged")
    page.goto(f"{governed.centre}/requests/{second}/")
    follow(page.get_by_role("link", name=f"To {first}"))
    assert page.get_by_role("link", name="Open the answer").is_visible()
    page.goto(f"{governed.centre}/requests/{second}/")
    follow(page.locator("button[name=language][value=ar]").first)
    assert page.get_by_role("link", name=f"إلى {first}").is_visible()


def test_whoever_is_signed_in_comes_to_the_open_request_and_the_console_shows_the_other(governed, page, another_page):
    email = governed.make_account("centre", "person142@customer.example")
    governed.sign_in(page, email)
    first = ask(page, governed, "question")
    assert ask(page, governed, "question") == first
    page.goto(f"{governed.centre}/requests/{first}/")
    assert page.get_by_text("You asked again").is_visible()
    (told,) = tell_of_merge(governed, email)
    with psycopg.connect(governed.dsn) as control:
        query = "SELECT m.reference FROM control.request m JOIN control.request k ON k.id = m.merged_into WHERE k.reference = %s"
        ((second,),) = control.execute(query, (first,)).fetchall()
    assert told.subject == f"Your request {second} goes on as {first}"
    governed.sign_in_staff(another_page, governed.make_staff("case_worker"))
    another_page.goto(f"{governed.console}/cases/{second}/")
    follow(another_page.get_by_role("main").get_by_role("link", name=first))
    assert another_page.url == f"{governed.console}/cases/{first}/"
