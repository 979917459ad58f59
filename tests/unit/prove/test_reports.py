"""The four forms of a report, the ratchet, and the exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest

from avow.errors import AvowError
from avow.policy.promise import Anchor, PolicyVersion, Promise, Quote, Sentence
from avow.prove import exit_code, new_findings, report_html, report_json, report_junit, report_table
from avow.prove.verdict import ProbeResult, Report, RuleVerdict, StatementVerdict

TEXT = "# Our policy\n\nWe bill you. We never sell <data>.\n\n- Nobody read this."
HELD = ProbeResult("access-trial", "trial", "held", "12 refused", "2026-01-02T03:04:05Z", 1.25)
BROKE = replace(HELD, result="broke", seen="`app` can read public.t (c)")
COULD_NOT = replace(HELD, result="could_not", seen="store `main` cannot be reached")


def statement(id: str, quote: str, verdict: str, *probes: ProbeResult) -> StatementVerdict:
    rule = RuleVerdict(f"{id}/1", "permit", verdict, ("enforced",), probes, "" if verdict == "kept" else "because")
    return StatementVerdict(
        id,
        "004-1",
        quote,
        "use",
        verdict,
        "machine",
        (rule,),
        "tried at noon.",
        (),
        ("custodian `dba`",),
        rule.reason,
        ("REVOKE it",) if verdict != "kept" else (),
        "It is our aim." if verdict != "kept" else "",
    )


def version() -> PolicyVersion:
    def promised(id: str, quote: str) -> Promise:
        start = TEXT.index(quote)
        return Promise(id, Quote(quote), Anchor(start, start + len(quote), 1, 1), "use", "does")

    def sentence(text: str, *ids: str, plain: bool = False) -> Sentence:
        start = TEXT.index(text)
        return Sentence(start, start + len(text), 1, text, ids, plain)

    sentences = (
        sentence("# Our policy", plain=True),
        sentence("We bill you.", "bill"),
        sentence("We never sell <data>.", "sell"),
        sentence("Nobody read this."),
    )
    promises = (promised("bill", "bill you"), promised("sell", "never sell <data>"))
    return PolicyVersion("Lantern", "2026-01", date(2026, 1, 1), "en", (), "", TEXT, "d", promises, sentences)


def report(*statements: StatementVerdict) -> Report:
    found = statements or (
        statement("bill", "bill you", "kept", HELD),
        statement("sell", "never sell <data>", "broken", BROKE),
    )
    return Report("Lantern", "2026-01", "2026-01-02T03:04:05Z", found, 1, ("contents of public.big",))


def test_the_json_has_the_shape_that_machines_read() -> None:
    found = json.loads(report_json(report(), version()))
    assert list(found) == ["company", "policy_version", "checked_at", "statements", "unread", "not_searched", "totals"]
    assert list(found["statements"][0])[:11] == [
        "id",
        "source",
        "quote",
        "act",
        "verdict",
        "kind",
        "rules",
        "limits",
        "conflicts",
        "except",
        "reason",
    ]
    assert found["statements"][0]["except"] == ["custodian `dba`"]
    assert list(found["statements"][0]["rules"][0])[:5] == ["id", "kind", "verdict", "controls", "probes"]
    assert list(found["statements"][0]["rules"][0]["probes"][0]) == ["name", "level", "result", "seen", "at", "ms"]
    assert found["totals"]["statements"] == {"kept": 1, "broken": 1, "attested": 0, "unproven": 0, "not_checkable": 0}
    assert found["totals"]["rules"]["broken"] == 1


def test_junit_fails_what_is_broken_and_never_passes_what_is_unproven() -> None:
    found = report(statement("bill", "bill you", "unproven", COULD_NOT), statement("sell", "x", "broken", BROKE))
    root = ElementTree.fromstring(report_junit(found, version()))
    assert [len(root.findall(f".//{tag}")) for tag in ("testcase", "failure", "skipped")] == [2, 1, 1]


def test_the_table_names_every_statement_and_what_was_not_searched() -> None:
    text = report_table(report(), version())
    assert "✓ kept           bill" in text
    assert "✗ broken         sell  because" in text
    assert "1 sentences of the policy are unread" in text
    assert "not searched: contents of public.big" in text
    assert text.endswith("next, for 1 sentence: REVOKE it\n")


def test_below_the_table_stand_the_changes_that_would_make_the_most_sentences_true() -> None:
    helped = {"often": 3, "b": 1, "a": 1, "c": 1}
    broken = [
        replace(statement(f"s{repair}{n}", "bill you", "unproven", COULD_NOT), repairs=(repair,))
        for repair, count in helped.items()
        for n in range(count)
    ]
    known = replace(statement("known", "bill you", "attested", HELD), repairs=("a document is no measurement",))
    lines = report_table(report(known, *broken), version()).splitlines()
    assert lines[-3:] == ["next, for 3 sentences: often", "next, for 1 sentence: a", "next, for 1 sentence: b"]


def test_the_page_shows_every_sentence_with_its_verdict_in_words_and_escapes_the_text() -> None:
    page = report_html(report(), version())
    assert '<span class="sr">Kept: </span>We <span class="q kept">bill you</span>.' in page
    assert '<span class="sr">Broken: </span>We <span class="q broken">never sell &lt;data&gt;</span>.' in page
    assert '<span class="sr">Unread: </span>Nobody read this.' in page
    assert "<data>" not in page
    assert "Two ways to become honest" in page
    assert "Not legal advice." in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        ((statement("a", "a", "kept", HELD),), 0),
        ((statement("a", "a", "unproven", HELD, COULD_NOT),), 0),
        ((statement("a", "a", "broken", BROKE),), 1),
        ((statement("a", "a", "unproven", COULD_NOT),), 2),
    ],
    ids=["kept", "unproven", "broken", "nothing could be checked"],
)
def test_the_exit_code_tells_broken_from_not_checked(statements: tuple[StatementVerdict, ...], code: int) -> None:
    assert exit_code(report(*statements)) == code


def test_the_ratchet_passes_what_was_broken_before_and_fails_what_became_weaker() -> None:
    baseline = report_json(report())
    same = new_findings(report(), baseline)
    assert (same, exit_code(report(), same)) == ((), 0)
    worse = report(statement("bill", "bill you", "unproven", COULD_NOT), statement("new", "new", "broken", BROKE))
    found = new_findings(worse, baseline)
    assert [words.split()[0] for words in found] == ["bill", "new", "sell"]
    assert exit_code(worse, found) == 1


def test_a_promise_that_is_gone_does_not_pass_and_neither_does_a_sentence_that_nobody_reads_any_more() -> None:
    baseline = report_json(report())
    found = new_findings(replace(report(statement("bill", "bill you", "kept", HELD)), unread=2), baseline)
    assert [words.split()[:4] for words in found] == [["sell", "was", "broken", "and"], ["2", "sentences", "of", "the"]]
    looked_at = report(statement("bill", "bill you", "kept", HELD))
    assert new_findings(looked_at, baseline, ["bill", "sell"]) == ()
    assert len(new_findings(looked_at, baseline, ["bill"])) == 1
    assert new_findings(replace(report(), unread=0), baseline) == ()


@pytest.mark.parametrize("was", ["kept", "attested", "unproven", "broken"])
def test_calling_a_sentence_not_checkable_is_no_way_to_pass(was: str) -> None:
    baseline = report_json(report(statement("bill", "bill you", was, HELD)))
    uncheckable = report(statement("bill", "bill you", "not_checkable"))
    assert [words[:20] for words in new_findings(uncheckable, baseline)] == [f"bill was {was} and is"[:20]]
    assert new_findings(uncheckable, report_json(uncheckable)) == ()
    assert new_findings(report(statement("bill", "bill you", "unproven", HELD)), report_json(uncheckable)) == ()
    assert len(new_findings(report(statement("bill", "bill you", "broken", BROKE)), report_json(uncheckable))) == 1


def test_a_sentence_that_holds_by_fewer_rules_is_news() -> None:
    whole = statement("bill", "bill you", "kept", HELD)
    two = replace(whole, rules=(*whole.rules, replace(whole.rules[0], id="bill/2")))
    assert new_findings(report(whole), report_json(report(two))) == (
        "bill is kept by fewer rules than in the baseline: bill/2 is gone",
    )
    assert new_findings(report(two), report_json(report(whole))) == ()


def test_a_baseline_that_is_no_report_is_an_error_with_a_next_step() -> None:
    with pytest.raises(AvowError) as caught:
        new_findings(report(), "<html>")
    assert caught.value.codes == ("prove.bad-baseline",)
