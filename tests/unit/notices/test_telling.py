"""Who must be told of a version, by which ways, and whether that was done: the rules alone."""

from datetime import date

import pytest

from avow.control.telling import Decision, Figures
from avow.duties.notices.differences import Change, Told
from avow.duties.notices.telling import Facts, check_decision, find_fault, least_ways, leave_out, write_notice
from avow.errors import AvowError

DAY, NEXT = date(2026, 6, 1), date(2026, 6, 2)
ALL = ("page", "banner", "mail")
WIDER = Told((), purposes=("analytics.trend",))
MAILED = Decision(ALL, "it allows more", DAY, "bob")
TAKEN = {("main", "public.people"): True}


def reworded(before: str, after: str) -> Told:
    return Told((Change("reworded", before, after),))


@pytest.mark.parametrize(
    ("told", "ways"),
    [
        (None, ALL[:1]),
        (WIDER, ALL),
        (Told((), wider=("keeps-it",)), ALL),
        (Told((), purposes=("analytics.trend",), unread=True), ALL[:2]),
        (Told((Change("added", "", "We also print it."),)), ALL[:2]),
        (reworded("We recieve orders by fax and phone.", "We receive orders by fax and phone."), ALL[:1]),
        (reworded("We keep it in the UK.", "We keep it in the UK!"), ALL[:1]),
        (reworded("We do not sell what you order.", "We do now sell what you order."), ALL[:2]),
        (reworded("We keep what you tell us for 30 days.", "We keep what you tell us for 90 days."), ALL[:2]),
        (reworded("We keep it only in the United Kingdom.", "We keep it mostly in the United Kingdom."), ALL[:2]),
    ],
)
def test_how_far_people_are_told_follows_from_how_far_the_change_goes(told, ways):
    found, ground = least_ways(told)
    assert found == ways
    assert ground


def test_a_person_may_go_further_than_the_difference_and_never_less_far():
    spelling = reworded("We recieve orders.", "We receive orders.")
    assert check_decision(spelling, ["mail"], "we say more than we must", DAY, DAY, "2") == ("page", "mail")
    with pytest.raises(AvowError) as refused:
        check_decision(WIDER, ["page", "banner"], "nobody minds", DAY, DAY, "2")
    assert refused.value.codes == ("notices.too-little",)


def test_every_mistake_of_a_decision_is_said_at_once():
    with pytest.raises(AvowError) as refused:
        check_decision(WIDER, ["pigeon"], " ", NEXT, DAY, "2")
    assert set(refused.value.codes) == {
        "notices.unknown-way",
        "notices.no-ground",
        "notices.too-little",
        "notices.too-late",
    }


@pytest.mark.parametrize(
    ("address", "against", "marks", "reason"),
    [
        ("alice@customer.example", (), {}, ""),
        ("alice@customer.example", ("objected:marketing.own",), {"objected:marketing.own": True}, ""),
        ("alice@customer.example", ("erased",), {}, "erased"),
        ("alice@customer.example", (), {"erasing": True}, "erased"),
        ("alice@customer.example", (), {"restricted": True}, "blocked"),
        ("alice@customer.example", (), {"restricted": False}, ""),
        ("by telephone", (), {}, "no address"),
    ],
)
def test_a_no_to_marketing_keeps_no_notice_away_and_an_erasure_does(address, against, marks, reason):
    assert leave_out(address, against, marks) == reason


@pytest.mark.parametrize(
    ("decision", "figures", "today", "says"),
    [
        (MAILED, Figures(told=3, audiences=TAKEN), NEXT, ""),
        (MAILED, Figures(told=3, unreachable=1, audiences=TAKEN), NEXT, ""),
        (MAILED, Figures(told=2, queued=1, audiences=TAKEN), DAY, ""),
        (MAILED, Figures(told=2, queued=1, audiences=TAKEN), NEXT, "1 of 3 people were not told by 2026-06-01"),
        (MAILED, Figures(told=2, approval=1, audiences=TAKEN), NEXT, "1 of 3 people were not told by 2026-06-01"),
        (MAILED, Figures(told=2, failed=1, audiences=TAKEN), NEXT, "1 of 3 people were not told by 2026-06-01"),
        (MAILED, Figures(), DAY, ""),
        (MAILED, Figures(), NEXT, "nobody was told, and it was to be done by 2026-06-01"),
        (
            MAILED,
            Figures(told=3, audiences={("main", "public.people"): False}),
            NEXT,
            "people who came in before it took effect were not looked for in main:public.people",
        ),
        (
            MAILED,
            Figures(told=3, audiences=TAKEN, untrue=2),
            DAY,
            "2 people are marked as told, and no mail was sent to them",
        ),
        (
            MAILED,
            Figures(told=3, audiences=TAKEN, lost=("main:public.people",)),
            DAY,
            "people who must be told are not on record any more: main:public.people",
        ),
        (Decision(ALL[:2], "nothing new", DAY), Figures(), NEXT, ""),
    ],
)
def test_a_version_whose_day_passed_with_somebody_untold_is_at_fault(decision, figures, today, says):
    assert find_fault(decision, figures, DAY, today) == says


def test_a_day_before_the_version_takes_effect_leaves_the_tables_open_until_it_does():
    early = Decision(ALL, "it allows more", date(2026, 5, 20), "bob")
    figures = Figures(told=3, audiences={("main", "public.people"): False})
    assert find_fault(early, figures, DAY, date(2026, 5, 21)) == ""
    assert find_fault(early, figures, DAY, DAY) == ""
    assert find_fault(early, figures, DAY, NEXT).startswith("people who came in before it took effect")
    waits = Figures(told=2, queued=1, audiences={("main", "public.people"): False})
    assert find_fault(early, waits, DAY, date(2026, 5, 21)) == "1 of 3 people were not told by 2026-05-20"


def test_a_table_that_nobody_went_through_is_no_table_of_people_who_were_told():
    figures, expected = Figures(told=3, audiences=TAKEN), [("main", "public.people"), ("main", "public.leads")]
    assert find_fault(MAILED, figures, DAY, DAY, expected) == ""
    assert find_fault(MAILED, figures, DAY, NEXT, expected) == "nobody was looked for in main:public.leads"
    assert find_fault(MAILED, figures, DAY, NEXT, expected[:1]) == ""


def test_a_mail_says_what_changes_and_where_to_read_it_in_the_language_of_the_version():
    facts = Facts("Acme", DAY, "We count visits.", 2, "https://privacy.acme.example/policy/2/changes/")
    subject, text = write_notice(facts)
    assert "Acme" in subject
    assert all(words in text for words in ("2026-06-01", "We count visits.", "2 sentences", facts.link))
    arabic = write_notice(Facts("Acme", DAY, "", 2, facts.link, "ar"))
    assert arabic[0] != subject
    assert facts.link in arabic[1]
