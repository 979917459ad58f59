"""What a guest names besides an address, and the paper that shows who they are: from the centre's forms to the decision of staff.
And the portal, which tells the API what it changed."""

from __future__ import annotations

from uuid import uuid4

import psycopg
from centre_flows import answer_about, choose_kind, press, read_letters, read_reference
from centre_flows import state_of as stored_state
from console_steps import enter, finish_tasks, hand_out, state_of
from following import follow
from pages import find_barriers
from test_console_permissions import call, make_token


def in_store(site, statement, *values):
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as connection:
        connection.execute(statement, values)


def in_control(site, query, *values):
    with psycopg.connect(site.dsn) as connection:
        return connection.execute(query, values).fetchall()


def test_a_cookie_that_a_guest_names_is_answered_once_staff_has_said_that_it_is_theirs(site, page, another_page):
    cookie, email = f"ck-{uuid4().hex[:8]}", f"walker-{uuid4().hex[:6]}@elsewhere.example"
    in_store(site, "INSERT INTO tickets (body) VALUES (%s)", f"the browser {cookie} could not pay")
    choose_kind(page, site, "access")
    answer_about(page, "access")
    page.get_by_label("E-mail address").fill(email)
    press(page, "Continue")
    page.get_by_label("Cookie number").fill(cookie)
    page.get_by_label("Internet (IP) address").fill("192.0.2.7")
    press(page, "Continue")
    assert page.get_by_text("Say from when to when the address was yours.").is_visible()
    page.get_by_label("Had that address from").fill("2026-01-01T09:00")
    page.get_by_label("Had that address until").fill("2026-01-01T10:30")
    assert find_barriers(page) == []
    press(page, "Continue")
    shown = page.locator("main").inner_text()
    assert cookie in shown
    assert "192.0.2.7 (2026-01-01 09:00 – 2026-01-01 10:30 UTC)" in shown
    press(page, "Send")
    reference = read_reference(page)
    page.get_by_label("Code from our e-mail").fill(read_letters(site, email)[-1].code)
    press(page, "Confirm")
    site.work()
    page.goto(f"{site.centre}/requests/{reference}/")
    assert page.get_by_text("A person is looking at it").first.is_visible()
    assert cookie not in page.content()
    site.sign_in_staff(another_page, site.make_staff("privacy_officer"))
    another_page.goto(f"{site.console}/cases/{reference}/person/")
    cards = another_page.get_by_role("region", name=cookie)
    assert cards.get_by_text("main public.tickets.body: 1").is_visible()
    assert find_barriers(another_page) == []
    cards.get_by_label("How you know").fill("told what the browser was doing")
    follow(cards.get_by_role("button", name="This person's", exact=True))
    assert another_page.get_by_text("It is this person's: what it leads to is theirs.").is_visible()
    another_page.goto(f"{site.console}/cases/{reference}/answer/")
    hand_out(another_page)
    for _ in range(2):
        site.work()
        finish_tasks(site, another_page, reference)
        another_page.goto(f"{site.console}/cases/{reference}/answer/")
        if another_page.get_by_role("button", name="Approve: hand it out").count():
            hand_out(another_page)  # what an answer lacks is agreed to once it is there
    site.work()
    page.goto(f"{site.centre}/requests/{reference}/")
    follow(page.get_by_role("link", name="Open the answer"))
    assert page.get_by_text("data.json").first.is_visible()


def test_staff_and_the_command_line_write_down_what_was_named(site, page):
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    named = {"Cookie number": "ck-by-letter", "Internet (IP) address": "192.0.2.9"}
    times = {"Had that address from (UTC)": "2026-01-02T09:00", "Had that address until (UTC)": "2026-01-02T10:00"}
    reference = enter(site, page, "access", 199, **named, **times)
    page.goto(f"{site.console}/cases/{reference}/person/")
    assert page.get_by_text("ck-by-letter").first.is_visible()
    assert page.get_by_text("192.0.2.9 2026-01-02T09:00Z/2026-01-02T10:00Z").first.is_visible()
    said = [
        "request",
        "open",
        "access",
        "--email",
        "cli@elsewhere.example",
        "--channel",
        "phone",
        "--named",
        "cookie=ck-by-phone",
        "--named",
    ]
    for last, code in (("ip=192.0.2.9", 2), ("ip=192.0.2.9 2026-01-02T09:00Z/2026-01-02T10:00Z", 0)):
        done = site.avow(*said, last)
        assert done.returncode == code, done.stderr
    page.goto(f"{site.console}/cases/{done.stdout.split(':')[0]}/person/")
    assert page.get_by_text("ck-by-phone").first.is_visible()


