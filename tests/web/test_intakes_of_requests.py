"""The same right by every way in: the centre, the guest form, mail, telephone, letter, portal ticket (typed by staff, or handed on
by the portal), the command and the API. Each is done in the store; nobody else's state changes."""

from __future__ import annotations

from contextlib import contextmanager

import psycopg
from centre_flows import answer_about, check_before_sending, choose_kind, press, read_letters, read_reference
from console_steps import enter
from following import follow
from test_console_permissions import call, make_token

import avow.app
from avow.duties.rights.model import Actor

BOB = Actor("staff", "bob")
FIRST = 150  # people of the store whom no other test takes
LABELS = {"email": "e-mail", "phone": "telephone", "letter": "letter", "portal_ticket": "ticket in our portal"}


def mail_of(number):
    return f"person{number}@customer.example"


def by_centre(site, page, number):
    site.sign_in(page, site.make_account("centre", mail_of(number)))
    choose_kind(page, site, "restriction")
    answer_about(page, "restriction")
    check_before_sending(page)
    press(page, "Send")
    return read_reference(page)


def by_guest_form(site, page, number):
    page.context.clear_cookies()
    choose_kind(page, site, "restriction")
    answer_about(page, "restriction")
    page.get_by_label("E-mail address").fill(mail_of(number))
    press(page, "Continue")
    press(page, "Continue")
    check_before_sending(page)
    press(page, "Send")
    return read_reference(page)


def by_command(site, page, number):
    done = site.avow("request", "open", "restriction", "--email", mail_of(number), "--law", "eu")
    assert done.returncode == 0, done.stderr
    return done.stdout.split(":")[0]


def by_api(site, page, number, **more):
    body = {"kind": "restriction", "contact": {"email": mail_of(number)}, "jurisdiction": "eu", **more}
    status, made = call(site, "POST", "/api/requests", make_token(site, "requests:write"), body)
    assert status == 201, made
    return made["reference"]


def by_ticket_of_the_portal(site, page, number):
    wish = {"text": "Ticket 4711: please stop using my data while we argue."}
    return by_api(site, page, number, channel="portal_ticket", wish=wish)


def typed_by_staff(channel):
    def ask(site, page, number):
        if "/entered/" not in page.url:  # the one who typed in the last one types in this one as well
            page.context.clear_cookies()
            site.sign_in_staff(page, site.make_staff("support"))
        return enter(site, page, "restriction", number, channel=LABELS[channel])

    return ask


WAYS = (
    ("centre", by_centre),
    ("guest_form", by_guest_form),
    *((channel, typed_by_staff(channel)) for channel in LABELS),
    ("portal_ticket", by_ticket_of_the_portal),
    ("cli", by_command),
    ("api", by_api),
)


@contextmanager
def opened(site):
    desk = avow.app.open_desk(site.project, site.environ, prepare=False, size=2)
    try:
        yield desk
    finally:
        desk.close()


def show_who(site, page, reference, number):
    """The code that went to the address, typed in on the page that the mail links to."""
    page.context.clear_cookies()
    page.goto(f"{site.centre}/requests/{reference}/code/")
    page.get_by_label("Code from our e-mail").fill(read_letters(site, mail_of(number))[-1].code)
    press(page, "Continue")
    assert page.get_by_text(reference).first.is_visible()


def finish(site, desk, references):
    """Workers, and whoever does by hand what no machine does, until nothing is left."""
    for _ in range(4):
        site.work()
        ids = {desk.find_by_reference(reference).id for reference in references}
        left = [task for task in desk.tasks() if task.request in ids]
        for task in left:
            outcome = "done" if task.step == "tell" else "nothing"
            desk.finish_task(task.id, outcome, "looked", b"nothing in the mailbox", BOB)
        if not left:
            return


def restricted(site):
    """The people whose data is not to be used, by their number in the store."""
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as store:
        known = dict(store.execute("SELECT email, id FROM people").fetchall())
    with opened(site) as desk:
        found = {number: desk.person_of(mail) for mail, number in known.items() if FIRST <= number < FIRST + 12}
        return {number for number, one in found.items() if one and desk.choices(one).marks.get("restricted")}


def test_each_way_in_leads_to_the_same_end(site, page):
    asked = {}
    for number, (channel, ask) in enumerate(WAYS, FIRST):
        asked[ask(site, page, number)] = (number, channel)
    for reference, (number, channel) in asked.items():
        if channel != "centre":  # who is signed in has shown who they are
            show_who(site, page, reference, number)
    with opened(site) as desk:
        finish(site, desk, asked)
        ended = {reference: desk.find_by_reference(reference) for reference in asked}
    assert {ended[reference].channel for reference in asked} >= {channel for channel, _ in WAYS}
    assert [(one.reference, one.channel, one.state) for one in ended.values() if one.state != "done"] == []
    assert [asked[one.reference][1] for one in ended.values()] == [one.channel for one in ended.values()]
    assert restricted(site) == {number for number, _ in asked.values()}  # and nobody else


def test_a_ticket_without_an_address_waits_for_a_person_and_never_for_a_page_that_nobody_has_open(site, page):
    body = {"kind": "access", "contact": {"phone": "+44 7700 900199"}, "channel": "portal_ticket"}
    status, made = call(site, "POST", "/api/requests", make_token(site, "requests:write"), body)
    assert (status, made["channel"], made["state"], made["identity_needed"]) == (
        201,
        "portal_ticket",
        "review",
        "facts",
    )
    site.sign_in_staff(page, site.make_staff("case_worker"))
    page.goto(f"{site.console}/cases/{made['reference']}/person/")
    page.get_by_text("Identity: ask, or record").click()
    follow(page.get_by_role("button", name="They showed it"))
    assert page.get_by_text("Recorded: they showed who they are.").is_visible()


def test_a_program_may_not_say_that_something_came_by_another_way(site):
    body = {"kind": "access", "contact": {"email": "x@elsewhere.example"}, "channel": "centre"}
    assert call(site, "POST", "/api/requests", make_token(site, "requests:write"), body)[0] == 422
