"""The register in the console, and whence staff may see people's data: the office, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parent))
from following import follow
from pages import find_barriers

from conftest import start_site, stop_site

PLACES = """
[places]
avow = "uk"
staff = ["uk"]
[places.networks]
uk = ["198.51.100.0/24"]
"""
EMERGENCY = """
INSERT INTO control.disclosure (id, company, at, state, recipient, entity, kind, place, purpose, ground, channel, data, people,
    asked_by, review_due_at)
VALUES (%s, 'Lantern Hosting', now(), 'delivered', 'ambulance', 'Harbour Ambulance', 'authority.government', 'uk', '', 'emergency',
    'file', '{contact.phone}', 1, 'charlie', now() - interval '1 hour')
"""


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    servers = sys.modules["avow_test_servers"]
    server = servers.Server(*max(servers.find_versions().items()))
    cluster = servers.Cluster(server.dsn, server.version)
    site = start_site(tmp_path_factory.mktemp("placed"), cluster.create_database(), PLACES)
    try:
        yield site
    finally:
        stop_site(site)
        server.stop()


def open_from(browser: Browser, address: str, width: int = 1280) -> Page:
    """A window whose requests come, as the proxy of this machine says, from `address`."""
    context = browser.new_context(
        extra_http_headers={"X-Forwarded-For": f"10.0.0.1, {address}"}, viewport={"width": width, "height": 900}
    )
    return context.new_page()


def test_staff_elsewhere_see_the_queue_and_nobodys_data_and_the_attempt_is_on_record(
    placed: Any, browser: Browser
) -> None:
    colleague = placed.make_staff("privacy_officer")
    office, abroad = open_from(browser, "198.51.100.7"), open_from(browser, "192.0.2.1")
    placed.sign_in_staff(office, colleague)
    abroad.context.add_cookies(office.context.cookies())
    person = f"{placed.console}/cases/AV-0000-0000/person/"
    assert office.goto(person).status == 404  # let in: there is no such case
    assert abroad.goto(f"{placed.console}/queue/").status == 200
    refused = abroad.goto(person)
    assert refused.status == 403
    assert abroad.get_by_role("heading", name="Not from here").is_visible()
    with psycopg.connect(placed.dsn) as connection:
        lines = connection.execute(
            "SELECT asked_by FROM control.disclosure WHERE codes = '{disclosure.staff-elsewhere}'"
        ).fetchall()
    assert lines == [(colleague.ref,)]


@pytest.mark.parametrize("width", [1280, 390])
def test_an_officer_judges_an_emergency_and_sees_no_barrier(placed: Any, browser: Browser, width: int) -> None:
    made = uuid4()
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(EMERGENCY, [made])
    page = open_from(browser, "198.51.100.7", width)
    placed.sign_in_staff(page, placed.make_staff("privacy_officer"))
    for path in ("/disclosures/?state=refused", "/places/", "/disclosures/"):
        page.goto(f"{placed.console}{path}")
        assert find_barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    follow(page.get_by_role("button", name="It should not have gone").first)
    assert page.get_by_text("Your judgement is on record.").is_visible()
    with psycopg.connect(placed.dsn) as connection:
        (judged,) = connection.execute("SELECT review FROM control.disclosure WHERE id = %s", [made]).fetchone() or (
            "",
        )
    assert judged == "not_justified"