def test_a_paper_is_sent_looked_at_and_gone(site, page, another_page):
    choose_kind(page, site, "access")
    answer_about(page, "access")
    page.get_by_label("Postal address").fill("1 Lamp Street, London")
    press(page, "Continue")
    press(page, "Continue")
    press(page, "Send")
    reference = read_reference(page)
    address = f"{site.centre}/requests/{reference}/"
    page.goto(address)
    page.get_by_label("Telephone number").fill("020 7946 0999")
    page.get_by_label("Postal code").fill("N1 9GU")
    press(page, "Send")
    assert page.request.get(f"{address}document/").status == 404  # nobody has asked for one
    site.sign_in_staff(another_page, site.make_staff("privacy_officer"))
    another_page.goto(f"{site.console}/cases/{reference}/person/")
    another_page.get_by_text("Identity: ask, or record").click()
    another_page.get_by_label("Ask for").select_option("document")
    follow(another_page.get_by_role("button", name="Ask the person"))
    page.goto(address)
    follow(page.get_by_role("link", name="Send the paper"))
    assert find_barriers(page) == []
    page.get_by_label("The file").set_input_files(
        {"name": "x.exe", "mimeType": "image/png", "buffer": b"MZ no picture"}
    )
    press(page, "Send it")
    assert page.get_by_text("Send a PDF, JPEG, PNG or WebP file of at most 10 MB.").is_visible()
    paper = b"%PDF-1.7 a paper of Alice"
    page.get_by_label("The file").set_input_files({"name": "paper.pdf", "mimeType": "application/pdf", "buffer": paper})
    press(page, "Send it")
    assert page.get_by_text("A person looks at it, and then it is deleted.").is_visible()
    assert stored_state(site, reference) == "review"
    assert page.request.get(f"{address}document/").status == 404
    kept = "SELECT sealed FROM control.identity_challenge c JOIN control.request r ON r.id = c.request"
    kept += " WHERE r.reference = %s AND c.step = 'document' AND sealed IS NOT NULL"
    assert len(in_control(site, kept, reference)) == 1
    another_page.goto(f"{site.console}/cases/{reference}/")
    follow(another_page.get_by_role("link", name="Look and decide"))
    found = another_page.request.get(f"{site.console}/cases/{reference}/document/")
    assert found.body() == paper
    another_page.get_by_label("Made sure by").select_option("document")
    follow(another_page.get_by_role("button", name="They showed it"))
    assert state_of(another_page) == "finding"
    assert in_control(site, kept, reference) == []
    assert another_page.request.get(f"{site.console}/cases/{reference}/document/").status == 404


def test_the_portal_tells_of_a_change_and_hears_the_same_whoever_it_is_about(site):
    token, other = make_token(site, "changes:write"), make_token(site, "requests:read")
    body = {"person": "7", "what": "email", "at": "2026-01-05T09:00:00Z"}
    known = call(site, "POST", "/api/changes", token, body)
    assert known == (201, {"waits_until": "2026-01-07T09:00:00Z"})
    assert call(site, "POST", "/api/changes", token, {**body, "person": "no such person"}) == known
    assert call(site, "POST", "/api/changes", other, body)[1]["code"] == "api.scope-missing"
    assert (
        call(site, "POST", "/api/changes", token, {**body, "at": "2999-01-01T00:00:00Z"})[1]["code"] == "api.not-past"
    )
    assert call(site, "POST", "/api/changes", token, {**body, "what": "shoe size"})[0] == 422
    assert len(in_control(site, "SELECT FROM control.subject WHERE reach_changed_at = '2026-01-05 09:00Z'")) == 2
