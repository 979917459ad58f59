"""Accounts: opened with an address shown to be one's own; signed in by password, passkey or provider; closed by erasure."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import psycopg
import pytest
from centre_flows import press, read_letters
from following import follow


@contextmanager
def a_provider():
    """An OpenID Connect provider in a process of its own: its libraries announce their own end as warnings."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = f"http://localhost:{port}"
    try:
        for _ in range(200):
            try:
                urlopen(f"{server}/.well-known/openid-configuration", timeout=2).close()
                break
            except (URLError, OSError):
                time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        process.wait(20)


PASSWORD = "walnut ferry orbit lantern"


def open_account(page, site, email, password=PASSWORD):
    page.goto(f"{site.centre}/account/signup/")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password1]").fill(password)
    page.locator("input[name=password2]").fill(password)
    press(page, "Open the account")


def is_signed_in(page, site):
    page.goto(site.centre)
    return page.get_by_role("button", name="Sign out").is_visible()


def test_an_account_is_opened_with_a_code_from_the_outbox(site, plain_page):
    open_account(plain_page, site, "new@customer.example")
    (letter,) = read_letters(site, "new@customer.example")
    assert "new@customer.example" not in letter.text
    plain_page.locator("input[name=code]").fill(letter.code)
    press(plain_page, "Confirm")
    assert is_signed_in(plain_page, site)


def test_before_the_code_nothing_is_open(site, page):
    open_account(page, site, "hasty@customer.example")
    assert not is_signed_in(page, site)


@pytest.mark.parametrize("password", ["short", "password1234", "qwertyuiop12"])
def test_a_poor_password_is_refused_with_its_reason(site, page, password):
    open_account(page, site, "weak@customer.example", password)
    assert page.locator(".wrong").first.is_visible()


def test_opening_an_account_with_a_known_address_says_nothing_about_it(site, page, another_page):
    known = site.make_account("centre")
    pages = []
    for window, email in ((page, known), (another_page, "unknown@customer.example")):
        open_account(window, site, email)
        pages.append((window.url.split("?")[0], window.locator("main").inner_text()))
    assert pages[0] == pages[1]
    assert "already" in read_letters(site, known)[-1].subject


def test_a_new_password_is_asked_for_without_telling_who_is_known(site, page, another_page):
    known = site.make_account("centre")
    pages = []
    for window, email in ((page, known), (another_page, "stranger@customer.example")):
        window.goto(f"{site.centre}/account/password/reset/")
        window.locator("input[name=email]").fill(email)
        press(window, "Send the link")
        pages.append(window.locator("main").inner_text())
    assert pages[0] == pages[1]
    link = re.search(r"https?://\S+", read_letters(site, known)[-1].text)
    assert link is not None
    page.goto(link[0])
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    press(page, "Keep this password")
    site.type_in(page, known, password=PASSWORD)
    assert is_signed_in(page, site)


def test_a_passkey_is_added_and_signs_in(site, page):
    email = site.make_account("centre")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    site.type_in(page, email)
    page.goto(f"{site.centre}/account/2fa/webauthn/add/")
    if page.locator("input[name=password]").count():
        page.locator("input[name=password]").fill("lantern orbit walnut ferry")
        press(page, "Confirm")
    page.locator("input[name=name]").fill("my telephone")
    if page.locator("input[name=passwordless]").count():
        page.locator("input[name=passwordless]").check()
    follow(page.locator("#mfa_webauthn_add"))
    page.wait_for_url(lambda address: "add" not in address)
    page.goto(f"{site.centre}/account/2fa/")
    follow(page.locator("a[href='/account/2fa/webauthn/']").get_by_text("See them"))
    assert page.get_by_text("my telephone").is_visible()
    page.goto(site.centre)
    follow(page.get_by_role("button", name="Sign out"))
    page.goto(f"{site.centre}/account/login/")
    follow(page.get_by_role("button", name="Sign in with a passkey"))
    page.wait_for_url(f"{site.centre}/")
    assert is_signed_in(page, site)


def test_somebody_signs_in_with_the_companys_own_provider(start_another_site, cluster, tmp_path, browser):
    page = browser.new_context(locale="en-GB").new_page()  # the provider's page loads what is not reachable here
    with a_provider() as server:
        more = f'[centre.oidc]\nname = "Lantern account"\nserver = "{server}"\nclient = "centre"\n'
        other = start_another_site(
            tmp_path / "project", cluster.create_database(), more, {"AVOW_CENTRE_OIDC_SECRET": "a secret"}
        )
        page.goto(f"{other.centre}/account/login/")
        press(page, "Sign in with Lantern account")
        page.locator("input[name=sub]").fill(f"person-{uuid.uuid4().hex[:6]}@customer.example")
        follow(page.get_by_role("button").first)
        page.wait_for_url(lambda address: address.startswith(other.centre))
        assert "That did not work" not in page.content()
        page.context.close()


def test_an_account_goes_with_its_person(site, page):
    email = site.make_account("centre")
    site.type_in(page, email)
    with psycopg.connect(site.dsn) as connection:
        row = connection.execute("SELECT id FROM centre.accounts_user WHERE email = %s", (email,)).fetchone()
        other = connection.execute("SELECT count(*) FROM centre.accounts_user WHERE email <> %s", (email,)).fetchone()
        subject = connection.execute(
            "SELECT subject FROM control.subject_identifier WHERE kind = 'account' ORDER BY changed_at DESC LIMIT 1"
        ).fetchone()
        assert row
        assert subject
        connection.execute("UPDATE control.subject SET erased_at = now() WHERE id = %s", subject)
    assert not is_signed_in(page, site)
    with psycopg.connect(site.dsn) as connection:
        left = connection.execute("SELECT count(*) FROM centre.accounts_user WHERE email = %s", (email,)).fetchone()
        addresses = connection.execute(
            "SELECT count(*) FROM centre.account_emailaddress WHERE email = %s", (email,)
        ).fetchone()
        kept = connection.execute("SELECT count(*) FROM centre.accounts_user WHERE email <> %s", (email,)).fetchone()
    assert (left, addresses, kept) == ((0,), (0,), other)
