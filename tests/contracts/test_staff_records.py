"""Staff, invitations, tokens and idempotency keys in the control database: secrets as digests, links once, rights apart."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from avow.app.roles import PERMISSIONS, ROLES, check_roles, permissions_of, permits
from avow.app.staffing import Staffing
from avow.control import open_control
from avow.errors import AvowError

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def staffing(database, clock):
    with open_control(database, "Lantern"), psycopg.connect(database, autocommit=True) as connection:
        yield Staffing(lambda: nullcontext(connection), "Lantern", clock)


def add(staffing, *roles, by=""):
    ref = str(uuid4())
    assert staffing.join(staffing.invite(roles, by).secret, ref) is not None
    return ref


def test_an_invitation_opens_once(staffing):
    made = staffing.invite(["case_worker"], "")
    assert staffing.join(made.secret, "bob").roles == ("case_worker",)
    assert staffing.join(made.secret, "charlie") is None
    assert staffing.find_member("charlie") is None


def test_an_invitation_ends_after_three_days(staffing, clock):
    made = staffing.invite(["case_worker"], "")
    clock.now = START + timedelta(days=3, seconds=1)
    assert staffing.find_invitation(made.secret) is None
    assert staffing.join(made.secret, "bob") is None


def test_a_withdrawn_invitation_opens_nothing(staffing, clock):
    made = staffing.invite(["auditor"], "")
    staffing.withdraw_invitation(made.id, "dana")
    assert staffing.join(made.secret, "bob") is None


def test_secrets_stand_nowhere_in_the_database(staffing, database):
    link = staffing.invite(["auditor"], "").secret
    token = staffing.issue_token("shop", ["screen"], "").secret
    with psycopg.connect(database) as connection:
        for table in ("staff_invitation", "api_client", "staff_event"):
            rows = str(connection.execute(f"SELECT * FROM control.{table}").fetchall())
            assert link not in rows
            assert token not in rows


def test_a_token_holds_until_it_is_revoked_or_ends(staffing, clock):
    held = staffing.issue_token("shop", ["screen"], "")
    short = staffing.issue_token("audit", ["verdicts:read"], "", START + timedelta(days=1))
    assert staffing.find_client(held.secret).name == "shop"
    assert staffing.find_client(short.secret).scopes == ("verdicts:read",)
    staffing.revoke_token(held.id, "dana")
    clock.now += timedelta(days=2)
    assert staffing.find_client(held.secret) is None
    assert staffing.find_client(short.secret) is None
    assert staffing.find_client("avow_guess") is None
    assert staffing.find_client("") is None


def test_another_companys_token_opens_nothing(staffing, database, clock):
    token = staffing.issue_token("shop", ["screen"], "").secret
    with psycopg.connect(database, autocommit=True) as connection:
        other = Staffing(lambda: nullcontext(connection), "Beacon", clock)
        assert other.find_client(token) is None


def test_calls_are_counted_by_the_minute(staffing, clock):
    client = staffing.issue_token("shop", ["screen"], "").id
    assert [staffing.take_call(client) for _ in range(3)] == [1, 2, 3]
    clock.now += timedelta(minutes=1)
    assert staffing.take_call(client) == 1


def test_a_repeated_call_gets_the_first_answer_and_another_call_under_its_key_is_seen(staffing, clock):
    client = staffing.issue_token("shop", ["screen"], "").id
    assert staffing.begin_answer(client, "k", b"call") is None
    assert staffing.begin_answer(client, "k", b"call").status == 0  # under way
    staffing.keep_answer(client, "k", 201, {"reference": "AV-1"})
    kept = staffing.begin_answer(client, "k", b"another call")
    assert (kept.status, kept.body, kept.digest) == (201, {"reference": "AV-1"}, b"call")
    clock.now += timedelta(hours=25)
    assert staffing.begin_answer(client, "k", b"call") is None


def test_a_key_whose_call_died_is_free_again_after_a_minute(staffing, clock):
    client = staffing.issue_token("shop", ["screen"], "").id
    staffing.begin_answer(client, "k", b"call")
    clock.now += timedelta(seconds=61)
    assert staffing.begin_answer(client, "k", b"call") is None


def test_a_company_keeps_an_administrator(staffing):
    first = add(staffing, "administrator")
    bob = add(staffing, "privacy_officer", by=first)
    for change in (lambda: staffing.end(first, bob), lambda: staffing.set_roles(first, ["auditor"], bob)):
        with pytest.raises(AvowError) as refused:
            change()
        assert refused.value.codes == ("staff.last-administrator",)
    assert staffing.find_member(first).roles == ("administrator",)


def test_nobody_changes_their_own_rights(staffing):
    first = add(staffing, "administrator")
    add(staffing, "administrator")
    with pytest.raises(AvowError) as refused:
        staffing.set_roles(first, ["privacy_officer"], first)
    assert refused.value.codes == ("staff.own-account",)


def test_an_ended_account_opens_nothing_and_stays_in_the_history(staffing):
    first = add(staffing, "administrator")
    bob = add(staffing, "case_worker", by=first)
    staffing.end(bob, first)
    assert staffing.find_member(bob) is None
    assert [m.ref for m in staffing.members() if m.ended_at] == [bob]
    assert ("ended", bob, first) in {(e.name, e.about, e.actor_ref) for e in staffing.events()}


def test_accounts_and_cases_are_never_in_one_hand():
    with pytest.raises(AvowError) as refused:
        check_roles(["administrator", "privacy_officer"])
    assert refused.value.codes == ("staff.roles-apart",)
    assert not any(
        role.permits & {"staff:manage", "clients:manage"} and role.permits - {"staff:manage", "clients:manage"}
        for role in ROLES.values()
    )


def test_an_auditor_sees_no_values_and_changes_nothing():
    assert {name.split(":")[1] for name in ROLES["auditor"].permits} <= {"see", "search"}
    assert not permits(["auditor"], "case:values")


def test_roles_permit_only_what_is_described_and_every_permission_is_somebodys():
    assert permissions_of(ROLES) == frozenset(PERMISSIONS)
    assert permissions_of(["owner"]) == frozenset()


def test_an_invitation_brings_its_departments_and_a_change_is_on_record(staffing):
    first = add(staffing, "administrator")
    link = staffing.invite(["case_worker"], first, ["internal.support"]).secret
    assert staffing.join(link, "bob").departments == ("internal.support",)
    staffing.set_rights("bob", ["case_worker"], ["internal.finance"], first)
    staffing.set_rights("bob", ["case_worker"], ["internal.finance"], first)
    assert staffing.find_member("bob").departments == ("internal.finance",)
    changes = [event for event in staffing.events() if event.about == "bob"]
    assert [(e.name, e.actor_ref, e.roles) for e in changes] == [
        ("departments", first, ("internal.finance",)),  # what stayed as it was is no change
        ("joined", "bob", ("case_worker", "internal.support")),
    ]


def test_nobody_changes_their_own_departments_and_unknown_ones_are_refused(staffing):
    first = add(staffing, "administrator")
    bob = add(staffing, "case_worker", by=first)
    for departments, actor, code in (
        ([], bob, "staff.own-account"),
        (["internal.suport"], first, "staff.unknown-department"),
    ):
        with pytest.raises(AvowError) as refused:
            staffing.set_rights(bob, ["case_worker"], departments, actor)
        assert refused.value.codes == (code,)


def test_the_privacy_office_is_who_sees_values_and_has_no_department(staffing):
    first = add(staffing, "administrator")
    bob = add(staffing, "privacy_officer", by=first)
    worker = add(staffing, "case_worker", by=first)
    staffing.set_rights(worker, ["case_worker"], ["internal.support"], first)
    assert [member.ref for member in staffing.list_privacy_office()] == [bob]
