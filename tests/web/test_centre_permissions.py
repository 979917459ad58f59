"""Who may open what in the privacy centre: every kind of visitor at every address, looking (GET) and doing (POST).

`MAY` says who is let in, and is proven complete over the address list: an address that stands nowhere fails here. Whoever is not
let in sees the same as for a reference that nobody has, and whatever they send changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import pytest
from centre_flows import ask_as_guest, show_code
from pages import list_addresses

addresses = partial(list_addresses, "centre")

# who: a stranger; charlie, who has an account; a colleague with the console's cookie; whoever sent the request from this browser;
# whoever showed the code of its e-mail; alice, who asked from her account
ANYBODY = {"stranger", "charlie", "colleague", "sender", "shown", "alice"}
ACCOUNT = {"charlie", "alice"}
SENT = {"sender", "shown", "alice"}
SHOWN = {"shown", "alice"}
NOBODY: set[str] = set()

# address -> (who may look, who may do). Not a page to look at, or nothing to do there: NOBODY
MAY: dict[str, tuple[set[str], set[str]]] = {
    "home": (ANYBODY, NOBODY),
    "contact": (ANYBODY, NOBODY),
    "account": (ACCOUNT, NOBODY),
    "ask": (ANYBODY, ANYBODY),
    "ask_step": (ANYBODY, ANYBODY),
    "ask_check": (ANYBODY, ANYBODY),
    "stop_marketing": (ANYBODY, ANYBODY),
    "preferences": (ACCOUNT, ACCOUNT),
    "receipt": (NOBODY, NOBODY),  # of somebody else: its own test has the owner
    "say_no": (ANYBODY, ANYBODY),  # the link itself is the secret; one that nobody was sent does nothing
    "follow": (ANYBODY, ANYBODY),
    "requests": (ACCOUNT, NOBODY),
    "request": (SENT, NOBODY),
    "request_sent": (SENT, NOBODY),
    "request_code": (ANYBODY, ANYBODY),
    "request_resend": (NOBODY, ANYBODY),  # the code goes to the address of the request, whoever asks
    "request_message": (NOBODY, SENT),
    "request_withdraw": (SENT, SENT),
    "request_contest": (SHOWN, SHOWN),
    "request_fee": (NOBODY, SENT),
    "request_facts": (NOBODY, SENT),
    "request_document": (NOBODY, NOBODY),  # only while staff asks for one: test_naming_and_papers.py has that
    "request_confirm": ({"alice"}, {"alice"}),  # a guest has no password to show
    "answer": (SHOWN, NOBODY),
    "answer_again": (NOBODY, SHOWN),
    "answer_file": (SHOWN, NOBODY),
    "certificate": (
        {"shown"},
        NOBODY,
    ),  # of the guest's erasure: alice's goes with her account, in test_centre_answers.py
    "certificate_file": ({"shown"}, NOBODY),
    "recipients": (ACCOUNT, NOBODY),
    "sources": (ACCOUNT, NOBODY),
    "keeping": (ACCOUNT, NOBODY),
    "looks": (ACCOUNT, NOBODY),
    "correct": (ACCOUNT, ACCOUNT),
    "correct_item": ({"alice"}, {"alice"}),  # the first value of her own answer; nobody else has an answer
    "figures": (ANYBODY, NOBODY),
    "policy": (ANYBODY, NOBODY),
    "policy_version": (ANYBODY, NOBODY),
    "policy_changes": (ANYBODY, NOBODY),
    "policy_read": (NOBODY, NOBODY),  # no version is told by a banner: test_telling.py has one that is
    "sign_on": (NOBODY, NOBODY),  # without a signed link: test_centre_portal.py has signed ones
    "published": (NOBODY, NOBODY),  # nothing stands at an address that no version named
    "health": (ANYBODY, ANYBODY),
    "set_language": (ANYBODY, ANYBODY),  # looking leads home and changes nothing
}

# What allauth brings, by who is let in. A page for guests sends whoever is signed in home, which lets them nowhere.
SIGNING_IN = {
    "account_login",
    "account_signup",
    "account_logout",
    "account_inactive",
    "account_email_verification_sent",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_login_code",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
    "account/social/login/cancelled/",
    "account/social/login/error/",
    "account/social/signup/",
    "openid_connect_login",
    "openid_connect_callback",
}
OF_AN_ACCOUNT = {
    "account_reauthenticate",
    "account_email",
    "account_change_password",
    "account_set_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    "socialaccount_connections",
    "account/social/connections/",
}
FILLED = {
    "step": "about",
    "consent": "00000000-0000-4000-8000-000000000000",
    "token": "a-link-that-nobody-was-sent",
    "name": "data.json",
    "number": "1",
    "version": "2026-01",
    "place": "an-address-that-no-version-named",
    "pk": "1",
    "provider_id": "nobody",
    "uidb36": "1",
    "key": "guess",
}
UNPROTECTED = {"say_no", "sign_on"}  # taken without a token: a mail program and the company's portal have none
NOBODYS = "AV-2222-2222"


def test_every_address_stands_in_exactly_one_table():
    listed = [*MAY, *SIGNING_IN, *OF_AN_ACCOUNT]
    assert sorted(listed) == sorted(set(listed))
    assert set(addresses()["names"]) == set(listed)


@dataclass(frozen=True)
class Visitor:
    """A browser of somebody, and the requests that are tried in it: one with an answer, one with a certificate."""

    name: str
    context: Any
    access: str
    erasure: str

    def path_of(self, name: str, reference: str = "") -> str:
        """`reference` in place of that of the visitor's own requests."""
        own = self.erasure if name.startswith("certificate") else self.access
        filled = re.sub(r"\(\?P<(\w+)>.+?\)", r"<\1>", addresses()["paths"][name]).replace("^", "").replace("$", "")
        values = FILLED | {"reference": reference or own}
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], filled)

    def send(self, site: Any, name: str, method: str, reference: str = "", token: bool = True) -> Any:
        headers = {}
        if method == "POST" and token:
            cookies = {one["name"]: one["value"] for one in self.context.cookies(site.centre)}
            headers = {"Origin": site.centre, "X-CSRFToken": cookies["centre_csrf"]}
        address = site.centre + self.path_of(name, reference)
        return self.context.request.fetch(address, method=method, max_redirects=0, headers=headers)

    def may(self, name: str, method: str) -> bool:
        return self.name in MAY[name][method == "POST"]


