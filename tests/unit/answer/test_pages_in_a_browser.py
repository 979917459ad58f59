"""The pages that people get, in a real browser: no barrier that axe finds, nothing loaded from elsewhere, both directions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe

from avow.duties.rights.answer import build_confirmation
from avow.duties.rights.letters import LetterFacts, Reason, Route, letter_html, make_letter

from .conftest import Kept, make_asked, make_facts

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what holds is not described node by node
}
REACH_OUT = """new Promise(resolve => {
    document.addEventListener('securitypolicyviolation', event => resolve(event.effectiveDirective))
    fetch('https://elsewhere.example/').then(() => resolve('sent'), () => setTimeout(() => resolve('not refused'), 2000))
})"""
LETTER = LetterFacts(
    "AV-7F3K-92QD",
    "CloudSentric",
    "access",
    date(2026, 5, 1),
    datetime(2026, 5, 10, tzinfo=UTC),
    "https://privacy.example/r/AV-7F3K-92QD",
    "the privacy office",
    reasons=(Reason("excessive", "the request is excessive", "UK GDPR art. 12(5)(b)"),),
    routes=(Route("authority", "the Information Commissioner", "https://ico.org.uk"),),
)


@pytest.fixture
def pages(build, tmp_path):
    """Name -> file of every kind of page, in both languages."""
    found = {}
    for language in ("en", "ar"):
        confirmed = Kept()
        build_confirmation(make_asked(language=language), make_facts(), (), confirmed.write)
        texts = {
            "answer": build(asked=make_asked(language=language)).text("index.html"),
            "copy": build(asked=make_asked(language=language, kind="copy")).text("index.html"),
            "confirmation": confirmed.text("confirmation.html"),
            "refusal": letter_html(make_letter("refusal", replace(LETTER, language=language))),
        }
        for name, text in texts.items():
            found[f"{name}-{language}"] = tmp_path / f"{name}-{language}.html"
            found[f"{name}-{language}"].write_text(text, encoding="utf-8")
    return found


def test_axe_finds_no_barrier_and_nothing_comes_from_elsewhere(browser, pages):
    for width in (1200, 380):
        context = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900})
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        for name, path in pages.items():
            asked.clear()
            page.goto(path.as_uri())
            assert asked == [path.as_uri()], name
            found = Axe().run(page, options=RULES).response["violations"]
            assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == [], (name, width)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, (name, width)
        context.close()


def test_the_page_may_load_nothing_even_if_it_were_changed(browser, pages):
    page = browser.new_page()
    page.goto(pages["answer-en"].as_uri())
    refused = page.evaluate(REACH_OUT)
    assert refused == "connect-src"
    page.close()
