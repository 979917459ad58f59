"""Who may open what: every role on every address of the console and every call of the API, against the tables.

The tables are proven complete over the address list: an address that nobody decided about opens for nobody.
"""

from __future__ import annotations

import json
from functools import partial
from uuid import uuid4

import psycopg
import pytest
from pages import list_addresses

from avow.app.departments import list_departments
from avow.app.roles import ROLES, SCOPES, permits
from avow.vocabulary import load_vocabulary

WHERE = {
    "case": "/cases/{reference}/",
    "case_values": "/cases/{reference}/person/",
    "case_preview": "/cases/{reference}/answer/",
    "case_file": "/cases/{reference}/answer/index.html",
    "case_erasure": "/cases/{reference}/erasure/",
    "case_letter": "/cases/{reference}/letters/",
    "case_corrections": "/cases/{reference}/corrections/",
    "case_law": "/cases/{reference}/law/",
    "case_left": "/cases/{reference}/left/",
    "case_document": "/cases/{reference}/document/",
    "case_message": "/cases/{reference}/message/",
    "case_assign": "/cases/{reference}/assign/",
    "case_match": "/cases/{reference}/match/",
    "case_named": "/cases/{reference}/named/",
    "case_mask": "/cases/{reference}/mask/",
    "case_hold": "/cases/{reference}/hold/",
    "case_release_hold": "/cases/{reference}/hold/release/",
    "case_retry": "/cases/{reference}/retry/",
    "case_payment": "/cases/{reference}/payment/",
    "case_identity": "/cases/{reference}/identity/",
    "case_search_again": "/cases/{reference}/search/",
    "case_close": "/cases/{reference}/close/",
    "case_reopen": "/cases/{reference}/reopen/",
    "case_approve": "/cases/{reference}/approve/",
    "home": "/",
    "entered": "/entered/{reference}/",
    "task": "/tasks/{id}/",
    "verdict": "/verdicts/nothing/",
    "intakes": "/ways-in/",
    "intake_hand_in": "/ways-in/nothing/",
    "delivery": "/deliveries/{id}/",
    "company_cases": "/company-cases/",
    "company_case_open": "/company-cases/open/",
    "company_case": "/company-cases/{id}/",
    "company_case_work": "/company-cases/{id}/work/",
    "company_case_approve": "/company-cases/{id}/approve/",
    "breach": "/company-cases/{id}/breach/",
    "breach_work": "/company-cases/{id}/breach/work/",
    "breach_approve": "/company-cases/{id}/breach/approve/",
    "review": "/reviews/{id}/",
    "verdict_publish": "/verdicts/nothing/publish/",
    "verdict_hold": "/verdicts/nothing/hold/",
    "reading_approve": "/verdicts/nothing/reading/",
    "outbox_approve": "/outbox/approve/",
    "outbox_bind": "/outbox/bind/",
    "staff_invite": "/staff/invite/",
    "staff_invitation_withdraw": "/staff/invitations/{id}/withdraw/",
    "staff_member": "/staff/{id}/",
    "staff_end": "/staff/{id}/end/",
    "clients": "/programs/",
    "client_revoke": "/programs/{id}/revoke/",
    "disclosure_review": "/disclosures/{id}/review/",
    "disclosure_confirm": "/disclosures/notices/{id}/",
    "whereabouts": "/places/",
}


addresses = partial(list_addresses, "console")


def path_of(name, reference="AV-0000-0000"):
    return WHERE.get(name, f"/{name}/").format(reference=reference, id=uuid4())


def open_request(site):
    """An access request in the console's own words, by the API."""
    client = make_token(site, *SCOPES)
    body = {"kind": "access", "contact": {"email": f"{uuid4().hex[:8]}@customer.example"}}
    return call(site, "POST", "/api/requests", client, body)[1]["reference"]


