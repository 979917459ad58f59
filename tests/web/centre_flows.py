"""Steps that tests of the privacy centre share: reading the mails in the outbox, and walking through the forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import psycopg
from following import follow
from playwright.sync_api import Page

from avow.app import open_desk
from avow.duties.rights.model import NOES, Actor, Contact, Wish
from avow.outbox.queue import open_message
from avow.sealing import get_key, open_company_keys

BOB, BEA = Actor("staff", "bob"), Actor("staff", "bea")
NOT_WRITTEN = "this company is small and has not written everything down"  # why an answer goes out that lacks a part
LAW = "eu"  # that of the company of these tests


@dataclass(frozen=True)
class Letter:
    to: str
    template: str
    subject: str
    text: str

    @property
    def code(self) -> str:
        found = re.search(r"\b[2-9A-HJKMNP-Z]{8}\b|\b[0-9A-Z]{3,4}-?[0-9A-Z]{3,4}\b", self.text)
        assert found, self.text
        return found[0]


def read_letters(site: Any, to: str = "") -> list[Letter]:
    """What stands in the outbox, oldest first; opened with the company's key, as the sender does."""
    keys = open_company_keys(site.project / ".avow" / "seal.key", create=False)
    with psycopg.connect(site.dsn) as connection:
        rows = connection.execute(
            "SELECT id, key_id, template, to_sealed, body_sealed FROM control.outbox WHERE kind = 'mail' ORDER BY made_at, id"
        ).fetchall()
        letters = []
        for message, key_id, template, to_sealed, body_sealed in rows:
            key = get_key(connection, keys.sealer, key_id)
            address, body = open_message(key, message, bytes(to_sealed), bytes(body_sealed))
            letters.append(Letter(address, template, body["subject"], body["text"]))
    return [letter for letter in letters if not to or letter.to == to]


def press(page: Page, name: str) -> None:
    follow(page.get_by_role("main").get_by_role("button", name=name, exact=True))


def choose_kind(page: Page, site: Any, kind: str) -> None:
    page.goto(f"{site.centre}/ask/?kind={kind}")
    press(page, "Continue")


def answer_about(page: Page, kind: str) -> None:
    """The second question, in the way that suits the kind."""
    if page.locator("input[name=purposes]").count():
        page.locator("input[name=purposes]").first.check()
    if page.locator("input[name=ground]").count():
        page.locator("input[name=ground]").first.check()
    if kind in ("rectification", "complaint", "question"):
        page.locator("textarea[name=text]").fill("My name is spelt with one l.")
    press(page, "Continue")


def ask_as_guest(page: Page, site: Any, kind: str, email: str) -> str:
    """Through the whole wizard to the confirmation; gives the reference. The date is seen before anything is sent."""
    choose_kind(page, site, kind)
    answer_about(page, kind)
    page.get_by_label("E-mail address").fill(email)
    press(page, "Continue")
    if page.get_by_label("Customer number").count():
        press(page, "Continue")
    check_before_sending(page)
    press(page, "Send")
    return read_reference(page)


def ask_and_show(page: Page, site: Any, kind: str, email: str) -> str:
    """A guest asks and, with the code from the mail, is the one who may see what comes of it; gives the reference."""
    reference = ask_as_guest(page, site, kind, email)
    if state_of(site, reference) == "identity":
        page.get_by_label("Code from our e-mail").fill(read_letters(site, email)[-1].code)
        press(page, "Confirm")
    else:
        show_code(page, site, reference, email)
    return reference


def check_before_sending(page: Page) -> None:
    assert page.get_by_role("heading", name="Check before you send").is_visible()
    shown = page.locator("main").inner_text()
    assert re.search(r"You have an answer by\s+\d{1,2} \w+ \d{4}", shown)
    assert "GDPR" in shown
    assert "What it costs" in shown
    assert "Showing that it is you" in shown


def read_reference(page: Page) -> str:
    reference = page.locator(".reference").first.inner_text()
    assert re.fullmatch(r"AV-[0-9A-Z]{4}-[0-9A-Z]{4}", reference)
    return reference


def count_requests(site: Any) -> int:
    with psycopg.connect(site.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM control.request").fetchone()
        assert row is not None
        return int(row[0])


def state_of(site: Any, reference: str) -> str:
    with psycopg.connect(site.dsn) as connection:
        row = connection.execute("SELECT state FROM control.request WHERE reference = %s", (reference,)).fetchone()
        assert row is not None
        return str(row[0])


def ask(page: Page, site: Any, kind: str) -> str:
    """Whoever is signed in asks; gives the reference."""
    choose_kind(page, site, kind)
    answer_about(page, kind)
    press(page, "Send")
    return read_reference(page)


def open_at_desk(site: Any, kind: str, email: str, account: bool = False) -> str:
    """A request of a guest, or of whoever holds the account of that address; gives its reference."""
    desk = open_desk(site.project, site.environ)
    actor, given = Actor("guest"), dict[str, Any]()
    try:
        if account:
            actor = Actor("person", find_account(site, email))
            given = {"subject": desk.bind_account(actor.ref, email), "account": actor.ref}  # as signing in does
        channel = "centre" if account else "guest_form"
        wish = Wish("please", purposes=("marketing.own",) if kind in NOES else ())
        return desk.open_request(kind, Contact(email), wish, channel, LAW, actor, **given).reference
    finally:
        desk.close()


def show_codes(site: Any, shown: Mapping[str, str]) -> list[dict[str, Any]]:
    """Reference -> address: a guest types in each code, in one browser that is not drawn; gives its cookies."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    for reference, email in shown.items():
        address = f"{site.centre}/requests/{reference}/code/"
        browser.open(address).close()
        token = next(one.value for one in jar if one.name == "centre_csrf")
        sent = {"code": read_letters(site, email)[-1].code, "csrfmiddlewaretoken": token}
        browser.open(address, urlencode(sent).encode()).close()
    return [{"name": one.name, "value": one.value or "", "url": site.centre} for one in jar]


def find_account(site: Any, email: str) -> str:
    with psycopg.connect(site.dsn) as connection:
        row = connection.execute("SELECT id FROM centre.accounts_user WHERE email = %s", (email,)).fetchone()
        assert row is not None
        return str(row[0])


def show_code(page: Page, site: Any, reference: str, email: str) -> None:
    """A guest in a browser that knows nothing yet: a code is sent to the address of the request and typed in."""
    page.goto(f"{site.centre}/requests/{reference}/code/")
    press(page, "Send me a code")
    page.get_by_label("Code from our e-mail").fill(read_letters(site, email)[-1].code)
    press(page, "Continue")


def settle(site: Any, *references: str) -> None:
    """Workers do what they can, and staff the rest, until the requests are done."""
    for _ in range(5):
        site.work()
        desk = open_desk(site.project, site.environ)
        try:
            found = [desk.get_request(desk.find_by_reference(reference).id) for reference in references]
            if all(one.state == "done" for one in found):
                return
            for one in found:
                _decide(desk, one)
        finally:
            desk.close()
    assert [state_of(site, reference) for reference in references] == ["done"] * len(references)


def _decide(desk: Any, found: Any) -> None:
    if found.state == "review":
        desk.approve(found.id, BOB, NOT_WRITTEN)
        if desk.get_request(found.id).state == "review":
            desk.approve(found.id, BEA, NOT_WRITTEN)
    for task in desk.tasks(request_id=found.id):
        outcome = "done" if task.step == "tell" else "nothing"
        desk.finish_task(task.id, outcome, "nothing was found there", b"a note", BOB)
