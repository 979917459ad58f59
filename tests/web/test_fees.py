"""A fee for an excessive request, from staff's decision to the end: accepted and paid, declined, or contested and waived."""

from __future__ import annotations

import pytest
from centre_flows import ask_as_guest, press, read_letters, state_of
from following import follow

WHY = "You asked for the same last week, and nothing has changed since."
CAPPED = "at most 15.00 EUR"
SERIAL = iter(range(90))


@pytest.fixture
def charged(site, page, another_page):
    """Alice asks and shows the code; an officer asks a fee. Gives the reference; Alice's window is `page`."""
    email = f"again{next(SERIAL)}@elsewhere.example"
    reference = ask_as_guest(page, site, "access", email)
    page.get_by_label("Code from our e-mail").fill(read_letters(site, email)[-1].code)
    press(page, "Confirm")
    site.sign_in_staff(another_page, site.make_staff("privacy_officer"))
    ask_fee(site, another_page, reference, "12.50")
    assert state_of(site, reference) == "fee"
    assert read_letters(site, email)[-1].template == "fee"
    page.goto(f"{site.centre}/requests/{reference}/")
    return reference


def ask_fee(site, page, reference, amount, why=WHY):
    """The letter is read before it is sent."""
    page.goto(f"{site.console}/cases/{reference}/letters/")
    assert CAPPED in page.locator("main").inner_text()
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Why the request is excessive").fill(why)
    follow(page.get_by_role("button", name="Show the letter that asks a fee"))
    if page.locator(".letter").count():
        assert {why, f"{amount} EUR"} <= {
            part for part in (why, f"{amount} EUR") if part in page.locator(".letter").inner_text()
        }
        follow(page.get_by_role("button", name="Ask the fee and send"))


def test_a_fee_that_is_accepted_and_paid_lets_the_request_go_on(site, page, another_page, charged):
    shown = page.locator("main").inner_text()
    assert "This request costs 12.50 EUR" in shown
    assert "GDPR art. 12(5)" in shown
    assert WHY in shown
    press(page, "Accept the fee")
    assert page.get_by_text("We go on as soon as it is paid.").is_visible()
    assert page.get_by_role("button", name="Accept the fee").count() == 0
    another_page.goto(f"{site.console}/cases/{charged}/")
    follow(another_page.get_by_role("button", name="The fee was paid"))
    assert state_of(site, charged) == "finding"
    page.goto(f"{site.centre}/requests/{charged}/")
    assert page.get_by_text("The fee was paid").is_visible()


def test_a_fee_that_is_declined_ends_the_request_and_nothing_is_owed(site, page, charged):
    press(page, "Decline")
    assert page.get_by_text("You declined the fee. Nothing is owed.").is_visible()
    assert state_of(site, charged) == "withdrawn"


def test_a_fee_that_is_contested_is_looked_at_by_somebody_else(site, page, another_page, charged):
    follow(page.get_by_role("link", name="I do not agree: somebody else should look"))
    page.get_by_label("Your message").fill("The first answer was empty.")
    press(page, "Send")
    assert state_of(site, charged) == "review"
    assert "12.50" not in page.locator("aside").inner_text()
    ask_fee(site, another_page, charged, "12.50")
    assert another_page.get_by_text("the asker disagrees with a fee that this member of staff asked for").is_visible()
    another_page.context.clear_cookies()
    site.sign_in_staff(another_page, site.make_staff("privacy_officer"))
    another_page.goto(f"{site.console}/cases/{charged}/letters/")
    follow(another_page.get_by_role("button", name="Go on without a fee"))
    assert state_of(site, charged) == "finding"
    page.goto(f"{site.centre}/requests/{charged}/")
    assert page.get_by_text("No fee is asked").is_visible()


def test_more_than_the_cap_is_refused_in_words(site, page, another_page):
    email = f"again{next(SERIAL)}@elsewhere.example"
    reference = ask_as_guest(page, site, "access", email)
    page.get_by_label("Code from our e-mail").fill(read_letters(site, email)[-1].code)
    press(page, "Confirm")
    site.sign_in_staff(another_page, site.make_staff("privacy_officer"))
    ask_fee(site, another_page, reference, "15.01")
    assert another_page.get_by_text("the fee is above the cap of the company (15.00 EUR)").is_visible()
    assert state_of(site, reference) == "finding"
