"""A version is read whole, or everything that is wrong with it is told at once, each with its line and column."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from avow.errors import PolicyError
from avow.policy import check_versions, read_version, read_versions
from avow.policy.promise import Condition, Quote
from avow.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
ANY = "data: any.personal, purposes: marketing, recipients: internal"
TEXT = """\
---
published: 2026-01-12
language: en
shown_at: [/privacy]
---
# Privacy

We send invoices with your data. Our staff never use it for advertising. We are nice.
"""
PROMISES = """\
policy: "1"
plain:
  - "We are nice"
promises:
  - id: invoicing
    source: note
    quote: "We send invoices with your data"
    act: use
    modality: does
    data: [payment.invoice]
    purposes: billing.invoice
    place: uk
    needs: [something]
    conflicts: [no-advertising]
    rules:
      - permit: {data: [payment.invoice], purposes: [billing.invoice], recipients: [internal.finance], do: [read, write],
                 subjects: [customer], when: [{row: {role: [billing], country: uk}}, {state_absent: restricted}]}
      - attest: {evidence: paper}
        id: paper
  - id: no-advertising
    quote: {exact: "never use it for advertising", prefix: "Our staff"}
    act: use
    modality: will_not
    rules:
      - forbid: {data: any.personal, purposes: [advertising], unless: [{state_present: "consented:advertising.targeted"}]}
      - permit: {data: [network.usage], purposes: [analytics.usage], recipients: [internal], form: aggregate, at_least: 10}
      - observe: {that: rows-within, attribute: country, values: [uk, us], at_most: 3}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(promises: str = PROMISES, text: str = TEXT, version: str = "1") -> Path:
        for folder, name, words in (("policy", f"{version}.md", text), ("promises", f"{version}.yaml", promises)):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / name).write_bytes(words.encode())
        return tmp_path

    return write


def codes(project: Path) -> list[tuple[str, int, int]]:
    with pytest.raises(PolicyError) as caught:
        read_version(project, "1", "acme", VOCABULARY)
    return [(d.code, d.place.line, d.place.column) for d in caught.value.diagnostics]


def test_a_version_is_read_with_everything_in_it(write: Callable[..., Path]) -> None:
    version = read_version(write(), "1", "acme", VOCABULARY)
    assert (version.published, version.language, version.shown_at) == (date(2026, 1, 12), "en", ("/privacy",))
    assert version.text.startswith("# Privacy\n")
    assert version.digest == sha256(TEXT.encode()).hexdigest()
    assert [p.id for p in version.promises] == ["invoicing", "no-advertising"]
    assert version.unread == ()
    first, second = version.promises
    assert first.place.line == 5
    assert (first.location, first.needs, first.conflicts) == ("uk", ("something",), ("no-advertising",))
    assert version.text[first.anchor.start : first.anchor.end] == "We send invoices with your data"
    assert second.quote == Quote("never use it for advertising", "Our staff")


def test_a_rule_carries_what_was_written(write: Callable[..., Path]) -> None:
    permit, attest, forbid, groups, observe = read_version(write(), "1", "acme", VOCABULARY).rules
    assert permit.id == "invoicing/1"
    assert permit.when == (
        Condition("row", ("billing",), "role"),
        Condition("row", ("uk",), "country"),
        Condition("state_absent", ("restricted",)),
    )
    assert (attest.id, dict(attest.detail)) == ("invoicing/paper", {"evidence": "paper"})
    assert forbid.unless == (Condition("state_present", ("consented:advertising.targeted",)),)
    assert (groups.form, groups.at_least, groups.do) == ("aggregate", 10, frozenset({"read"}))
    assert observe.detail == {"that": "rows-within", "attribute": "country", "values": ("uk", "us"), "at_most": 3}


def test_a_prohibition_that_does_not_say_what_forbids_reading_and_writing(write: Callable[..., Path]) -> None:
    rules = read_version(write(), "1", "acme", VOCABULARY).rules
    assert {rule.kind: rule.do for rule in rules}["forbid"] == frozenset({"read", "write"})


def test_a_sentence_that_nobody_read_is_counted(write: Callable[..., Path]) -> None:
    version = read_version(write(text=TEXT + "\nWe sell it. Sometimes.\n"), "1", "acme", VOCABULARY)
    assert [s.text for s in version.unread] == ["We sell it.", "Sometimes."]


