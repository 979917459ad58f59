"""Each letter of article 15(1) is a point or is named as missing, from what the answer holds."""

from __future__ import annotations

import pytest

from avow.duties.rights.answer import Contact, RecipientFacts, check_release, list_missing
from avow.errors import RightsError

from .conftest import make_facts, row

LESS = {
    "a": {"register": {}, "log": ()},
    "c": {"recipients": None},
    "d": {"retention_otherwise": "", "retention": ()},
    "e": {"rights": ("access", "erasure", "restriction", "objection")},
    "f": {"contact": Contact("Privacy office")},
    "h": {"automated": ""},
}


def test_a_whole_answer_has_eight_points_and_the_copy(build):
    assert build().answer.completeness.whole


@pytest.mark.parametrize("letter", LESS)
def test_what_is_not_known_costs_its_letter_and_no_other(build, letter):
    found = build(facts=make_facts(**LESS[letter])).answer.completeness
    assert (found.points, list(found.missing)) == (7, [letter])


def test_a_row_without_source_costs_a_point_unless_the_company_says_what_is_known(build):
    rows = [row("public.contacts", {"name": "Alice Archer"}, source="")]
    assert build(rows).answer.completeness.missing == {"g": ("the source of 1 values in main public.contacts",)}
    told = make_facts(source_otherwise="Records from before 2026 do not say where they came from.")
    assert build(rows, facts=told).answer.completeness.whole


def test_a_recipient_without_name_costs_a_point(build):
    nameless = make_facts(recipients=(RecipientFacts("", "processor.delivery"),))
    missing = build(facts=nameless).answer.completeness.missing
    assert missing == {"c": ("the name of the recipient of kind processor.delivery",)}


def test_a_use_log_that_could_not_be_read_costs_a_point(build):
    assert list(build(facts=make_facts(log_complete=False)).answer.completeness.missing) == ["c"]


def test_a_store_that_failed_while_rows_ran_costs_the_copy(build):
    failed: list[str] = []

    def rows():
        yield row("public.contacts", {"name": "Alice Archer"})
        failed.append("legacy")

    found = build(rows(), unread=failed).answer.completeness
    assert (found.points, found.copy, found.missing["copy"]) == (8, False, ("the data in store legacy",))


def test_an_incomplete_answer_is_released_only_for_a_reason(build):
    whole, less = build().answer.completeness, build(facts=make_facts(automated="")).answer.completeness
    check_release(whole.points, list_missing(whole), "")
    check_release(less.points, list_missing(less), "the statement follows next week, the person was told")
    with pytest.raises(RightsError) as refused:
        check_release(less.points, list_missing(less), " ")
    assert refused.value.codes == ("answer.incomplete",)
    assert "7 of 8 points" in str(refused.value)
    assert "(h) a statement on automated decisions" in str(refused.value)
