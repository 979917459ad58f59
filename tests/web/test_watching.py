"""What those who watch see, with content: verdicts beside the policy and their history, the ledger, what is held about a person."""

from __future__ import annotations

from following import follow

from avow.ledger import Kind, open_ledger

PAIR = "support.provide/internal.support"
FINANCE = "Finance receives what it needs to send invoices"


def test_a_verdict_is_shown_beside_its_sentence_once_the_officer_lets_customers_see_it(site, checked, page, plain_page):
    def sentence(words):
        return plain_page.locator("#policy-text .sentence").filter(has_text=words)

    plain_page.goto(f"{site.centre}/policy/")
    assert sentence(FINANCE).inner_text().strip() == f"{FINANCE}."
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    page.goto(f"{site.console}/verdicts/finance-invoicing/")
    assert page.get_by_text("Customers see nothing of this verdict.").is_visible()
    follow(page.get_by_role("button", name="Let customers see it"))
    assert page.get_by_text("Customers see:").is_visible()
    plain_page.goto(f"{site.centre}/policy/")
    beside = plain_page.locator("#policy-text .badge")
    assert [one.inner_text() for one in beside.all()] == ["tested and true"]
    assert plain_page.get_by_text("Each sentence was last tested on").is_visible()
    follow(page.get_by_role("button", name="Show nothing of it"))
    plain_page.reload()
    assert beside.count() == 0


def test_a_verdict_has_its_words_its_rules_and_its_history(site, checked, page):
    site.sign_in_staff(page, site.make_staff("auditor"))
    page.goto(f"{site.console}/verdicts/?q=answers")
    assert page.get_by_role("row").filter(has_text="finance-invoicing").count() == 0
    follow(page.get_by_role("link", name="answers"))
    words = "We hold your name, your e-mail address and what you wrote to us, to answer you"
    assert page.get_by_text(words, exact=True).is_visible()
    history = page.locator("ul.rows li")
    assert [line.locator(".badge, [class*=verdict]").first.inner_text().split()[-1] for line in history.all()] == [
        "kept",
        checked["answers"],
    ]
    assert page.locator("section.card").filter(has_text="permit").count() >= 1


def record_use(site, subject, pair):
    """As a program of the company does, by the person's own row."""
    files = site.project / ".avow"
    with open_ledger(site.dsn, files / "ledger.key", files / "heads.jsonl", files / "digest.key") as ledger:
        actor, of = ledger.digester.digest("actor", "finance"), ledger.subject_digest(subject)
        ledger.record_access(Kind.READ, pair, "public.people", "name", actor, of, 1, wait=True)


def test_the_ledger_is_searched_by_the_person_of_a_case_and_by_pair(site, settled, page):
    record_use(site, "people:51", PAIR)
    record_use(site, "people:52", PAIR)
    site.sign_in_staff(page, site.make_staff("privacy_officer"))
    page.goto(f"{site.console}/ledger/")
    rows = page.locator("tbody tr")
    everything = rows.count()
    page.locator("input[name=reference]").fill(settled.own)
    follow(page.get_by_role("button", name="Search"))
    assert 1 <= rows.count() < everything
    assert rows.filter(has_text="export").count() >= 1
    assert rows.filter(has_text=PAIR).count() == 1
    assert page.get_by_text("does not hold").count() == 0
    page.goto(f"{site.console}/ledger/?pair={PAIR}")
    assert rows.count() == 2
    page.goto(f"{site.console}/ledger/?pair=no-such-purpose")
    assert page.get_by_text("No entry fits.").is_visible()


def test_what_is_held_says_where_from_how_long_who_got_it_and_who_looked(site, settled, page, another_page):
    site.sign_in_staff(another_page, site.make_staff("case_worker"))
    assert another_page.goto(f"{site.console}/cases/{settled.own}/person/").status == 200
    site.sign_in(page, settled.account)
    page.goto(site.centre)
    site.work()
    shown = {}
    for path in ("sources", "keeping", "recipients", "looks"):
        page.goto(f"{site.centre}/mine/{path}/")
        shown[path] = page.locator("main").inner_text()
    came = [line.split("\t")[:2] for line in shown["sources"].splitlines()]
    assert [line for line in came if len(line) == 2][1:] == [
        ["invoice", "an order"],
        ["person", "a form"],
        ["ticket", "an e-mail"],
    ]
    assert "6 years after the record was made because of: tax law" in shown["keeping"]
    assert "Nothing of yours stands in the register." in shown["recipients"]
    assert "who works on requests\tto work on your request" in shown["looks"]
    assert "@lantern.example" not in shown["looks"]  # the role, not who
