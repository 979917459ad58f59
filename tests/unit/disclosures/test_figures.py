"""Figures for everybody: by year and ground, and no small number where the policy keeps them back."""

from avow.control.disclosures import Year
from avow.duties.disclosures.figures import Line, Shown, YearShown, show_years

YEARS = (
    Year(2026, "", 2, 0),
    Year(2026, "consent", 3, 4),
    Year(2026, "contract", 40, 200),
    Year(2025, "contract", 10, 9),
)


def test_where_the_policy_keeps_no_number_back_each_is_told():
    newest, oldest = show_years(YEARS, 0)
    assert newest == YearShown(
        2026, (Line("consent", Shown(3), Shown(4)), Line("contract", Shown(40), Shown(200))), Shown(2)
    )
    assert oldest.refused == Shown(0)


def test_numbers_below_the_smallest_group_are_told_as_fewer_and_nothing_else_is():
    newest, oldest = show_years(YEARS, 10)
    assert newest.lines[0] == Line("consent", Shown(0, 10), Shown(0, 10))
    assert newest.lines[1] == Line("contract", Shown(40), Shown(200))
    assert newest.refused == Shown(0, 10)
    assert oldest.lines == (Line("contract", Shown(10), Shown(0, 10)),)
    assert oldest.refused == Shown(0), "that nothing happened names nobody"
