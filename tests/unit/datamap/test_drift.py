"""Where map and store differ, and what nothing in them satisfies."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from avow.datamap.drift import drift
from avow.datamap.lint import lint
from avow.datamap.model import Attribute, Column, Login, OwnerPath, Pair, RecordKind, Step, StoreMap, Table
from avow.policy.promise import Anchor, Condition, PolicyVersion, Promise, Quote, Rule
from avow.stores.port import ColumnInfo, ForeignKey, IndexInfo, LoginInfo, StoreDescription, TableInfo
from avow.vocabulary import load_vocabulary


def column(name: str, kind: str = "text") -> ColumnInfo:
    return ColumnInfo(name, kind, True, 1)


PEOPLE = TableInfo("public.people", "table", (column("id", "integer"), column("email")), ("id",))
NOTES = TableInfo(
    "public.notes",
    "table",
    (column("id", "integer"), column("person", "integer"), column("body")),
    ("id",),
    (ForeignKey("notes_person", ("person",), "public.people", ("id",), True),),
    (IndexInfo("notes_person", ("person",), False, ""),),
)
STORE = StoreDescription("postgresql", "18", "", (PEOPLE, NOTES), (), (LoginInfo("desk", True, False, False, False),))
MAP = StoreMap(
    "main",
    "postgresql",
    "uk",
    (
        Table(
            "public.people",
            (Column("id", link=True), Column("email", frozenset({"contact.email"}))),
            (RecordKind("person", ("customer",)),),
            key="id",
            owners=(OwnerPath("public.people"),),
        ),
        Table(
            "public.notes",
            (
                Column("id", link=True),
                Column("person", link=True),
                Column("body", frozenset({"communication.support_ticket"})),
            ),
            (RecordKind("note", ("customer",)),),
            owners=(OwnerPath("public.people", (Step("person", "public.people", "id"),)),),
        ),
    ),
    (Login("desk", (Pair("support.provide", "internal.support"),)),),
)
DATA = ("contact.email", "communication.support_ticket")
ANSWER = Rule("answer/1", "answer", "permit", DATA, purposes=("support.provide",), recipients=("internal.support",))


def version(*rules: Rule) -> PolicyVersion:
    promise = Promise("answer", Quote("we answer"), Anchor(0, 9, 1, 1), "use", "does", rules=rules)
    return PolicyVersion("x", "1", date(2026, 1, 1), "en", (), "", "we answer", "", (promise,), ())


def codes(**changed: Any) -> list[str]:
    given = {"version": version(ANSWER), "store_map": MAP, "description": STORE} | changed
    found = lint(given["version"], load_vocabulary(), given["store_map"], given["description"])
    return sorted({d.code for d in found})


def with_table(changed: Table) -> StoreMap:
    return replace(MAP, tables=tuple(changed if t.name == changed.name else t for t in MAP.tables))


def with_info(*changed: TableInfo) -> StoreDescription:
    names = {t.name for t in changed}
    return replace(STORE, tables=(*(t for t in STORE.tables if t.name not in names), *changed))


def test_a_map_that_fits_its_store_and_its_promises_has_no_diagnostic() -> None:
    assert codes() == []


def test_a_new_table_a_new_column_and_their_opposites_are_told() -> None:
    grown = replace(PEOPLE, columns=(*PEOPLE.columns, column("fax"), column("avow_mask", "bigint")))
    found = drift(MAP, with_info(grown, replace(NOTES, name="public.remarks")))
    assert sorted(d.code for d in found) == ["map.unmapped-column", "map.unmapped-table"]
    shrunk = replace(PEOPLE, columns=PEOPLE.columns[:1])
    gone = replace(STORE, tables=(shrunk,), logins=())
    assert {d.code for d in drift(MAP, gone)} == {"map.vanished-column", "map.vanished-table"}


def test_partitions_of_a_mapped_table_are_no_drift() -> None:
    part = replace(NOTES, name="public.notes_2026", kind="partition")
    assert codes(description=with_info(part)) == []


def test_whoever_can_reach_rows_must_be_mapped_or_declared() -> None:
    logins = (
        *STORE.logins,
        LoginInfo("readers", False, False, False, False, privileges=("public.people:SELECT",)),
        LoginInfo("report", True, False, False, False, member_of=("readers",)),
        LoginInfo("backup", True, False, True, False),
        LoginInfo("boss", True, False, False, False, member_of=("pg_read_all_data",)),
        LoginInfo("PUBLIC", False, False, False, False, privileges=("public.notes:SELECT",)),
        LoginInfo("stranger", True, False, False, False),
    )
    found = drift(MAP, replace(STORE, logins=logins))
    assert {d.code for d in found} == {"map.unmapped-login"}
    named = {d.cause.split("`")[1] for d in found}
    assert named == {"report", "backup", "boss", "PUBLIC"}


def test_a_mapped_login_that_is_gone_is_told() -> None:
    other = replace(STORE, logins=(LoginInfo("other", True, False, False, False),))
    assert {d.code for d in drift(MAP, other)} == {"map.vanished-login"}


def test_a_personal_column_that_no_promise_covers_is_told() -> None:
    assert codes(version=version(replace(ANSWER, data=("contact.email",)))) == ["map.uncovered-column"]


def test_free_text_that_nobody_confirmed_is_covered_only_by_any_personal() -> None:
    notes = MAP.tables[1]
    unread = with_table(replace(notes, columns=(*notes.columns[:2], Column("body", free_text=True))))
    assert codes(store_map=unread, version=version(replace(ANSWER, data=("contact.email",)))) == [
        "map.uncovered-column"
    ]
    everything = replace(ANSWER, data=("contact.email", "any.personal"))
    assert codes(store_map=unread, version=version(everything)) == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (replace(ANSWER, subjects=("staff",)), "holds `contact.email`, `communication.support_ticket` of `staff`"),
        (Rule("answer/2", "answer", "bound", ("payment.invoice",)), "holds `payment.invoice`"),
        (Rule("answer/2", "answer", "right", subjects=("staff",)), "holds anything personal of `staff`"),
        (
            Rule("answer/2", "answer", "require.choice", ("contact.email",), purposes=("marketing.own",)),
            "records what people answer",
        ),
        (Rule("answer/2", "answer", "observe", detail={"that": "rows-within", "attribute": "country"}), "`country`"),
        (
            Rule("answer/2", "answer", "observe", detail={"that": "reconciles", "table": "public.traffic"}),
            "no table `public.traffic` in its map",
        ),
        (
            Rule("answer/2", "answer", "require.field", ("contact.email",), detail={"attribute": "event"}),
            "the attribute `event`",
        ),
    ],
    ids=["subjects", "bound", "right", "choice", "observed attribute", "observed table", "required attribute"],
)
def test_every_kind_of_rule_that_nothing_in_the_map_can_satisfy_is_told(rule: Rule, words: str) -> None:
    (only,) = [
        d for d in lint(version(ANSWER, rule), load_vocabulary(), MAP, STORE) if d.code == "map.unsatisfied-rule"
    ]
    assert words in only.cause
    people = Rule("answer/3", "answer", "right", ("any.personal",), ("customer",), detail={"right": "access"})
    assert codes(version=version(ANSWER, people)) == []


def test_a_rule_that_reaches_no_column_no_login_or_no_attribute_is_told() -> None:
    invoices = replace(ANSWER, id="answer/2", data=("payment.invoice",))
    assert codes(version=version(ANSWER, invoices)) == ["map.unsatisfied-rule"]
    finance = replace(ANSWER, id="answer/2", recipients=("internal.finance",))
    assert codes(version=version(ANSWER, finance)) == ["map.unsatisfied-rule"]
    delivery = replace(ANSWER, id="answer/2", when=(Condition("row", ("delivery",), "role"),))
    assert codes(version=version(ANSWER, delivery)) == ["map.unsatisfied-rule"]
    with_role = replace(MAP.tables[0], attributes=(Attribute("role", "email"),))
    assert codes(version=version(ANSWER, delivery), store_map=with_table(with_role)) == []


def test_a_table_without_a_path_to_its_subject_is_told() -> None:
    assert codes(store_map=with_table(replace(MAP.tables[1], owners=()))) == ["map.no-owner-path"]


def test_a_copy_is_told_even_when_it_is_mapped() -> None:
    assert codes(store_map=with_table(replace(MAP.tables[1], copy_of="public.people"))) == ["map.copy"]


def test_a_reference_to_a_person_without_an_index_is_told_declared_or_not() -> None:
    bare = replace(NOTES, indexes=(), foreign_keys=())
    assert codes(description=with_info(bare)) == ["map.unindexed-reference"]
    key = replace(NOTES.foreign_keys[0], indexed=False)
    assert codes(description=with_info(replace(bare, foreign_keys=(key,)))) == ["map.unindexed-reference"]


def test_an_ignored_table_with_columns_named_like_people_is_told() -> None:
    audit = TableInfo("public.audit", "table", (column("id"), column("user_email")))
    ignored = replace(MAP, tables=(*MAP.tables, Table("public.audit", (), (), ignore="technical")))
    assert codes(store_map=ignored, description=with_info(audit)) == ["map.ignored-looks-personal"]
