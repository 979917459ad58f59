"""Every kind of request that came on paper, by a call or by mail is entered by the form; and by the command, with its own day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from following import follow

from avow.duties.rights.model import KINDS, NOES

CAME = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=9)
MARKETING = "Marketing of own products"
NUMBERS = iter(range(90))
EXPECTED = {kind: ("finding", "none") for kind in NOES} | {
    kind: ("review", "none") for kind in ("complaint", "question")
}


def fill(site, page, kind, **boxes):
    """The form, filled in but for what `boxes` name; gives the address of the asker."""
    email = f"letter{next(NUMBERS)}-{kind}@elsewhere.example"
    page.goto(f"{site.console}/enter/")
    page.get_by_label("letter", exact=True).check()
    page.get_by_label("The day on which it came").fill(CAME.date().isoformat())
    page.get_by_label("What they ask for").select_option(kind)
    page.get_by_label("Which law applies").select_option("eu")
    page.get_by_label("Their e-mail address").fill(email)
    page.get_by_label("Their own words").fill("please do what the law says")
    for label, value in boxes.items():
        page.get_by_label(label).check() if value is True else page.get_by_label(label).fill(value)
    return email


def send(page):
    follow(page.get_by_role("button", name="Continue"))
    shown = page.locator("main").inner_text()
    follow(page.get_by_role("button", name="Enter the request"))
    return page.locator(".reference").inner_text(), shown


def row_of(site, reference, columns="state, identity_needed, channel, received_at, scope"):
    with psycopg.connect(site.dsn) as connection:
        return connection.execute(
            f"SELECT {columns} FROM control.request WHERE reference = %s", (reference,)
        ).fetchone()


def test_each_kind_is_entered_by_the_form_and_its_clock_runs_from_the_day_on_which_it_came(site, page):
    site.sign_in_staff(page, site.make_staff("support"))
    for kind in KINDS:
        fill(site, page, kind, **({MARKETING: True} if kind in NOES else {}))
        reference, shown = send(page)
        state, needed, channel, received, scope = row_of(site, reference)
        assert (state, needed) == EXPECTED.get(kind, ("identity", "code")), kind
        assert (channel, received) == ("letter", CAME)
        assert bool(scope) == (kind in NOES)
        due = row_of(site, reference, "due_at")[0]
        assert f"that is by {due.day} {due:%B} {due:%Y}" in shown  # seen before it was entered
        assert due < CAME + timedelta(days=32)


@pytest.mark.parametrize("kind", NOES)
def test_no_more_advertising_is_entered_as_that_and_asks_nobody_who_they_are(site, page, kind):
    site.sign_in_staff(page, site.make_staff("support"))
    email = fill(site, page, kind, **{MARKETING: True, "The reasons that they give": "too much of it"})
    reference, shown = send(page)
    assert "nothing is asked" in shown
    assert MARKETING in shown
    assert row_of(site, reference)[:2] == ("finding", "none")
    assert row_of(site, reference, "scope")[0] == ["marketing.own"]
    with psycopg.connect(site.dsn) as connection:
        sent = connection.execute(
            "SELECT template FROM control.outbox o JOIN control.request r ON r.id = o.request WHERE reference = %s",
            (reference,),
        ).fetchall()
    assert (f"received-{kind}",) in sent
    assert ("code",) not in sent
    assert email not in page.url


@pytest.mark.parametrize("kind", NOES)
def test_a_no_without_a_use_is_asked_what_it_is_about_and_nothing_is_entered(site, page, kind):
    site.sign_in_staff(page, site.make_staff("support"))
    fill(site, page, kind)
    follow(page.get_by_role("button", name="Continue"))
    assert page.get_by_text("Say which uses it is about.").is_visible()
    assert page.get_by_role("button", name="Enter the request").count() == 0


def test_reasons_stand_in_the_case(site, page, another_page):
    site.sign_in_staff(page, site.make_staff("support"))
    fill(site, page, "restriction", **{"The reasons that they give": "the invoice is disputed"})
    reference, _ = send(page)
    site.sign_in_staff(another_page, site.make_staff("case_worker"))
    another_page.goto(f"{site.console}/cases/{reference}/person/")
    assert another_page.get_by_text("the invoice is disputed").is_visible()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_entered_by_the_command_from_the_day_on_which_it_came(site, kind):
    words = ["--purpose", "marketing.own"] if kind in NOES else []
    received = ["--received", CAME.date().isoformat(), "--channel", "letter", "--law", "eu"]
    done = site.avow("request", "open", kind, "--email", f"cli-{kind}@elsewhere.example", *received, *words)
    assert done.returncode == 0, done.stderr
    reference = done.stdout.split(":")[0]
    state, needed, channel, at, _scope = row_of(site, reference)
    assert (channel, at) == ("letter", CAME)
    assert f"due {row_of(site, reference, 'due_at')[0]:%Y-%m-%d}" in done.stdout
    assert needed == ("none" if kind in (*NOES, "complaint", "question") else "code")
    assert state in ("identity", "finding", "review")


@pytest.mark.parametrize(("day", "why"), [("2199-01-01", "still to come"), ("yesterday", "written as")])
def test_a_day_to_come_or_no_day_is_refused_by_the_command(site, day, why):
    done = site.avow("request", "open", "access", "--email", "nobody@elsewhere.example", "--received", day)
    assert done.returncode == 2
    assert why in done.stderr
