"""Every page of the console names a human, the contact of the settings: also where a page is refused or missing."""

from __future__ import annotations

import re
from uuid import uuid4

from test_console_permissions import addresses, open_request

CONTACT = ("A person to talk to", "Bob Hale, privacy officer", "mailto:privacy@lantern.example", "+44 20 7946 0018")


def paths(reference):
    """name -> an address of every page, with something in each place that wants a value."""
    found = {}
    for name, route in addresses()["paths"].items():
        path = re.sub(r"<uuid:\w+>", str(uuid4()), route)
        path = path.replace("<str:reference>", reference)
        path = re.sub(r"\(\?P<\w+>[^)]*\)", "x", path).replace("^", "").replace("$", "")
        found[name] = "/" + re.sub(r"<(?:\w+:)?\w+>", "nothing", path)
    return found


def pages_without(site, page, reference):
    """name -> what is missing; and how many pages of HTML were read."""
    missing, read = {}, 0
    for name, path in paths(reference).items():
        if name == "account_logout" or path.startswith("/api/"):
            continue  # the one would end the session; the other speaks to programs
        answer = page.request.get(f"{site.console}{path}", max_redirects=0)
        if answer.status == 204:
            continue  # an answer without a page
        if not answer.headers.get("content-type", "").startswith("text/html") or 300 <= answer.status < 400:
            continue
        read += 1
        text = answer.text()
        if lacking := [one for one in CONTACT if one not in text]:
            missing[name] = (answer.status, lacking)
    return missing, read


def test_every_page_names_a_person_to_talk_to(site, page):
    reference = open_request(site)
    assert pages_without(site, page, reference)[0] == {}  # nobody is signed in: the way in, and what is refused
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    missing, read = pages_without(site, page, reference)
    assert missing == {}
    opened = [name for name, (looking, _doing) in addresses()["pages"].items() if looking]
    assert read >= len(opened)  # none was left out: a page that redirects or is no page would be missed here
    page.context.clear_cookies()
    site.sign_in_staff(page, site.make_staff("administrator"))
    missing, read = pages_without(site, page, reference)
    assert missing == {}
    assert read >= len(opened)


def test_the_contact_is_seen_and_not_only_in_the_source(site, page):
    site.sign_in_staff(page, site.make_staff("case_worker"))
    page.goto(f"{site.console}/queue/")
    assert page.get_by_role("contentinfo").get_by_text("Bob Hale, privacy officer").is_visible()
    page.goto(f"{site.console}/no/such/page/")
    assert page.get_by_role("contentinfo").get_by_role("link", name="privacy@lantern.example").is_visible()
