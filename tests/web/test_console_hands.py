"""Work by hand in the browser: somebody looks, attaches what was found, and the answer holds it under a checksum."""

from __future__ import annotations

import hashlib

from console_steps import enter, hand_out, make_sure, state_of
from following import follow
from pages import find_barriers

PERSON = 151
LETTER = b"From: person151@customer.example\n\nWhere is my lantern?"


def open_task(site, page, reference):
    page.goto(f"{site.console}/tasks/")
    follow(page.get_by_role("row").filter(has_text=reference).first.get_by_role("link").first)


def finish(page, outcome):
    page.get_by_label(outcome).check()
    page.get_by_label("Evidence").fill("searched every folder for the address")
    follow(page.get_by_role("button", name="Finish the task"))


def test_what_is_found_by_hand_is_attached_and_handed_out_with_the_answer(site, page, another_page):
    site.sign_in_staff(page, site.make_staff("case_worker"))
    reference = enter(site, page, "access", PERSON)
    make_sure(site, page, reference)
    site.work()
    site.sign_in_staff(another_page, site.make_staff("privacy_officer"))
    another_page.goto(f"{site.console}/cases/{reference}/answer/")
    if another_page.get_by_role("button", name="Approve: hand it out").count():  # a neighbour's address was masked
        hand_out(another_page)
        site.work()
    open_task(site, page, reference)
    finish(page, "something about them stands there")
    assert page.get_by_role("heading", level=1).inner_text().endswith("export"), "the copy is next, and on the screen"
    finish(page, "all that was found is attached")
    assert page.get_by_text("what was found is not attached").is_visible()
    for name, content in (("Their mail.eml", LETTER), ("neighbour.eml", b"of somebody else")):
        page.get_by_label("File", exact=True).set_input_files({"name": name, "mimeType": "x/y", "buffer": content})
        follow(page.get_by_role("button", name="Attach it"))
    assert page.get_by_text("Their mail.eml").is_visible()
    follow(page.get_by_role("button", name="away").last)
    assert not page.get_by_text("neighbour.eml").count()
    assert find_barriers(page) == []
    finish(page, "all that was found is attached")
    site.work()
    another_page.goto(f"{site.console}/cases/{reference}/answer/")
    got = another_page.request.get(f"{site.console}/cases/{reference}/answer/mailbox-1.eml")
    assert (got.status, got.body()) == (200, LETTER)
    sums = another_page.request.get(f"{site.console}/cases/{reference}/answer/SHA256SUMS").text()
    assert f"{hashlib.sha256(LETTER).hexdigest()}  mailbox-1.eml" in sums
    assert "somebody else" not in sums
    another_page.goto(f"{site.console}/cases/{reference}/")
    assert state_of(another_page) == "done"
