"""Staff come by invitation, need a second factor, and lose what is taken from them with the next page."""

from __future__ import annotations

import base64
import hmac
import struct
import time

import psycopg
import pytest
from following import follow

PASSWORD = "lantern orbit walnut ferry"


def run_avow(site, *arguments):
    done = site.avow(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def code_of(secret):
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def join(page, link, email):
    page.goto(link)
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("A password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    follow(page.get_by_role("button", name="Make the account"))


def test_the_first_administrator_joins_from_the_command_line_and_sets_up_a_second_factor(site, page):
    link = run_avow(site, "staff", "add").splitlines()[0]
    join(page, link, "dora@lantern.example")
    page.goto(f"{site.console}/staff/")
    assert "/account/2fa/" in page.url  # nothing opens before the second factor
    page.goto(f"{site.console}/account/2fa/totp/activate/")
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("input[name=code]").fill(code_of(secret))
    page.locator("input[name=code]").press("Enter")
    page.wait_for_url(lambda address: "activate" not in address)
    page.goto(f"{site.console}/staff/")
    assert page.get_by_role("row", name="dora@lantern.example").get_by_text("administrator").is_visible()
    assert page.goto(link).status == 404  # the link works once


def test_an_administrator_invites_and_the_link_is_shown_once(site, page, another_page):
    site.sign_in_staff(page, site.make_staff("administrator"))
    page.goto(f"{site.console}/staff/invite/")
    page.get_by_label("Their e-mail address").fill("erin@lantern.example")
    page.get_by_label("Case worker:").check()
    follow(page.get_by_role("button", name="Make the link"))
    link = page.get_by_label("The link, shown this once").input_value()
    join(another_page, link, "erin@lantern.example")
    assert "/account/2fa/" in another_page.url
    page.goto(f"{site.console}/staff/")
    assert "erin@lantern.example" in page.content()
    assert link not in page.content()


def test_roles_that_must_stay_apart_are_refused_in_words(site, page):
    site.sign_in_staff(page, site.make_staff("administrator"))
    page.goto(f"{site.console}/staff/invite/")
    page.get_by_label("Their e-mail address").fill("frank@lantern.example")
    page.get_by_label("Administrator:").check()
    page.get_by_label("Privacy officer:").check()
    follow(page.get_by_role("button", name="Make the link"))
    assert page.get_by_text("an administrator of accounts can have no role that sees cases").is_visible()


def test_an_account_without_membership_opens_nothing(site, page):
    site.sign_in(page, site.make_account("console"), "console")
    for path in ("/", "/verdicts/", "/account/2fa/"):
        assert page.goto(f"{site.console}{path}").status == 403


def test_a_password_alone_opens_nothing(site, page):
    colleague = site.make_staff("auditor")
    site.type_in(page, colleague.email, "console")
    page.goto(f"{site.console}/verdicts/")
    assert "/account/" in page.url  # the code is asked for, not the page shown
    assert page.locator("input[name=code]").is_visible()


def test_a_password_and_the_code_typed_in_open_the_desk(site, page):
    site.type_in_staff(page, site.make_staff("auditor"))
    assert page.goto(f"{site.console}/verdicts/").status == 200


def test_nobody_signs_up_at_the_console(site, page):
    assert page.goto(f"{site.console}/account/signup/").status == 404


def test_an_ended_account_is_shut_out_with_the_next_page(site, page, another_page):
    auditor = site.make_staff("auditor")
    site.sign_in_staff(page, auditor)
    assert page.goto(f"{site.console}/verdicts/").status == 200
    site.sign_in_staff(another_page, site.make_staff("administrator"))
    another_page.goto(f"{site.console}/staff/{auditor.ref}/")
    follow(another_page.get_by_role("button", name="End this account"))
    assert page.goto(f"{site.console}/verdicts/").status == 403
    with psycopg.connect(site.dsn) as connection:
        kept = connection.execute("SELECT ended_at FROM control.staff_member WHERE ref = %s", (auditor.ref,)).fetchone()
    assert kept[0] is not None  # the history still names them


def test_a_role_that_is_taken_away_is_gone_with_the_next_page(site, page, another_page):
    colleague = site.make_staff("auditor")
    site.sign_in_staff(page, colleague)
    site.sign_in_staff(another_page, site.make_staff("administrator"))
    another_page.goto(f"{site.console}/staff/{colleague.ref}/")
    another_page.get_by_label("Auditor:").uncheck()
    another_page.get_by_label("Support:").check()
    follow(another_page.get_by_role("button", name="Set these rights"))
    assert page.goto(f"{site.console}/verdicts/").status == 403


def test_a_token_is_shown_once_and_can_be_revoked(site, page):
    site.sign_in_staff(page, site.make_staff("administrator"))
    page.goto(f"{site.console}/programs/")
    page.get_by_label("Which program").fill("shop till")
    page.get_by_label("verdicts:read").check()
    follow(page.get_by_role("button", name="Make a token"))
    token = page.get_by_label("Token", exact=True).input_value()
    assert token.startswith("avow_")
    page.goto(f"{site.console}/programs/")
    assert token not in page.content()
    follow(page.get_by_role("button", name="Revoke shop till"))
    assert page.get_by_role("row", name="shop till").get_by_text("revoked").is_visible()


@pytest.mark.parametrize("path", ["/staff/", "/programs/"])
def test_an_administrator_sees_accounts_and_no_case(site, page, path):
    site.sign_in_staff(page, site.make_staff("administrator"))
    assert page.goto(f"{site.console}{path}").status == 200
    for closed in ("/queue/", "/verdicts/", "/ledger/", "/looks/"):
        assert page.goto(f"{site.console}{closed}").status == 403
