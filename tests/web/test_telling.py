"""A new version: the banner for whoever is signed in until they press that they have read of it, and its figures in the console."""

from __future__ import annotations

import psycopg
import pytest
from following import follow
from pages import find_barriers

NARROW = {"width": 390, "height": 844}
COMPANY = "Lantern Hosting"


@pytest.fixture
def told(site):
    """The version of the company is published from today on, and it was decided that it is told by page, banner and mail.
    Taken back afterwards, as only the owner of the tables can: other tests use the same desks."""
    with psycopg.connect(site.dsn, autocommit=True) as control:
        control.execute(
            "INSERT INTO control.policy_version (company, version, digest, published, reason, text)"
            " VALUES (%s, '2026-01', 'd', '2026-01-05', '', 'We keep it.') ON CONFLICT DO NOTHING",
            (COMPANY,),
        )
        control.execute(
            "INSERT INTO control.publication SELECT gen_random_uuid(), %s, '2026-01', '/privacy', current_date, now(), 'bob'",
            (COMPANY,),
        )
        control.execute(
            "INSERT INTO control.notice_decision (company, version, ways, ground, told_by, by_whom, at)"
            " VALUES (%s, '2026-01', '{page,banner,mail}', 'it allows more', current_date, 'bob', now())",
            (COMPANY,),
        )
    yield site
    with psycopg.connect(site.dsn, autocommit=True) as control:
        for table in ("publication", "notice_decision"):
            control.execute(f"ALTER TABLE control.{table} DISABLE TRIGGER USER")
            control.execute(f"DELETE FROM control.{table} WHERE company = %s", (COMPANY,))
            control.execute(f"ALTER TABLE control.{table} ENABLE TRIGGER USER")


def presses(site) -> int:
    with psycopg.connect(site.dsn) as control:
        return control.execute(
            "SELECT count(*) FROM control.notice_acknowledged WHERE company = %s", (COMPANY,)
        ).fetchone()[0]


def test_the_banner_stands_on_every_page_until_it_is_pressed_away_and_a_look_changes_nothing(told, plain_page):
    banner = plain_page.get_by_role("region", name="A new version of our privacy policy")
    plain_page.goto(told.centre)
    assert banner.count() == 0, "nobody is signed in"
    email = told.make_account("centre")
    told.sign_in(plain_page, email)
    plain_page.goto(f"{told.centre}/preferences/")
    assert banner.is_visible()
    plain_page.set_viewport_size(NARROW)
    before = presses(told)
    assert plain_page.request.get(f"{told.centre}/policy/2026-01/read/").status == 405
    assert presses(told) == before
    plain_page.goto(f"{told.centre}/preferences/")
    follow(plain_page.get_by_role("button", name="I have read of it"))
    assert plain_page.url.endswith("/preferences/")
    assert plain_page.get_by_role("status").inner_text() == "Noted: you have read of the new version."
    assert banner.count() == 0
    assert presses(told) == before + 1
    plain_page.goto(told.centre)
    assert banner.count() == 0


def test_the_banner_has_no_barrier_and_the_console_shows_how_many_pressed(told, page, another_page):
    told.sign_in(page, told.make_account("centre"))
    page.goto(f"{told.centre}/")
    assert page.get_by_role("button", name="I have read of it").is_visible()
    assert find_barriers(page) == []
    told.sign_in_staff(another_page, told.make_staff("auditor"))
    another_page.goto(f"{told.console}/notices/")
    assert another_page.get_by_text("it allows more").is_visible()
    assert another_page.get_by_role("columnheader", name="Acknowledged").is_visible()
    assert find_barriers(another_page) == []
    another_page.set_viewport_size(NARROW)
    assert find_barriers(another_page) == []
