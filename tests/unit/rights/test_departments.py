"""Departments of staff: what each may see follows from the promises alone, by the reference engine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from avow.app.casework import Draft, DraftItem
from avow.app.departments import Cut, Sight, check_departments, list_departments
from avow.app.project import Project, open_project
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


def test_departments_are_the_recipients_inside_the_company():
    assert {"internal.finance", "internal.support"} <= {term.id for term in list_departments(load_vocabulary())}
    assert check_departments(["internal.support", "internal.finance"]) == ("internal.finance", "internal.support")
    with pytest.raises(AvowError) as refused:
        check_departments(["internal.suport", "processor"])
    assert refused.value.codes == ("staff.unknown-department",)
