"""Ways past a control that were found later: partitions, relations that are no tables, an address that two people share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest
from shop import DELIVERY, MAP, Shop, column

from avow.datamap.model import Login, Outcomes, OwnerPath, RecordKind, SourceOf, Step, Table
from avow.errors import CompileRefused
from avow.policy.promise import Rule

LEADS = """
CREATE TABLE leads (id int, name text, source text, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE leads_old PARTITION OF leads FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE ROLE leadwriter LOGIN;
GRANT INSERT ON leads, leads_old TO leadwriter;
"""
LEADS_TABLE = Table(
    "public.leads", (column("id"), column("name", "contact.name"), column("source"), column("at")),
    (RecordKind("lead", ("contact_person",)),), source=SourceOf("source", {"event": "subject.event"}),
)  # fmt: skip
NO_OTHER_WAY = Rule("p8/1", "p8", "duty", detail={"duty": "intakes", "shows": ("no-other-way",)})


def test_a_statement_that_names_a_partition_is_no_way_past_the_guard_of_its_table(shop: Shop) -> None:
    shop.store_map = replace(MAP, tables=(*MAP.tables, LEADS_TABLE))
    shop.rules = (*shop.rules, NO_OTHER_WAY)
    with shop.owner() as conn:
        conn.execute(LEADS.encode())
    try:
        shop.apply()
        assert shop.plan().empty
        with shop.owner() as conn:
            conn.execute("CREATE TABLE leads_new PARTITION OF leads FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')")
            conn.execute("GRANT INSERT ON leads, leads_old, leads_new TO leadwriter")
        with psycopg.connect(shop.login_dsn.replace("shopapp", "leadwriter"), autocommit=True) as writer:
            for table, day in (("leads", "2020-05-01"), ("leads_old", "2020-05-01"), ("leads_new", "2021-05-01")):
                with pytest.raises(psycopg.errors.CheckViolation, match="not a registered way in") as caught:
                    writer.execute(f"INSERT INTO public.{table} VALUES (1, 'A', 'event', '{day}')".encode())
                assert caught.value.diag.constraint_name == "avow_way"
        with shop.owner() as conn:  # a superuser stays one
            conn.execute("INSERT INTO leads_old VALUES (1, 'A', 'event', '2020-05-01')")
            conn.execute("INSERT INTO leads VALUES (2, 'B', 'event', '2021-05-01')")
            assert conn.execute("SELECT count(*) FROM leads").fetchone() == (2,)
    finally:
        with shop.owner() as conn:
            conn.execute("DROP OWNED BY leadwriter; DROP ROLE leadwriter")


def test_a_guard_that_is_off_for_one_partition_is_drift_and_apply_turns_it_on_again(shop: Shop) -> None:
    shop.store_map = replace(MAP, tables=(*MAP.tables, LEADS_TABLE))
    shop.rules = (*shop.rules, NO_OTHER_WAY)
    insert = b"INSERT INTO leads_old VALUES (1, 'A', 'event', '2020-05-01')"
    writer_dsn = shop.login_dsn.replace("shopapp", "leadwriter")
    with shop.owner() as conn:
        conn.execute(LEADS.encode())
    try:
        shop.apply()
        with shop.owner() as conn:
            conn.execute("ALTER TABLE leads_old DISABLE TRIGGER zz_avow_way_row")
        with psycopg.connect(writer_dsn, autocommit=True) as writer:
            writer.execute(insert)  # the hole is real
        assert "trigger:public.leads:zz_avow_way_row" in [s.key for s in shop.plan().statements]
        shop.apply()
        assert shop.plan().empty
        refused = pytest.raises(psycopg.errors.CheckViolation, match="not a registered way in")
        with psycopg.connect(writer_dsn, autocommit=True) as writer, refused:
            writer.execute(insert)
    finally:
        with shop.owner() as conn:
            conn.execute("DROP OWNED BY leadwriter; DROP ROLE leadwriter")


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_what_is_no_table_is_refused_by_name_where_a_firms_contract_could_not_close_it(shop: Shop, kind: str) -> None:
    table = Table("public.doors", (column("name", "contact.name"),), (RecordKind("door", ("contact_person",)),))
    firm = Login("couriers", (DELIVERY,), DELIVERY, "enforce", recipient="couriers", until=date(2030, 1, 1))
    free = Rule("p3/1", "p3", "permit", ("contact.name",), (), ("delivery.goods",), ("internal.delivery",))
    shop.store_map = replace(MAP, tables=(*MAP.tables, table), logins=(*MAP.logins, firm))
    shop.rules = (*(r for r in shop.rules if r.id != "p3/1"), free)
    with shop.owner() as conn:
        conn.execute(f"CREATE ROLE couriers LOGIN; CREATE {kind} doors AS SELECT name FROM contacts".encode())
    try:
        with pytest.raises(CompileRefused) as refused:
            shop.plan()
        (found,) = refused.value.diagnostics
        assert (found.code, "public.doors" in found.cause) == ("compile.contract-not-enforceable", True)
        shop.store_map = replace(shop.store_map, logins=(*MAP.logins, replace(firm, until=None)))
        assert not shop.plan().empty
    finally:
        with shop.owner() as conn:
            conn.execute("DROP ROLE couriers")


ANSWERS = "CREATE TABLE answers (contact_id int NOT NULL REFERENCES contacts, own text NOT NULL)"
ANSWERS_TABLE = Table(
    "public.answers", (column("contact_id", link=True), column("own", "contact.name")),
    (RecordKind("answer", ("contact_person",)),), owners=(OwnerPath("public.contacts", (Step("contact_id", "public.contacts",
    "id"),)),), outcomes=Outcomes({"marketing.own": "own"}, {"given": "yes", "refused": "no", "not-answered": "none"}, ""),
)  # fmt: skip
ASKED = Rule("p7/1", "p7", "require.choice", ("contact.email",), (), ("marketing.own",))


def test_who_says_yes_takes_no_address_off_the_list_that_somebody_else_said_no_for(shop: Shop) -> None:
    shop.store_map = replace(MAP, tables=(*MAP.tables, ANSWERS_TABLE))
    shop.rules = (*shop.rules, ASKED)
    with shop.owner() as conn:
        conn.execute(ANSWERS.encode())
        conn.execute("ALTER TABLE contacts DROP CONSTRAINT contacts_email_key")
        conn.execute("UPDATE contacts SET email = 'desk@example.com' WHERE id IN (1, 3)")
    shop.apply()
    lift = "SELECT avow.lift_addresses('public.contacts', %s, 'objected:marketing.own')"
    with shop.owner() as conn:
        conn.execute("SELECT avow.set_suppression_key(%s)", [bytes(range(32))])
        conn.execute("INSERT INTO answers VALUES (1, 'no'), (2, 'no'), (3, 'yes')")
        assert conn.execute("SELECT count(*) FROM avow.suppressed").fetchone() == (4,)  # two addresses, two numbers
        assert conn.execute(lift, [["3"]]).fetchone() == (0,)  # Alice has the same desk, and said no
        assert conn.execute(lift, [["2"]]).fetchone() == (2,)
        conn.execute("SELECT avow.set_state('public.contacts', '1', 'objected:marketing.own', false)")
        assert conn.execute(lift, [["1"]]).fetchone() == (2,)
        assert conn.execute("SELECT count(*) FROM avow.suppressed").fetchone() == (0,)
