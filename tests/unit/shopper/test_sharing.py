"""How visits are shared out, what counts as not made yet, and whose planted rows a pair of hands removes."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from avow.app.shopping import Shopped, in_order
from avow.control.records import CanaryRow
from avow.control.shopping import ShopperFinding
from avow.prove.shopper import VISITS, list_unseen, share_out
from avow.prove.shopper.planting import OwnRows
from avow.prove.shopper.running import TOGETHER

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def finding(right, aspect, result="held"):
    return ShopperFinding(right, aspect, result, "", NOW)


def test_every_visit_is_in_one_group_and_those_of_duties_that_share_an_office_keep_their_order():
    groups = share_out(VISITS)
    assert sorted(VISITS.index(visit) for group in groups for visit in group) == list(range(len(VISITS)))
    for group in groups:
        places = [VISITS.index(visit) for visit in group]
        assert places == sorted(places)
    for line in TOGETHER:
        (group,) = [group for group in groups if any(visit.right in line for visit in group)]
        assert {visit.right for visit in group} == {visit.right for visit in VISITS if visit.right in line}


def test_the_groups_of_most_visits_come_first():
    sizes = [len(group) for group in share_out(VISITS)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1] == 1


def test_a_visit_of_which_one_aspect_is_missing_has_to_be_made_again():
    asked = [visit for visit in VISITS if visit.right in ("question", "complaint")]
    seen = [finding(visit.right, aspect) for visit in asked for aspect in visit.shows]
    assert list_unseen(asked, seen) == ()
    lost = next(f for f in seen if f.right == "question")
    assert [visit.right for visit in list_unseen(asked, [f for f in seen if f is not lost])] == ["question"]


def test_findings_stand_in_the_order_of_the_visits_whoever_made_them_first():
    asked = [visit for visit in VISITS if visit.right in ("access", "copy")]
    shown = [(visit.right, aspect) for visit in asked for aspect in visit.shows]
    found = in_order(asked, [finding(*one) for one in reversed(shown)])
    assert [(one.right, one.aspect) for one in found] == shown


def test_a_run_that_was_told_to_stop_did_not_show_that_everything_holds():
    seen = (finding("access", "clock"),)
    assert Shopped(seen).exit_code == 0
    assert Shopped(seen, unmade=1).exit_code == 2
    assert Shopped((finding("access", "clock", "broke"),), unmade=1).exit_code == 1


class Journal:
    def __init__(self):
        self.rows = []

    def record_canary(self, row, expires_at):
        self.rows.append(row)

    def canaries(self, store):
        return [row for row in self.rows if row.store == store]

    def record_canary_removed(self, canary):
        self.rows = [row for row in self.rows if row.id != canary]


def test_a_pair_of_hands_sees_for_removal_what_it_planted_itself():
    journal = Journal()
    one, other = OwnRows(journal), OwnRows(journal)
    mine, theirs = (CanaryRow(uuid4(), "main", "public.leads", "id", number) for number in ("1", "2"))
    one.record_canary(mine, NOW)
    other.record_canary(theirs, NOW)
    assert one.canaries("main") == [mine]
    assert other.canaries("main") == [theirs]
    one.record_canary_removed(mine.id)
    assert (one.canaries("main"), journal.rows) == ([], [theirs])