def test_every_mistake_is_told_at_once_with_its_line_and_column(write: Callable[..., Path]) -> None:
    broken = """\
policy: "1"
promises:
  - id: Bad Id
    quote: "We send invoices with your data"
    act: uses
    modality: does
    data: [payment.invoise]
    extra: 1
  - id: two
    quote: "We never did this before at all"
    act: use
    modality: does
    rules:
      - permit: {data: [payment.invoice], purposes: [], recipients: [internal.finance]}
      - permit: {data: [payment.invoice], purposes: [billing.invoice]}
      - forbid: {data: [payment.invoice], when: [{if: nice}]}
      - {}
"""
    assert codes(write(broken)) == [
        ("policy.bad-id", 3, 9),
        ("policy.unknown-word", 5, 10),
        ("policy.unknown-term", 7, 12),
        ("yaml.unknown-key", 8, 5),
        ("policy.quote-missing", 10, 12),
        ("policy.rule-value", 14, 53),
        ("yaml.missing-key", 15, 17),
        ("policy.unknown-condition", 16, 55),
        ("policy.rule-kind", 17, 9),
    ]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("permit: {ANY, form: aggregate}", "policy.aggregate-needs-at-least"),
        ("permit: {ANY, at_least: 5}", "policy.rule-value"),
        ("permit: {ANY, form: sums}", "policy.rule-value"),
        ("permit: {ANY, do: [delete]}", "policy.rule-value"),
        ("permit: {ANY, do: []}", "policy.rule-value"),
        ("permit: {ANY, unless: []}", "yaml.unknown-key"),
        ("permit: {data: , purposes: [marketing], recipients: [internal]}", "policy.rule-value"),
        ("permit: {ANY, form: aggregate, at_least: 9, do: [read, write]}", "policy.rule-value"),
        ("forbid: {data: [any.personal], when: [{state_absent: 'objectd:marketing.own'}]}", "policy.unknown-mark"),
        ("forbid: {data: [any.personal], when: [{state_absent: 'objected'}]}", "policy.unknown-mark"),
        ("forbid: {data: [any.personal], when: [{state_absent: 'restricted:marketing.own'}]}", "policy.unknown-mark"),
        ("forbid: {data: [any.personal], when: [{state_absent: 'objected:marketing.owl'}]}", "policy.unknown-term"),
        ("forbid: {data: [any.personal], when: [{state_present: 'objected:marketing.own'}]}", "policy.unknown-mark"),
        ("forbid: {data: [any.personal], when: [{place: [atlantis]}]}", "policy.unknown-term"),
        ("forbid: {data: [any.personal], when: [{row: {role: []}}]}", "policy.condition-value"),
        ("forbid: {data: [any.personal], when: [{consent_for_recipient: maybe}]}", "policy.condition-value"),
        ("forbid: {data: [any.personal], unless: [{row: {a: [x], b: [y]}}]}", "policy.condition-value"),
        ("require.source: {data: [any.personal]}", "yaml.missing-key"),
        ("require.source: {data: [any.personal], sources: [elsewhere]}", "policy.unknown-term"),
        ("require.place: {places: [atlantis]}", "policy.unknown-term"),
        ("right: {right: happiness}", "policy.rule-value"),
        ("bound: {data: [any.personal], after: order, days: soon}", "policy.rule-value"),
        ("bound: {data: [any.personal], after: order, days: 9, end: burn}", "policy.rule-value"),
        ("bound: {data: [any.personal], after: order, days: 9, at_least: 5}", "policy.rule-value"),
        ("bound: {data: [any.personal], after: order, days: 9, end: aggregate}", "policy.aggregate-needs-at-least"),
        ("bound: {data: [any.personal], after: order, days: 0, end: aggregate, at_least: 5}", "policy.rule-value"),
        ("duty: {duty: happiness}", "policy.rule-value"),
        ("observe: {}", "yaml.missing-key"),
        ("attest: {paper: x}", "yaml.missing-key"),
    ],
)  # fmt: skip
def test_a_rule_that_says_too_little_or_too_much_is_refused(write: Callable[..., Path], rule: str, code: str) -> None:
    head = PROMISES.partition("    rules:")[0]
    head = head.replace("    conflicts: [no-advertising]\n", "")
    assert code in [found for found, _, _ in codes(write(f"{head}    rules:\n      - {rule.replace('ANY', ANY)}\n"))]