@pytest.fixture(scope="module")
def visitors(site, settled, browser):
    """Everybody, in a browser of their own."""
    contexts = {name: browser.new_context(locale="en-GB") for name in sorted(ANYBODY)}
    pages = {name: context.new_page() for name, context in contexts.items()}
    sent = ask_as_guest(pages["sender"], site, "erasure", "sender@elsewhere.example")
    contexts["shown"].add_cookies(settled.cookies)
    show_code(
        pages["shown"], site, settled.access, settled.guests[0]
    )  # a download asks for one of this quarter of an hour
    site.sign_in(pages["alice"], settled.account)
    site.sign_in(pages["charlie"], site.make_account("centre"))
    site.sign_in_staff(pages["colleague"], site.make_staff("privacy_officer"))
    session = next(c["value"] for c in contexts["colleague"].cookies() if c["name"] == "console_session")
    contexts["colleague"].add_cookies([{"name": "centre_session", "value": session, "url": site.centre}])
    for page in pages.values():
        page.goto(f"{site.centre}/stop-marketing/")  # a page with a form sets the cookie against forged requests
    own = {"alice": settled.own, "sender": sent}
    yield {n: Visitor(n, c, own.get(n, settled.access), settled.erasure) for n, c in contexts.items()}
    for context in contexts.values():
        context.close()


