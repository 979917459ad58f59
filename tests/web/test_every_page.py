"""Nobody is kept out of any page: axe finds nothing on a desk or a telephone, by light or by dark, read from the left or the right.

The pages come from the address lists of both desks: an address that is neither in a list of pages nor said to be none fails here.
A page is loaded once and looked at twice. To add one: its name, who opens it, and its path or the steps that lead to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import psycopg
import pytest
from centre_flows import ask_as_guest, open_at_desk
from following import follow
from pages import find_barriers, list_addresses
from test_centre_portal import make_link

STATES = {  # what a request of alice's is brought to, to see its page: kind -> columns
    "copy": "state = 'fee', fee_cents = 2000, fee_currency = 'USD', fee_basis = 'a test', fee_announced_at = now()",
    "restriction": "state = 'identity', identity_needed = 'facts', identity_reached = 'none'",
    "withdrawal": "state = 'identity', identity_needed = 'document', identity_reached = 'none'",
    "rectification": "state = 'refused', reason = 'excessive', closed_at = now()",
    "question": "state = 'clarifying'",
    "objection": "state = 'waiting', waits_until = now() + interval '2 days'",
}
GUEST, HOLDER, PORTAL, NEWCOMER = "guest", "alice", "a customer of the portal", "somebody who signs up"
PASSWORD = "lantern orbit walnut ferry"
CENTRE = (  # (name of the address, who opens it, path or steps)
    ("home", GUEST, "/"),
    ("home", HOLDER, "/"),
    ("account", HOLDER, "/your-account/"),
    ("contact", GUEST, "/contact/"),
    ("ask", GUEST, "/ask/"),
    *(("ask_step", GUEST, f"/ask/{step}/") for step in ("about", "contact", "trace")),
    ("ask_check", GUEST, "/ask/check/"),
    ("stop_marketing", GUEST, "/stop-marketing/"),
    ("preferences", HOLDER, "/preferences/"),
    ("say_no", GUEST, "/no/a-link-that-nobody-was-sent/"),
    ("say_no", GUEST, "said_no"),
    ("follow", GUEST, "/follow/"),
    ("requests", HOLDER, "/requests/"),
    ("request", HOLDER, "/requests/{access}/"),
    *(("request", HOLDER, f"/requests/{{{kind}}}/") for kind in STATES),
    ("request", HOLDER, "/requests/{erasure}/"),
    ("request_sent", GUEST, "/requests/{guest}/sent/"),
    ("request_code", GUEST, "/requests/AV-2222-2222/code/"),
    ("request_withdraw", HOLDER, "/requests/{erasure}/withdraw/"),
    ("request_contest", HOLDER, "/requests/{rectification}/contest/"),
    ("request_document", HOLDER, "/requests/{withdrawal}/document/"),
    ("answer", HOLDER, "/requests/{access}/answer/"),
    ("certificate", GUEST, "/requests/{erased}/certificate/"),
    ("recipients", HOLDER, "/mine/recipients/"),
    ("sources", HOLDER, "/mine/sources/"),
    ("keeping", HOLDER, "/mine/keeping/"),
    ("looks", HOLDER, "/mine/looks/"),
    ("correct", HOLDER, "/mine/correct/"),
    ("correct_item", HOLDER, "/mine/correct/1/"),
    ("correct_item", HOLDER, "before_after"),
    ("figures", GUEST, "/figures/"),
    ("policy", GUEST, "/policy/"),
    ("policy_version", GUEST, "/policy/2025-06/"),
    ("policy_changes", GUEST, "/policy/2026-01/changes/"),
    ("published", GUEST, "/privacy"),
    ("published", GUEST, "/nothing-here/"),
    ("sign_on", GUEST, "/sign-on/"),
    ("sign_on", PORTAL, "portal"),
    ("account_login", GUEST, "/account/login/"),
    ("account_logout", HOLDER, "/account/logout/"),
    ("account_inactive", GUEST, "/account/inactive/"),
    ("account_signup", GUEST, "/account/signup/"),
    ("account_reauthenticate", HOLDER, "/account/reauthenticate/"),
    ("account_email", HOLDER, "/account/email/"),
    ("account_email_verification_sent", NEWCOMER, "confirm_address"),
    ("account_change_password", HOLDER, "/account/password/change/"),
    ("account_reset_password", GUEST, "/account/password/reset/"),
    ("account_reset_password_done", GUEST, "/account/password/reset/done/"),
    ("account_reset_password_from_key", GUEST, "/account/password/reset/key/1-guess/"),
    ("account_reset_password_from_key_done", GUEST, "/account/password/reset/key/done/"),
    ("mfa_index", HOLDER, "/account/2fa/"),
    ("mfa_activate_totp", HOLDER, "/account/2fa/totp/activate/"),
    ("mfa_add_webauthn", HOLDER, "/account/2fa/webauthn/add/"),
    ("mfa_list_webauthn", HOLDER, "/account/2fa/webauthn/"),
    ("socialaccount_login_cancelled", GUEST, "/account/3rdparty/login/cancelled/"),
    ("socialaccount_login_error", GUEST, "/account/3rdparty/login/error/"),
    ("socialaccount_connections", HOLDER, "/account/3rdparty/"),
)
SAME = "the same page, or the same form, as one that is listed"
CENTRE_NONE = {
    "health": "no page",
    "set_language": "leads on",
    "receipt": "a file",
    "answer_file": "a file; what the answer looks like is tested in tests/unit/answer",
    "certificate_file": "a file",
    "request_resend": "leads on",
    "request_message": "leads on",
    "request_fee": "leads on",
    "request_facts": "leads on",
    "request_confirm": "leads on",
    "answer_again": "leads on",
    "policy_read": "leads on",
    "account_set_password": "leads on: every account has a password, or signs in elsewhere",
    "account_confirm_login_code": "leads on: nobody signs in by code",
    "mfa_authenticate": SAME,
    "mfa_reauthenticate": SAME,
    "mfa_login_webauthn": "leads on",
    "mfa_reauthenticate_webauthn": SAME,
    "mfa_deactivate_totp": SAME,
    "mfa_view_recovery_codes": "not there without a second step",
    "mfa_generate_recovery_codes": "not there without a second step",
    "mfa_download_recovery_codes": "a file",
    "mfa_remove_webauthn": SAME,
    "mfa_edit_webauthn": SAME,
    "socialaccount_signup": "leads on: only within a sign-in by a provider",
    "openid_connect_login": "leads on to the provider",
    "openid_connect_callback": "leads on",
    "account/social/connections/": "an old address that leads on",
    "account/social/login/cancelled/": "an old address that leads on",
    "account/social/login/error/": "an old address that leads on",
    "account/social/signup/": "an old address that leads on",
}
OFFICER, ADMINISTRATOR = "officer", "administrator"
CONSOLE = (
    ("home", OFFICER, "/"),
    ("queue", OFFICER, "/queue/"),
    ("case", OFFICER, "/cases/{access}/"),
    ("case_values", OFFICER, "/cases/{access}/person/"),
    ("case_preview", OFFICER, "/cases/{access}/answer/"),
    ("case_erasure", OFFICER, "/cases/{erasure}/erasure/"),
    ("case_letter", OFFICER, "/cases/{question}/letters/"),
    ("case_corrections", OFFICER, "/cases/{rectification}/corrections/"),
    ("case_law", OFFICER, "/cases/{question}/law/"),
    ("case_left", OFFICER, "/cases/{erasure}/left/"),
    ("failures", OFFICER, "/failures/"),
    ("enter", OFFICER, "/enter/"),
    ("enter", OFFICER, "enter_check"),
    ("entered", OFFICER, "/entered/{access}/"),
    ("tasks", OFFICER, "/tasks/"),
    ("task", OFFICER, "/tasks/{task}/"),
    ("verdicts", OFFICER, "/verdicts/"),
    ("verdict", OFFICER, "/verdicts/answers/"),
    ("principles", OFFICER, "/principles/"),
    ("notices", OFFICER, "/notices/"),
    ("ledger", OFFICER, "/ledger/"),
    ("outbox", OFFICER, "/outbox/"),
    ("choices", OFFICER, "/choices/"),
    ("disclosures", OFFICER, "/disclosures/"),
    ("whereabouts", OFFICER, "/places/"),
    ("intakes", OFFICER, "/ways-in/"),
    ("delivery", OFFICER, "/deliveries/{delivery}/"),
    ("retention", OFFICER, "/retention/"),
    ("company_cases", OFFICER, "/company-cases/"),
    ("company_case_open", OFFICER, "/company-cases/open/"),
    ("company_case_open", OFFICER, "/company-cases/open/?kind=merger"),
    ("vault", OFFICER, "/vault/"),
    ("reviews", OFFICER, "/reviews/"),
    ("statistics", OFFICER, "/statistics/"),
    ("looks", OFFICER, "/looks/"),
    ("staff", ADMINISTRATOR, "/staff/"),
    ("staff_invite", ADMINISTRATOR, "/staff/invite/"),
    ("staff_member", ADMINISTRATOR, "/staff/{colleague}/"),
    ("clients", ADMINISTRATOR, "/programs/"),
    ("join", GUEST, "{join}"),
    ("account_login", GUEST, "/account/login/"),
    ("account_logout", OFFICER, "/account/logout/"),
    ("account_inactive", GUEST, "/account/inactive/"),
    ("account_reset_password", GUEST, "/account/password/reset/"),
    ("account_reset_password_done", GUEST, "/account/password/reset/done/"),
    ("account_reset_password_from_key", GUEST, "/account/password/reset/key/1-guess/"),
    ("account_reset_password_from_key_done", GUEST, "/account/password/reset/key/done/"),
    ("account_change_password", OFFICER, "/account/password/change/"),
    ("account_reauthenticate", OFFICER, "/account/reauthenticate/"),
    ("mfa_authenticate", GUEST, "second_factor"),
    ("mfa_index", OFFICER, "/account/2fa/"),
    ("mfa_list_webauthn", OFFICER, "/account/2fa/webauthn/"),
    ("mfa_add_webauthn", OFFICER, "/account/2fa/webauthn/add/"),
    ("mfa_deactivate_totp", OFFICER, "/account/2fa/totp/deactivate/"),
    ("mfa_generate_recovery_codes", OFFICER, "/account/2fa/recovery-codes/generate/"),
)
CONSOLE_NONE = {
    "health": "no page",
    "set_language": "leads on",
    "case_file": "a file; what the answer looks like is tested in tests/unit/answer",
    "case_document": "a file",
    "company_case": "with its work and approval: tests/web/test_console_duties.py",
    "breach": "with its work and approval: tests/web/test_console_duties.py",
    "review": "tests/web/test_console_duties.py",
    "intake_hand_in": "needs a way in: this company has none",
    "account_email_verification_sent": "nobody signs up",
    "mfa_view_recovery_codes": SAME,
    "mfa_activate_totp": SAME,
    "mfa_download_recovery_codes": "a file",
    "mfa_reauthenticate": SAME,
    "mfa_reauthenticate_webauthn": SAME,
    "mfa_login_webauthn": "leads on",
    "mfa_remove_webauthn": SAME,
    "mfa_edit_webauthn": SAME,
}


def test_every_address_of_the_centre_is_looked_at_or_is_no_page():
    listed = {name for name, _, _ in CENTRE}
    assert listed | set(CENTRE_NONE) == set(list_addresses("centre")["names"])
    assert not listed & set(CENTRE_NONE)


def test_every_address_of_the_console_is_looked_at_or_is_no_page():
    found = list_addresses("console")
    deeds = {name for name, (looking, _) in found["pages"].items() if not looking}
    none = set(CONSOLE_NONE) | deeds | set(found["closed"]) | {n for n in found["names"] if n.startswith("api:")}
    listed = {name for name, _, _ in CONSOLE}
    assert listed | none == set(found["names"])
    assert not listed & none


# -- steps that lead to a page which has no address of its own --------------------------------------------------------------


def said_no(page, site):
    page.goto(f"{site.centre}/no/a-link-that-nobody-was-sent/")
    follow(page.locator("main form button").first)


def before_after(page, site):
    page.goto(f"{site.centre}/mine/correct/1/")
    page.locator("textarea[name=value]").fill("something else")
    follow(page.locator("main form button").first)


def portal(page, site):
    page.goto(make_link(site, "99"))


def confirm_address(page, site):
    page.goto(f"{site.centre}/account/signup/")
    page.locator("input[name=email]").fill(f"axe{id(page)}@elsewhere.example")
    for name in ("password1", "password2"):
        page.locator(f"input[name={name}]").fill(PASSWORD)
    follow(page.locator("main form button").first)


def enter_check(page, site):
    page.goto(f"{site.console}/enter/")
    page.locator("input[name=channel]").first.check()
    page.locator("input[name=came_on]").fill("2026-01-12")
    page.locator("select[name=kind]").select_option("access")
    page.locator("select[name=jurisdiction]").select_option("eu")
    page.locator("input[name=email]").fill("axe@elsewhere.example")
    page.locator("textarea[name=text]").fill("please")
    follow(page.locator("main form button").first)


def second_factor(page, site):
    site.type_in(page, site.make_staff("auditor").email, "console")


STEPS = {each.__name__: each for each in (said_no, before_after, portal, confirm_address, enter_check, second_factor)}


# -- looking --------------------------------------------------------------------------------------------------------------


DESK, TELEPHONE = ((1280, 900), "light"), ((360, 740), "dark")
READERS = {
    "en-GB": (DESK, TELEPHONE),
    "ar": (TELEPHONE,),
}  # what the English pages of the console show on a desk, holds for both


def look(page, views):
    """What is wrong with the page as it stands, in each view."""
    found = []
    for size, scheme in views:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # a colour on its way to another is neither
        found += find_barriers(page)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"wider than {size[0]}")
    return found


def look_at_all(site, desk, windows, pages, world, views=(DESK, TELEPHONE)):
    wrong = {}
    for name, who, where in pages:
        page = windows[who]
        page.set_viewport_size({"width": 1280, "height": 900})
        if where in STEPS:
            STEPS[where](page, site)
        elif (answer := page.goto(getattr(site, desk) + where.format(**world))).status >= 500:
            wrong[f"{name} {where}"] = answer.status
        if (
            "/reauthenticate/" in page.url and name != "account_reauthenticate"
        ):  # signed in for longer than five minutes
            page.locator("main input[type=password]").fill(PASSWORD)
            follow(page.locator("main form button").first)
        here = "/reauthenticate/" not in page.url or name == "account_reauthenticate"
        if not here or (barriers := look(page, views)):
            wrong[f"{name} {where} ({who})"] = barriers if here else "asked for the password"
    return wrong


@pytest.fixture(scope="module")
def world(site, settled):
    """References by what is seen of them, and every other part of an address."""
    of = partial(open_at_desk, site, email=settled.account, account=True)
    found = {kind: of(kind=kind) for kind in (*STATES, "erasure")}
    with psycopg.connect(site.dsn) as control:
        for kind, columns in STATES.items():
            control.execute(f"UPDATE control.request SET {columns} WHERE reference = %s", [found[kind]])
        (task,) = control.execute("SELECT id FROM control.task ORDER BY due_at LIMIT 1").fetchone()
    return {**found, "access": settled.own, "erased": settled.erasure, "task": task}


@dataclass(frozen=True)
class Asked:
    """What a guest has just sent, and the session in which its page and those of the settled guests open."""

    reference: str
    cookies: list


@pytest.fixture(scope="module")
def asked(site, settled, browser):
    context = browser.new_context(locale="en-GB")
    context.add_cookies(settled.cookies)
    reference = ask_as_guest(context.new_page(), site, "access", "axe@elsewhere.example")
    cookies = [one for one in context.cookies(site.centre) if one["name"] == "centre_session"]
    context.close()
    return Asked(reference, cookies)


@pytest.mark.parametrize("language", ["en-GB", "ar"])
def test_no_page_of_the_centre_has_a_barrier(site, settled, world, asked, published, browser, language):
    contexts = [browser.new_context(locale=language) for _ in range(4)]
    windows = dict(zip((GUEST, HOLDER, PORTAL, NEWCOMER), (context.new_page() for context in contexts), strict=True))
    for page in windows.values():
        page.set_default_timeout(20_000)
    contexts[0].add_cookies(settled.cookies)
    contexts[0].add_cookies(asked.cookies)
    windows[GUEST].goto(f"{site.centre}/ask/?kind=access")
    while "/ask/check/" not in windows[GUEST].url:
        if (email := windows[GUEST].locator("main input[name=email]")).count():
            email.fill(f"axe-{language}@elsewhere.example")
        follow(windows[GUEST].locator("main form button").first)
    windows[HOLDER].goto(f"{site.centre}/account/login/")
    windows[HOLDER].locator("input[name=login]").fill(settled.account)
    windows[HOLDER].locator("input[type=password]").fill(PASSWORD)
    follow(windows[HOLDER].locator("main form button").first)
    try:
        assert look_at_all(site, "centre", windows, CENTRE, world | {"guest": asked.reference}) == {}
    finally:
        for context in contexts:
            context.close()


@pytest.mark.parametrize("language", ["en-GB", "ar"])
def test_no_page_of_the_console_has_a_barrier(site, settled, world, checked, delivered, browser, language):
    contexts = {who: browser.new_context(locale=language) for who in (GUEST, OFFICER, ADMINISTRATOR)}
    windows = {who: context.new_page() for who, context in contexts.items()}
    site.sign_in_staff(windows[OFFICER], site.make_staff("privacy_officer"))
    site.sign_in_staff(windows[ADMINISTRATOR], site.make_staff("administrator"))
    windows[ADMINISTRATOR].goto(f"{site.console}/staff/invite/")
    windows[ADMINISTRATOR].locator("input[name=email]").fill("axe@lantern.example")
    windows[ADMINISTRATOR].locator("input[value=case_worker]").check()
    follow(windows[ADMINISTRATOR].locator("main form button").first)
    link = windows[ADMINISTRATOR].locator("#link").input_value()
    own = {
        "erasure": settled.erasure,
        "join": link.removeprefix(site.console),
        "colleague": site.make_staff("auditor").ref,
        "delivery": delivered,
    }
    try:
        assert look_at_all(site, "console", windows, CONSOLE, world | own, READERS[language]) == {}
    finally:
        for context in contexts.values():
            context.close()