def make_token(site, *scopes):
    arguments = [part for scope in scopes for part in ("--scope", scope)]
    done = site.avow("staff", "token", "t", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def call(site, method, path, token="", body=None):
    import urllib.error
    import urllib.request

    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(f"{site.console}{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_every_address_stands_in_exactly_one_table():
    found = addresses()
    tables = [found["pages"], found["open"], found["own"], found["closed"]]
    listed = [name for table in tables for name in table]
    assert sorted(listed) == sorted(set(listed))
    assert {name for name in found["names"] if not name.startswith("api:")} == set(listed)


def test_the_permissions_of_the_table_are_permissions_of_roles():
    known = {permission for role in ROLES.values() for permission in role.permits} | {"signed in", ""}
    assert {permission for pair in addresses()["pages"].values() for permission in pair} <= known


def test_every_call_of_the_api_asks_for_a_scope_and_every_scope_is_asked_for():
    assert set(addresses()["scopes"].values()) == set(SCOPES)


def is_let_in(answer):
    """Through the gate: what comes then (a page, a form error, nothing there) is the page's own affair."""
    sent_away = answer.status == 302 and "/account/" in answer.headers["location"]
    return answer.status in (200, 302, 404, 405) and not sent_away


def try_all(site, page, may, in_department=False):
    """(name, method) of every address where the gate did not do what the table says."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    headers = {"Origin": site.console, "X-CSRFToken": cookies.get("console_csrf", "")}
    wrong = []
    for name, pair in addresses()["pages"].items():
        for method, needed in zip(("GET", "POST"), pair, strict=True):
            options = {"method": method, "max_redirects": 0, "headers": headers if method == "POST" else {}}
            answer = page.context.request.fetch(f"{site.console}{path_of(name)}", **options)
            open_to_them = bool(needed and may(needed) and not (in_department and name in addresses()["whole"]))
            if is_let_in(answer) != open_to_them or answer.status >= 500:
                wrong.append((name, method, answer.status))
    return wrong


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_opens_what_the_table_says_and_nothing_else(site, page, role):
    site.sign_in_staff(page, site.make_staff(role))
    page.goto(f"{site.console}/account/2fa/")  # a page with a form sets the cookie against forged requests
    assert try_all(site, page, lambda needed: needed == "signed in" or permits([role], needed)) == []


@pytest.mark.parametrize("department", [term.id for term in list_departments(load_vocabulary())])
def test_a_department_opens_what_the_role_opens_but_for_what_cannot_be_shown_in_part(site, page, department):
    site.sign_in_staff(page, site.make_staff("privacy_officer", departments=[department]))
    page.goto(f"{site.console}/account/2fa/")
    may = partial(permits, ["privacy_officer"])
    assert try_all(site, page, lambda needed: needed == "signed in" or may(needed), in_department=True) == []


def test_a_stranger_opens_nothing(site, page):
    page.goto(f"{site.console}/account/login/")
    assert try_all(site, page, lambda needed: False) == []


def test_a_customer_with_a_cookie_of_the_centre_opens_nothing(site, page):
    site.sign_in(page, site.make_account("centre"))
    value = next(c["value"] for c in page.context.cookies() if c["name"] == "centre_session")
    page.context.add_cookies([{"name": "console_session", "value": value, "url": site.console}])
    page.goto(f"{site.console}/account/login/")
    assert try_all(site, page, lambda needed: False) == []


def test_a_colleague_who_left_opens_nothing(site, page):
    colleague = site.make_staff("privacy_officer")
    site.sign_in_staff(page, colleague)
    page.goto(f"{site.console}/account/2fa/")
    with psycopg.connect(site.dsn) as connection:
        connection.execute("UPDATE control.staff_member SET ended_at = now() WHERE ref = %s", (colleague.ref,))
    assert try_all(site, page, lambda needed: False) == []


def test_an_auditor_sees_the_record_of_a_case_and_no_value_of_its_person(site, page):
    reference = open_request(site)
    site.sign_in_staff(page, site.make_staff("auditor"))
    assert page.goto(f"{site.console}/cases/{reference}/").status == 200
    assert "@customer.example" not in page.content()
    assert page.get_by_role("link", name="Person and data").count() == 0
    assert page.goto(f"{site.console}/cases/{reference}/person/").status == 403


def test_each_call_of_the_api_lets_its_scope_in_and_no_other(site):
    tokens = {scope: make_token(site, scope) for scope in SCOPES}
    wrong = []
    for operation, needed in addresses()["scopes"].items():
        method, path = operation.split()
        where = "/api" + path.format(reference="AV-0000-0000", statement="nothing", way="nothing", id=uuid4())
        for scope, token in tokens.items():
            status, body = call(site, method, where, token, {} if method == "POST" else None)
            refused = status == 403 and body["code"] == "api.scope-missing"
            if refused != (scope != needed):
                wrong.append((operation, scope, status))
        if call(site, method, where)[0] != 401 or call(site, method, where, "avow_guess")[0] != 401:
            wrong.append((operation, "no token", 0))
    assert wrong == []


def test_a_session_of_the_console_opens_no_call_of_the_api(site, page):
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    assert page.context.request.get(f"{site.console}/api/requests").status == 401