def is_let_in(name, answer):
    """Through the gate. Somebody who has to sign in, or to show a code, first, is not."""
    where = answer.headers.get("location", "")
    elsewhere = "/account/login/" in where or (name == "requests" and where == "/follow/")
    if name != "request_resend":
        elsewhere |= where.endswith("/code/")
    return answer.status in (200, 204, 302, 422) and not elsewhere


def see(answer, reference):
    """What is seen of an answer, but for what differs each time: tokens against forged requests, and the reference itself."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.text())
    return answer.status, answer.headers.get("location", "").replace(reference, "REF"), text.replace(reference, "REF")


def read_everything(site):
    """Every row that control and the centre hold, but for sessions: table -> digest."""
    with psycopg.connect(site.dsn) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('control', 'centre') AND tablename <> 'django_session'"
        ).fetchall()
        query = "SELECT count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {} t"
        return {table: connection.execute(query.format(table)).fetchone() for (table,) in tables}


@pytest.mark.parametrize("name", sorted(ANYBODY))
def test_a_visitor_opens_what_the_table_says_and_whatever_else_they_send_changes_nothing(site, visitors, name):
    visitor = visitors[name]
    before = read_everything(site)
    refused = [(a, m) for a in MAY for m in ("GET", "POST") if not visitor.may(a, m)]
    wrong = [(a, m, got.status) for a, m in refused if is_let_in(a, got := visitor.send(site, a, m))]
    assert wrong == []
    assert read_everything(site) == before
    allowed = [(a, m) for a in MAY for m in ("GET", "POST") if visitor.may(a, m)]
    wrong = [(a, m, got.status) for a, m in allowed if not is_let_in(a, got := visitor.send(site, a, m))]
    assert wrong == []


@pytest.mark.parametrize("name", ["stranger", "charlie", "colleague"])
def test_a_request_of_somebody_else_looks_like_one_that_does_not_exist(site, visitors, name):
    visitor = visitors[name]
    for address in (each for each, path in addresses()["paths"].items() if "<slug:reference>" in path):
        for method in ("GET", "POST"):
            own = visitor.access if address not in ("certificate", "certificate_file") else visitor.erasure
            theirs = see(visitor.send(site, address, method), own)
            assert theirs == see(visitor.send(site, address, method, NOBODYS), NOBODYS), (address, method)
            visitor.send(site, "home", "GET")  # shows, and so uses up, what was said of a code on its way


def test_nothing_is_done_for_alice_without_the_token_of_a_form_that_she_saw(site, visitors):
    before = read_everything(site)
    sent = {name: visitors["alice"].send(site, name, "POST", token=False).status for name in MAY}
    assert {name for name, status in sent.items() if status != 403} <= UNPROTECTED
    assert read_everything(site) == before


@pytest.mark.parametrize("name", ["stranger", "colleague", "sender", "shown"])
def test_pages_of_an_account_send_whoever_is_not_signed_in_to_sign_in(site, visitors, name):
    for address in sorted(OF_AN_ACCOUNT):
        for method in ("GET", "POST"):
            got = visitors[name].send(site, address, method)
            where = got.headers.get("location", "/account/login/")
            assert got.status in (301, 302, 404), address  # 301: an old address of the next
            assert "/account/login/" in where or where == "/account/3rdparty/", (address, method)


def test_no_way_of_signing_in_lets_a_stranger_in_who_shows_nothing(site, visitors):
    stranger = visitors["stranger"]
    for address in sorted(SIGNING_IN):
        for method in ("GET", "POST"):
            assert stranger.send(site, address, method).status < 500, (address, method)
    assert stranger.send(site, "account", "GET").headers["location"].startswith("/account/login/")


def test_alice_opens_every_page_of_her_account(site, visitors):
    for address in sorted(OF_AN_ACCOUNT):
        got = visitors["alice"].send(site, address, "GET")
        assert got.status in (200, 301, 302, 404), address
        assert "/account/login/" not in got.headers.get("location", ""), address
