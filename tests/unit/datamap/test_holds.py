"""What a column holds, and finding a column by its name."""

from __future__ import annotations

import pytest

from avow.datamap.holds import categories_of, find_column
from avow.datamap.model import Column, DataMap, StoreMap, Table
from avow.errors import DataMapError

MAIL = frozenset({"contact.email"})
LEADS = (Table("public.leads", (Column("email", MAIL),), ()), Table("old.leads", (Column("email"),), ()))
CONTACTS = (Table("public.contacts", (Column("email", MAIL),), ()),)
MAP = DataMap((StoreMap("main", "postgresql", "uk", CONTACTS), StoreMap("old", "postgresql", "uk", LEADS)))


@pytest.mark.parametrize(
    ("column", "held"),
    [
        (Column("c", MAIL), MAIL),
        (Column("c"), frozenset()),
        (Column("c", free_text=True), {"any.personal"}),
        (Column("c", MAIL, free_text=True), MAIL),
        (Column("c", MAIL, confirmed=False), {"contact.email", "any.personal"}),
        (Column("c", keys={"a": MAIL, "b": frozenset({"contact.fax"})}), {"contact.email", "contact.fax"}),
    ],
)
def test_what_nobody_confirmed_counts_as_any_personal_data(column, held):
    assert categories_of(column) == held


@pytest.mark.parametrize("name", ["contacts.email", "public.contacts.email", "main:public.contacts.email"])
def test_a_column_is_found_by_any_of_its_names(name):
    store, table, column = find_column(MAP, name)
    assert (store.name, table.name, column.name) == ("main", "public.contacts", "email")


def test_a_name_that_fits_two_columns_is_asked_about_and_never_chosen():
    with pytest.raises(DataMapError) as told:
        find_column(MAP, "leads.email")
    assert told.value.codes == ("map.ambiguous-column",)
    assert "`old:public.leads.email`, `old:old.leads.email`" in str(told.value)


def test_a_name_that_fits_none_finds_nothing():
    assert find_column(MAP, "contact.email") is None
