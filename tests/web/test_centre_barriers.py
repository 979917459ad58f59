"""Nobody is kept out: targets, help, languages, paper, scripts. What axe finds on each page is in `test_every_page.py`."""

from __future__ import annotations

import pytest
from centre_flows import answer_about, choose_kind
from following import follow

HELPED = (
    "/",
    "/ask/",
    "/ask/about/",
    "/ask/contact/",
    "/ask/trace/",
    "/ask/check/",
    "/follow/",
    "/requests/AV-2222-2222/code/",
    "/stop-marketing/",
)


def test_targets_are_large_enough_to_hit(site, page):
    choose_kind(page, site, "objection")
    answer_about(page, "objection")
    small = []
    for path in ("/", "/ask/", "/ask/about/", "/contact/", "/policy/", "/account/login/"):
        page.goto(site.centre + path)
        small += [
            (path, *each)
            for each in page.evaluate(
                "[...document.querySelectorAll('a, button, input, select, textarea, summary')].filter(e => {"
                " const inline = e.tagName === 'A' && e.closest('p, dd, .bottom, li');"
                " const b = (e.closest('label') || e).getBoundingClientRect();"
                " return !inline && !e.closest('.skip') && b.width && (b.width < 24 || b.height < 24) })"
                ".map(e => [e.outerHTML.slice(0, 80)])"
            )
        ]
    assert small == []


def test_the_help_stands_at_the_same_place_on_every_page(site, page):
    for path in HELPED:
        page.goto(site.centre + path)
        assert page.locator("footer #help").get_by_role("link", name="privacy@lantern.example").is_visible(), path


def test_the_language_is_switched_and_the_page_turns_round(site, plain_page):
    plain_page.goto(site.centre)
    follow(plain_page.get_by_role("button", name="العربية"))
    assert plain_page.locator("html").get_attribute("dir") == "rtl"
    assert plain_page.locator("html").get_attribute("lang") == "ar"
    assert plain_page.get_by_role("link", name="تسجيل الدخول").first.is_visible()
    follow(plain_page.get_by_role("button", name="English"))
    assert plain_page.locator("html").get_attribute("dir") == "ltr"


def test_a_page_that_is_printed_leaves_out_what_cannot_be_pressed_on_paper(site, page):
    page.goto(site.centre)
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
    press_me = page.get_by_role("link", name="Ask for something").last
    assert not press_me.is_visible()


@pytest.mark.parametrize("path", ["/", "/ask/", "/policy/", "/account/login/"])
def test_no_page_carries_a_script_or_a_style_of_its_own(site, page, path):
    page.goto(site.centre + path)
    inline = page.locator("script:not([src]):not([type='application/json']), style, [style], [onclick]").count()
    assert inline == 0


def test_a_form_is_refused_without_its_token(site, page):
    page.goto(site.centre)
    answer = page.request.post(f"{site.centre}/stop-marketing/", form={"email": "x@elsewhere.example"})
    assert answer.status == 403
