"""A reminder reaches somebody who may do something about it: the owner, the department, or the privacy office."""

from uuid import UUID

import psycopg
import pytest
from counter import COMPANY, open_counter

from avow.app.owners import Owners
from avow.control.staff import StaffRecords

DANA, BOB, EVE, GONE, AUDITOR = (str(UUID(int=number)) for number in range(5))


@pytest.fixture
def counter(database, tmp_path):
    opened = open_counter(database, tmp_path)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA console")
        connection.execute("CREATE TABLE console.accounts_user (id uuid, email text, is_active boolean)")
        members = (
            (BOB, "privacy_officer", ()),
            (DANA, "case_worker", ("internal.support",)),
            (EVE, "case_worker", ("internal.finance",)),
            (GONE, "case_worker", ("internal.support",)),
            (AUDITOR, "auditor", ("internal.support",)),
        )
        names = dict(zip((DANA, BOB, EVE, GONE, AUDITOR), ("Dana", "Bob", "Eve", "Gone", "Auditor"), strict=True))
        for ref, role, departments in members:
            connection.execute(
                "INSERT INTO console.accounts_user VALUES (%s, %s, true)", (ref, f"{names[ref]}@acme.example")
            )
            connection.execute(
                "INSERT INTO control.staff_member (ref, company, roles, departments, ended_at)"
                " VALUES (%s, %s, %s, %s, CASE WHEN %s THEN now() END)",
                (ref, COMPANY, [role], list(departments), ref == GONE),
            )
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("owner", "department", "reached"),
    [
        ("head@support.example", "internal.support", ("head@support.example",)),
        (EVE, "internal.support", ("eve@acme.example",)),
        ("head of support", "internal.support", ("dana@acme.example",)),
        ("internal.finance", "", ("eve@acme.example",)),
        ("the accountant", "", ("bob@acme.example",)),
        (GONE, "", ("bob@acme.example",)),
    ],
)
def test_an_owner_leads_to_those_who_may_work_on_it(counter, owner, department, reached):
    with counter.desk.session() as session:
        assert Owners("privacy@acme.example")(session, owner, department) == reached


def test_without_any_account_the_contact_of_the_company_is_written_to(database, tmp_path):
    opened = open_counter(database, tmp_path)
    with opened.desk.session() as session:
        assert StaffRecords(session.connection, COMPANY).members() == ()
        assert Owners("privacy@acme.example")(session, "head of support", "") == ("privacy@acme.example",)
        assert Owners("")(session, "head of support", "") == ()
    opened.close()
