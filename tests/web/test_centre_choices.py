"""Choices in the privacy centre: the link of a message, by a mail program and by a person; preferences with receipts."""

from __future__ import annotations

import hashlib
import json
import urllib.request
import uuid
from urllib.parse import urlencode

import psycopg
import pytest
from following import follow


@pytest.fixture
def link(site) -> str:
    """The link of a message about marketing.own that a campaign sent to Alice; gives its path."""
    token = uuid.uuid4().hex
    with psycopg.connect(site.dsn) as connection:
        subject, key, campaign = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
        connection.execute("INSERT INTO control.seal_key (id) VALUES (%s)", (key,))
        connection.execute(
            "INSERT INTO control.subject (id, company, key_id) VALUES (%s, 'Lantern Hosting', %s)", (subject, key)
        )
        connection.execute(
            "INSERT INTO control.campaign"
            " VALUES (%s, 'Lantern Hosting', 'marketing.own', 'spring', 's', 'b', 'sent', 'bob', now(), 1)",
            (campaign,),
        )
        connection.execute(
            "INSERT INTO control.campaign_send VALUES (%s, %s, 'Lantern Hosting', %s, 'a', 'put', '', %s, now())",
            (uuid.uuid4(), campaign, subject, hashlib.sha256(token.encode()).digest()),
        )
    return f"/no/{token}/"


def said(site, link: str) -> list[tuple[str, str, str]]:
    digest = hashlib.sha256(link.split("/")[2].encode()).digest()
    with psycopg.connect(site.dsn) as connection:
        return connection.execute(
            "SELECT c.purpose, c.outcome, c.method FROM control.consent c JOIN control.campaign_send s ON s.subject = c.subject"
            " WHERE s.token_digest = %s ORDER BY 1",
            (digest,),
        ).fetchall()


def post(address: str, **values: str) -> tuple[int, str]:
    """As a mail program does: no cookie, no token of a form, redirects not followed."""
    request = urllib.request.Request(address, urlencode(values).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, answer.geturl()


def test_a_mail_program_says_no_with_one_post_and_a_scanner_that_looks_says_nothing(site, link):
    address = site.centre + link
    with urllib.request.urlopen(address, timeout=20) as looked:
        assert looked.status == 200
    assert said(site, link) == []
    assert post(address, **{"List-Unsubscribe": "One-Click"}) == (200, address)
    assert said(site, link) == [("marketing.own", "withdrawn", "one-click")]
    assert post(address, **{"List-Unsubscribe": "One-Click"})[0] == 200
    assert len(said(site, link)) == 1
    unknown = site.centre + "/no/somebody-guesses/"
    assert post(unknown, **{"List-Unsubscribe": "One-Click"}) == (200, unknown)


def test_a_person_says_no_on_a_plain_page_without_signing_in(site, link, plain_page):
    plain_page.goto(site.centre + link)
    assert "marketing of own products" in plain_page.inner_text("main").lower()
    assert said(site, link) == []
    follow(plain_page.get_by_role("button", name="Stop messages of this kind"))
    assert "You get no more messages of this kind" in plain_page.inner_text("main")
    assert said(site, link) == [("marketing.own", "withdrawn", "link")]


def test_somebody_who_is_signed_in_chooses_by_use_and_way_and_keeps_a_receipt(site, page):
    site.sign_in(page, site.make_account("centre"))
    page.goto(f"{site.centre}/preferences/")
    page.locator("input[name='marketing.own:phone']").uncheck()
    follow(page.get_by_role("button", name="Save"))
    assert "It counts from now on" in page.inner_text("body")
    assert page.locator("input[name='marketing.own:email']").is_checked()
    assert not page.locator("input[name='marketing.own:phone']").is_checked()
    for way in ("email", "post"):
        page.locator(f"input[name='marketing.own:{way}']").uncheck()
    follow(page.get_by_role("button", name="Save"))
    assert "You said no." in page.inner_text("main")
    site.work()
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="Receipt").first.click()
    receipt = json.loads(download.value.path().read_text())
    assert receipt["receipt"]["event"]["state"] == "withdrawn"
    assert receipt["receipt"]["processing"]["purpose"] == "marketing.own"
    other = page.context.browser.new_context()
    stranger = other.new_page()
    site.sign_in(stranger, site.make_account("centre"))
    answer = stranger.request.get(f"{site.centre}/preferences/{receipt['receipt']['record_id']}.json")
    assert answer.status == 404
    other.close()