def test_ids_are_unique_among_promises_and_among_the_rules_of_one(write: Callable[..., Path]) -> None:
    twice = PROMISES.replace("id: no-advertising", "id: invoicing").replace("        id: paper", "        id: '1'")
    found = [code for code, _, _ in codes(write(twice))]
    assert found.count("policy.duplicate-id") == 3
    assert "policy.unknown-conflict" in found


def test_a_promise_that_nothing_can_check_has_no_rules(write: Callable[..., Path]) -> None:
    none = PROMISES.replace("    place: uk\n", "    place: uk\n    checkable: none\n")
    assert ("policy.rules-without-check", 5, 5) in codes(write(none))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TEXT.replace("2026-01-12", "in January"), "policy.bad-date"),
        (TEXT.replace("published: 2026-01-12\n", ""), "yaml.missing-key"),
        (TEXT.replace("language: en", "tongue: en"), "yaml.unknown-key"),
        (TEXT.partition("---\n# ")[2], "policy.no-front-matter"),
    ],
)
def test_front_matter_that_says_no_day_is_refused(write: Callable[..., Path], text: str, code: str) -> None:
    assert code in [found for found, _, _ in codes(write(text=text))]


def test_places_in_the_front_matter_are_those_of_the_file(write: Callable[..., Path]) -> None:
    assert ("policy.bad-date", 2, 12) in codes(write(text=TEXT.replace("2026-01-12", "in January")))


def test_a_file_that_is_not_there_and_one_that_is_not_utf8_are_told(write: Callable[..., Path]) -> None:
    project = write()
    (project / "promises" / "1.yaml").unlink()
    (project / "policy" / "1.md").write_bytes(b"---\npublished: 2026-01-12\n---\ncaf\xe9\n")
    assert [code for code, _, _ in codes(project)] == ["policy.not-utf8", "policy.no-file"]


def test_line_ends_and_a_byte_order_mark_do_not_matter_but_count_in_the_digest(write: Callable[..., Path]) -> None:
    text = "\ufeff" + TEXT.replace("\n", "\r\n")
    version = read_version(write(text=text, promises="\ufeff" + PROMISES.replace("\n", "\r\n")), "1", "a", VOCABULARY)
    assert version.digest == sha256(text.encode()).hexdigest()
    assert version.promises[0].anchor.line == 3


def test_promises_for_another_version_are_refused(write: Callable[..., Path]) -> None:
    assert ("policy.wrong-version", 1, 9) in codes(write(PROMISES.replace('policy: "1"', 'policy: "2"')))


def later(write: Callable[..., Path], head: str = "", reason: str = "reason: it grew\n") -> Path:
    write()
    promises = PROMISES.partition("  - id: no-advertising")[0].replace("    conflicts: [no-advertising]\n", "")
    text = TEXT.replace("2026-01-12\n", "2026-06-01\n" + reason)
    return write(promises.replace('policy: "1"\n', f'policy: "2"\n{head}'), text, "2")


def test_versions_come_in_the_order_of_their_days(write: Callable[..., Path]) -> None:
    assert [v.version for v in read_versions(later(write), "acme", VOCABULARY)] == ["1", "2"]


def test_a_later_version_without_a_reason_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(PolicyError) as caught:
        read_versions(later(write, reason=""), "acme", VOCABULARY)
    assert "policy.no-reason" in caught.value.codes


def warnings(project: Path) -> list[str]:
    found = check_versions(project, "acme", VOCABULARY)
    return [d.code for d in found if d.severity == "warning" and d.code != "policy.no-evidence"]


def test_an_id_that_vanishes_without_a_word_is_a_warning(write: Callable[..., Path]) -> None:
    assert warnings(later(write)) == ["policy.promise-vanished"]
    assert warnings(later(write, "withdrawn: [no-advertising]\n")) == []


def test_a_promise_cannot_be_withdrawn_and_made(write: Callable[..., Path]) -> None:
    with pytest.raises(PolicyError) as caught:
        read_versions(later(write, "withdrawn: [no-advertising, invoicing]\n"), "acme", VOCABULARY)
    assert "policy.withdrawn-and-kept" in caught.value.codes


def test_a_paper_that_is_not_there_is_a_warning(write: Callable[..., Path]) -> None:
    project = write()
    assert [d.code for d in check_versions(project, "acme", VOCABULARY)] == ["policy.no-evidence"]
    (project / "evidence").mkdir()
    (project / "evidence" / "paper.yaml").write_text("owner: Bob\n")
    assert check_versions(project, "acme", VOCABULARY) == ()
