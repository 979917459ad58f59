"""What changed between two versions, said so that nobody can call a wider promise the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from avow.policy.promise import Anchor, Condition, PolicyVersion, Promise, Quote, Rule
from avow.policy.versions import compare_versions

OBJECTED = Condition("state_absent", ("objected:marketing.own",))
PERMIT = Rule("a/1", "a", "permit", ("contact.email",), ("customer",), ("marketing.own",), ("internal.sales",))
FORBID = Rule("a/2", "a", "forbid", data=("contact.email",), purposes=("advertising",))


def version(*rules: Rule, words: str = "We write to you", name: str = "a") -> PolicyVersion:
    promise = Promise(name, Quote(words), Anchor(0, 1, 1, 1), "use", "may", rules=rules)
    return PolicyVersion("acme", "1", date(2026, 1, 1), "en", (), "", "text", "", (promise,), ())


def test_equal_versions_differ_in_nothing() -> None:
    assert compare_versions(version(PERMIT, FORBID), version(PERMIT, FORBID)).empty


@pytest.mark.parametrize(
    "narrower",
    [
        (FORBID,),
        (replace(PERMIT, when=(OBJECTED,)), FORBID),
        (replace(PERMIT, form="aggregate", at_least=10), FORBID),
        (PERMIT, replace(FORBID, data=("any.personal",))),
        (PERMIT, replace(FORBID, purposes=())),
        (PERMIT, FORBID, Rule("a/3", "a", "require.version")),
    ],
)
def test_a_promise_that_allows_less_is_narrowed_and_the_other_way_round_widened(narrower: tuple[Rule, ...]) -> None:
    wide, narrow = version(PERMIT, FORBID), version(*narrower)
    there, back = compare_versions(wide, narrow), compare_versions(narrow, wide)
    assert (there.narrowed, there.widened) == (("a",), ())
    assert (back.narrowed, back.widened) == ((), ("a",))


def test_a_promise_that_allows_a_more_general_term_is_widened() -> None:
    general = replace(PERMIT, recipients=("internal.employees",))
    assert compare_versions(version(PERMIT), version(general)).widened == ("a",)
    assert compare_versions(version(general), version(PERMIT)).narrowed == ("a",)


def test_a_promise_that_is_wider_in_one_thing_is_widened_whatever_else_it_is() -> None:
    both = (replace(PERMIT, when=(OBJECTED,)), replace(PERMIT, purposes=("marketing.affiliate",)))
    assert compare_versions(version(PERMIT), version(*both)).widened == ("a",)


def test_an_exception_to_a_prohibition_widens() -> None:
    excepted = replace(FORBID, unless=(Condition("case_open", ("credit",)),))
    assert compare_versions(version(FORBID), version(excepted)).widened == ("a",)


def test_promises_added_removed_and_reworded_are_named() -> None:
    found = compare_versions(version(PERMIT), version(PERMIT, name="b"))
    assert (found.added, found.removed) == (("b",), ("a",))
    assert compare_versions(version(), version(words="We write to all")).reworded == ("a",)
    assert compare_versions(version(), version(words="We  write\nto you")).reworded == ()


def test_a_purpose_that_an_earlier_permit_covers_is_not_added() -> None:
    general = replace(PERMIT, purposes=("marketing",))
    assert compare_versions(version(general), version(PERMIT)).added_purposes == ()
    found = compare_versions(version(PERMIT), version(general, replace(PERMIT, recipients=("internal.support",))))
    assert found.added_purposes == ("marketing",)
    assert found.added_recipients == ("internal.support",)
