"""Departments of staff: what each may see follows from the promises alone, by the reference engine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from avow.app.casework import Draft, DraftItem
from avow.app.departments import Cut, Sight, check_departments, list_departments
from avow.app.project import Project, open_project
from avow.control.cases import MatchRow
from avow.errors import AvowError
from avow.vocabulary import load_vocabulary

EXAMPLE = Path(__file__).parents[3] / "examples" / "cloudsentric"


@cache
def example() -> Project:
    return open_project(EXAMPLE, {})


def sees(department: str, column: str, *marks: str) -> bool:
    table, _, name = column.rpartition(".")
    return Sight(example(), (department,), frozenset(marks)).sees_column("main", f"public.{table}", name)


@pytest.mark.parametrize(
    ("column", "finance", "sales", "support"),
    [
        ("tickets.title", False, False, True),
        ("invoices.amount", True, False, False),
        ("contacts.job_title", False, True, False),
        ("end_users.full_name", True, True, True),
        ("credit_reports.score", False, False, False),  # only while the row's case is open, which nobody knows here
    ],
)
def test_a_department_sees_what_a_promise_lets_it_use(column, finance, sales, support):
    seen = tuple(sees(f"internal.{name}", column) for name in ("finance", "sales", "support"))
    assert seen == (finance, sales, support)


def test_several_departments_see_what_either_may():
    both = Sight(example(), ("internal.finance", "internal.support"))
    assert both.sees_column("main", "public.tickets", "title")
    assert both.sees_column("main", "public.invoices", "amount")


def test_a_use_that_the_person_objected_to_shows_nothing():
    assert sees("internal.sales", "marketing_preferences.wants_affiliate")
    uses = ("own", "affiliate", "other_information")
    marks = [f"objected:marketing.{use}" for use in uses]
    assert not sees("internal.sales", "leads.phone", *marks)
    assert sees("internal.sales", "leads.phone")


def test_what_the_map_does_not_know_shows_to_no_department():
    assert not sees("internal.sales", "orders.mood")
    assert not Sight(example(), ("internal.sales",)).sees_column("nowhere", "public.orders", "total")


def test_values_that_do_not_show_are_counted_by_category():
    def item(number: int, table: str, column: str, category: str) -> DraftItem:
        return DraftItem(number, ("main", f"public.{table}", "7", column), (category,), "v", "no", "", "", "")

    items = [
        item(1, "tickets", "title", "communication.support_ticket"),
        item(2, "tickets", "title", "communication.support_ticket"),
        item(3, "invoices", "amount", "payment.invoice"),
    ]
    cut = Cut(Sight(example(), ("internal.finance",)))
    assert [one.number for one in cut.draft(Draft(tuple(items))).items] == [3]
    assert cut.taken == ((load_vocabulary().label("communication.support_ticket", "category"), 2),)


def test_a_rows_key_goes_where_it_holds_a_value_that_does_not_show():
    def item(number: int, table: str, key: str, column: str, category: str, value: str) -> DraftItem:
        return DraftItem(number, ("main", f"public.{table}", key, column), (category,), value, "no", "", "", "")

    title, amount = "communication.support_ticket", "payment.invoice"
    items = (
        item(1, "tickets", "7", "title", title, "alice@quarry.example"),
        item(2, "invoices", "alice@quarry.example/3", "amount", amount, "12.00"),
        item(3, "invoices", "8", "amount", amount, "13.00"),
    )
    shown = Cut(Sight(example(), ("internal.finance",))).draft(Draft(items)).items
    assert [(one.number, one.place[2]) for one in shown] == [(2, ""), (3, "8")]


def test_of_somebody_whom_nobody_knows_yet_a_department_sees_as_if_they_had_said_no_to_everything():
    sales = Sight(example(), ("internal.sales",))
    assert sales.sees_column("main", "public.leads", "phone")
    assert not sales.strictest.sees_column("main", "public.leads", "phone")
    assert sales.sees_column("main", "public.leads", "phone")  # and knows its own answer still


def test_the_card_of_a_row_that_is_perhaps_somebody_elses_shows_what_a_no_would_leave():
    def match(verdict: str) -> MatchRow:
        facts = dict.fromkeys(MatchRow.__dataclass_fields__, "")
        return MatchRow(
            **{
                **facts,
                "store": "main",
                "table": "public.leads",
                "key": "4",
                "card": '{"phone": "01632"}',
                "verdict": verdict,
            }
        )  # type: ignore[arg-type]

    cut = Cut(Sight(example(), ("internal.sales",)))
    assert "01632" in cut._match(match("theirs")).card
    assert cut._match(match("ask")).card == ""


def test_departments_are_the_recipients_inside_the_company():
    assert {"internal.finance", "internal.support"} <= {term.id for term in list_departments(load_vocabulary())}
    assert check_departments(["internal.support", "internal.finance"]) == ("internal.finance", "internal.support")
    with pytest.raises(AvowError) as refused:
        check_departments(["internal.suport", "processor"])
    assert refused.value.codes == ("staff.unknown-department",)
