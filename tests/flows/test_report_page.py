"""The report page in a real browser: accessible in light, dark and on a phone, opens without scripts, prints everything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from avow.policy.promise import Anchor, PolicyVersion, Promise, Quote, Sentence
from avow.prove import report_html
from avow.prove.verdict import VERDICTS, ProbeResult, Report, RuleVerdict, StatementVerdict

QUOTES = {
    "kept": "Only finance sees invoices.",
    "broken": "Marketing never uses invoices.",
    "attested": "We are a company of the UK.",
    "unproven": "You can object at any time.",
    "not_checkable": "We care about light.",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "no chromium on this machine: apt-get install chromium"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield launched
        launched.close()


def make_report() -> tuple[Report, PolicyVersion]:
    text = "# Privacy at Lantern\n\n" + " ".join(QUOTES.values()) + "\n\n## More\n\n- A sentence nobody read.\n"
    sentences = [Sentence(0, 20, 1, "# Privacy at Lantern", (), True)]
    promises, statements = [], []
    for verdict in VERDICTS:
        start = text.index(QUOTES[verdict])
        end = start + len(QUOTES[verdict])
        promises.append(Promise(verdict, Quote(QUOTES[verdict]), Anchor(start, end, 3, 1), "use", "does"))
        sentences.append(Sentence(start, end, 3, QUOTES[verdict], (verdict,)))
        statements.append(make_statement(verdict))
    for words, plain in (("## More", True), ("A sentence nobody read.", False)):
        start = text.index(words)
        sentences.append(Sentence(start, start + len(words), 5, words, (), plain))
    version = PolicyVersion(
        "Lantern", "2026-01", date(2026, 1, 5), "en", (), "", text, "d", tuple(promises), tuple(sentences)
    )
    return Report(
        "Lantern", "2026-01", "2026-01-05T10:00:00Z", tuple(statements), 1, ("public.big was not sampled",)
    ), version


def make_statement(verdict: str) -> StatementVerdict:
    results = {"broken": "broke", "unproven": "could_not"}
    probe = ProbeResult(
        "access-trial",
        "trial",
        results.get(verdict, "held"),
        "in store `main`: `lantern_marketing_application` can read public.invoices_of_the_current_year (address, amount)",
        "2026-01-05T10:00:00Z",
        12.5,
    )
    rule = RuleVerdict(
        f"{verdict}/1",
        "permit",
        verdict,
        ("enforced in `main`: finance gets column grants",),
        (probe, replace(probe, name="access-catalogue")),
    )
    weak = verdict in ("broken", "unproven")
    return StatementVerdict(
        verdict,
        "",
        QUOTES[verdict],
        "use",
        verdict,
        "machine",
        (rule,) * (verdict != "not_checkable"),
        "tried once.",
        ("another sentence says otherwise",) * weak,
        ("custodian `dba` until 2027-01-01",),
        "what was seen" * weak,
        ("REVOKE SELECT (address, amount) ON public.invoices_of_the_current_year FROM lantern_marketing_application",)
        * weak,
        "It is our aim." * weak,
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_html(*make_report()), encoding="utf-8")
    return path.as_uri()


def open_page(browser: Browser, address: str, width: int = 1200, scheme: str = "light") -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=True
    )
    page = context.new_page()
    page.goto(address)
    return page


def open_all(page: Page) -> None:
    for summary in page.locator("summary").all():
        summary.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_the_page_has_no_accessibility_fault_with_every_sentence_open(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    page = open_page(browser, address, width, scheme)
    open_all(page)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.context.close()


def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Browser, address: str) -> None:
    page = open_page(browser, address, 360)
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()


def test_a_click_shows_rules_probes_and_limits_without_any_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    panel = page.locator("#broken")
    assert not panel.is_visible()
    page.locator("details.line.broken > summary").click()
    assert panel.is_visible()
    for words in ("access-trial", "Two ways to become honest", "Not legal advice", "tried once.", "custodian"):
        assert words in panel.inner_text()
    context.close()


def test_each_verdict_is_told_by_a_shape_and_by_words_as_well_as_by_colour(browser: Browser, address: str) -> None:
    page = open_page(browser, address)
    shapes = set()
    for verdict in VERDICTS:
        line = page.locator(f"details.line.{verdict}")
        assert line.locator(".sr").first.inner_text().rstrip(": ") in (
            "Kept",
            "Broken",
            "Attested",
            "Unproven",
            "Not checkable",
        )
        shapes.add(line.locator("summary svg").inner_html())
    assert len(shapes) == len(VERDICTS)
    page.context.close()


def test_the_printed_page_shows_what_is_closed_on_the_screen(browser: Browser, address: str) -> None:
    page = open_page(browser, address)
    page.emulate_media(media="print")
    assert page.locator("#broken").is_visible()
    page.context.close()


def test_no_printed_page_stays_half_empty_and_each_has_its_number(browser: Browser) -> None:
    """Long rules break between probes; a rule that was kept together would push itself to the next page."""
    report, version = make_report()
    longer = tuple(
        replace(s, rules=tuple(replace(r, probes=r.probes * 12) for r in s.rules * 4)) for s in report.statements
    )
    page = browser.new_page()
    page.set_content(report_html(replace(report, statements=longer), version))
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    page.close()
    texts = [one.extract_text() for one in printed.pages]
    lines = [len(text.splitlines()) for text in texts]
    assert len(texts) >= 5
    assert min(lines[:-1]) > max(lines) / 2, lines
    assert all(f"{number} / {len(texts)}" in text for number, text in enumerate(texts, 1))
