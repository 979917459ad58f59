"""`cases:` of a store: about whom they are, where a program keeps them, and that each has an end."""

import pytest

from avow.datamap.read import check_datamap, read_datamap
from avow.vocabulary import load_vocabulary

MAP = """
stores:
  main:
    kind: postgresql
    location: uk
    tables:
      public.people:
        key: id
        records: [{name: person, subjects: [customer]}]
        columns: {id: link, name: [identity.name]}
      public.terms:
        owners: [{to: public.people, via: [person_id -> public.people.id]}]
        records: [{name: terms asked for, subjects: [customer]}]
        columns: {id: link, person_id: link, state: [record.request]}
    cases:
      credit: {about: public.people, table: public.terms, key: id, column: person_id, state: state, open: [open], days: 30}
      abuse: {about: public.people}
"""


def test_a_kind_of_case_says_about_whom_it_is_and_where_it_is_kept():
    store = read_datamap(MAP, load_vocabulary()).stores[0]
    credit = store.find_case("credit")
    assert (credit.subject, credit.table, credit.open, credit.days) == ("public.people", "public.terms", ("open",), 30)
    assert store.find_case_path(store.find_table("public.terms"), "credit") == "person_id"
    assert store.find_case_path(store.find_table("public.people"), "abuse") == "id"
    assert store.find_case_path(store.find_table("public.terms"), "merger") is None


@pytest.mark.parametrize(
    "change",
    [
        (", days: 30", ""),
        ("about: public.people}", "about: public.terms}"),
        ("column: person_id", "column: owner_id"),
        ("table: public.terms", "table: public.nowhere"),
    ],
)
def test_a_case_without_end_or_subject_is_refused(change):
    assert "map.bad-case" in {d.code for d in check_datamap(MAP.replace(*change), load_vocabulary())}
