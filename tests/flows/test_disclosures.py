"""Disclosures end to end on the example company: the command, the file, the register, the firm's own login, and what follows.

On the newest PostgreSQL; what differs between versions is tried where roles are compiled.
"""

from __future__ import annotations

import csv
import io
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from avow.app import open_desk, open_project, open_register
from avow.control import disclosures
from avow.errors import DisclosureError
from company import Company, make_company_alone

pytestmark = pytest.mark.slow
COURIER = "northline-couriers"
DELIVER = ("--purpose", "order.deliver")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with make_company_alone(tmp_path_factory.mktemp("disclosing"), "giving") as made:
        yield made


def contact(company: Company, role: str, number: int = 0) -> tuple[int, str, str]:
    query = f"SELECT id, name, email FROM contacts WHERE role = '{role}' ORDER BY id OFFSET {number} LIMIT 1"
    found: tuple[int, str, str] = company.of(query)[0]
    return found


def row(key: int) -> str:
    return f"main:public.contacts:{key}"


def newest(company: Company) -> disclosures.Disclosure:
    with open_register(company.project, {}, lambda line: None) as register:
        return register.lines()[0]


def test_a_courier_gets_a_file_of_its_contacts_and_nothing_else(company: Company, tmp_path: Path) -> None:
    (van, name, _), (bills, _, _) = contact(company, "delivery"), contact(company, "billing")
    out = tmp_path / "van.csv"
    done = company.avow("--quiet", "disclose", COURIER, row(van), row(bills), *DELIVER, "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    header, *lines = csv.reader(io.StringIO(out.read_text()))
    made = newest(company)
    assert header == ["record", "name", "postal_address", "phone"]
    assert [line[:2] for line in lines] == [[f"{made.reference}/1", name]]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert (made.state, made.people, made.left_out, made.ground) == ("delivered", 1, 1, "contract")
    assert "1 people were left out" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((COURIER, "--purpose", "order.deliver", "--columns", "name,email"), "disclosure.field-not-promised"),
        ((COURIER, "--purpose", "marketing.own", "--columns", "name"), "disclosure.purpose-not-registered"),
        (("nobody", "--purpose", "order.deliver", "--columns", "name"), "disclosure.unknown-recipient"),
        ((COURIER, *DELIVER, "--ground", "consent", "--columns", "name"), "disclosure.no-consent"),
        ((COURIER, *DELIVER, "--ground", "obligation", "--columns", "name"), "disclosure.no-case"),
        (
            ("internal.support", "--ground", "inside", "--giver", "internal.sales", "--columns", "fax"),
            "disclosure.role-may-not",
        ),
    ],
)
def test_what_has_no_ground_is_refused_and_stands_in_the_register(
    company: Company, words: tuple[str, ...], code: str
) -> None:
    recipient, *rest = words
    refused = company.avow("--quiet", "disclose", recipient, row(contact(company, "delivery")[0]), *rest)
    assert refused.returncode == 1, refused.stderr
    assert code in refused.stdout
    made = newest(company)
    assert (made.state, code in made.codes) == ("refused", True)


def test_an_emergency_goes_at_once_and_somebody_else_judges_it(company: Company) -> None:
    key = contact(company, "support")[0]
    asked = ("disclose", COURIER, row(key), "--ground", "emergency", "--columns", "name,phone", "--by", "bob")
    assert company.avow("--quiet", *asked).returncode == 1
    nobody = company.avow("--quiet", *asked[:-1], "whoever", "--why", "somebody fell off the van")
    assert (nobody.returncode, "staff.nobody" in nobody.stderr) == (2, True)
    assert company.avow("--quiet", *asked, "--why", "somebody fell off the van").returncode == 0
    made = newest(company)
    own = company.avow("--quiet", "disclosures", "review", str(made.id), "--by", "bob")
    assert "disclosure.same-person" in own.stderr
    assert company.avow("--quiet", "disclosures", "review", str(made.id), "--by", "dana").returncode == 0
    assert newest(company).review == "justified"
    with psycopg.connect(company.control) as control:
        (sealed,) = control.execute("SELECT why_sealed FROM control.disclosure WHERE id = %s", [made.id]).fetchone()
    assert b"fell" not in bytes(sealed)


def test_a_file_is_fetched_by_its_firm_alone_and_not_after_the_contract(company: Company) -> None:
    key = contact(company, "delivery", 1)[0]
    assert company.avow("--quiet", "disclose", COURIER, row(key), *DELIVER, "--mail").returncode == 0
    made = newest(company)
    with psycopg.connect(company.control) as control:
        mails = control.execute(
            "SELECT template, to_domain FROM control.outbox WHERE template LIKE 'disclosure%'"
        ).fetchall()
    assert mails == [("disclosure-ready", "northline-couriers.example")]
    with open_register(company.project, {}, lambda line: None) as register:
        with pytest.raises(DisclosureError) as refused:
            register.fetch(made.id, "brightwire-installers")
        assert refused.value.codes == ("disclosure.not-yours",)
        assert register.fetch(made.id, COURIER).startswith(b"record,name")
    file = company.project / "recipients.yaml"
    before = file.read_text()
    file.write_text(before.replace("expires: 2031-01-31", "expires: 2026-01-31", 1))
    try:
        with (
            open_register(company.project, {}, lambda line: None) as register,
            pytest.raises(DisclosureError) as closed,
        ):
            register.fetch(made.id, COURIER)
        assert closed.value.codes == ("disclosure.closed",)
        ended = company.avow("--quiet", "disclose", COURIER, row(key), *DELIVER)
        assert "disclosure.contract-not-running" in ended.stdout
    finally:
        file.write_text(before)


def test_the_firm_s_own_login_sees_its_columns_until_its_contract_ends_also_in_an_open_session(
    company: Company,
) -> None:
    file = company.project / "recipients.yaml"
    before = file.read_text()
    with psycopg.connect(company.dsns["northline"], autocommit=True) as session:
        shown = session.execute("SELECT * FROM contacts")
        columns = {column.name for column in shown.description or ()}
        assert shown.fetchall()
        assert columns.isdisjoint({"email", "fax", "job_title"})
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT email FROM public.contacts")
        file.write_text(before.replace("expires: 2031-01-31", "expires: 2026-01-31", 1))
        try:
            applied = company.avow("--quiet", "apply")
            assert applied.returncode == 0, applied.stderr
            assert session.execute("SELECT count(*) FROM contacts").fetchone() == (0,)
            session.execute("SET avow.as_of = '2020-01-01'")  # a session can only close more for itself
            assert session.execute("SELECT count(*) FROM contacts").fetchone() == (0,)
            ends = f"SELECT rolvaliduntil < now() FROM pg_roles WHERE rolname = '{company.prefix}northline'"
            assert company.of(ends) == [(True,)]
            assert company.of("SELECT count(*) > 0 FROM contacts", "support") == [(True,)]
        finally:
            file.write_text(before)
            assert company.avow("--quiet", "apply").returncode == 0
    assert company.of("SELECT count(*) > 0 FROM contacts", "northline") == [(True,)]
    assert company.avow("--quiet", "plan").returncode == 0


def test_who_was_given_data_is_told_of_its_erasure_and_nobody_else(company: Company) -> None:
    (key, _, email), (other, other_name, _) = contact(company, "delivery", 2), contact(company, "delivery", 3)
    with open_register(company.project, {}, lambda line: None) as register:
        before = {one.id for one in register.lines("ready")}
    for one in (key, other):
        assert company.avow("--quiet", "disclose", COURIER, row(one), *DELIVER).returncode == 0
    with open_register(company.project, {}, lambda line: None) as register:
        waiting = {one.id for one in register.lines("ready")} - before
    request = company.ask("erasure", email)
    with psycopg.connect(company.control, autocommit=True) as control:
        control.execute("UPDATE control.request SET waits_until = now() WHERE id = %s", [request.id])
    company.work()
    with open_register(company.project, {}, lambda line: None) as register:
        (notice,) = register.notices()
        with pytest.raises(DisclosureError):
            register.fetch(notice.disclosure, COURIER)  # what was not fetched yet is gone with the person
        (kept,) = waiting - {notice.disclosure}
        assert other_name in register.fetch(kept, COURIER).decode()
    assert (notice.recipient, notice.what, notice.told_at, notice.queued) == (COURIER, "erasure", None, True)
    with psycopg.connect(company.control) as control:
        told = control.execute("SELECT count(*) FROM control.outbox WHERE template = 'disclosure-erasure'").fetchone()
    assert told == (1,)
    waiting = company.avow("--quiet", "disclosures", "notices")
    assert (waiting.returncode, "a mail is queued" in waiting.stdout) == (1, True)
    with psycopg.connect(company.control, autocommit=True) as control:
        control.execute(
            "UPDATE control.outbox SET state = 'sent', sent_at = now() WHERE template = 'disclosure-erasure'"
        )
    assert "told on" in company.avow("--quiet", "disclosures", "notices").stdout
    assert company.avow("--quiet", "disclosures", "notices", "--confirm", str(notice.id)).returncode == 0


def test_figures_count_what_went_and_what_did_not_and_name_nobody(company: Company) -> None:
    told = company.avow("--quiet", "disclosures", "figures").stdout
    assert "processor.delivery, contract:" in told
    assert "@" not in told
    released = [line for line in told.splitlines() if line.startswith("processor.delivery, contract:")]
    assert released[0].split(": ")[1].startswith("4 disclosures about 4 people")


def test_a_person_is_found_in_the_register_by_the_row_that_a_store_knows_them_by(company: Company) -> None:
    key = contact(company, "delivery")[0]
    desk = open_desk(company.project, {})
    try:
        with desk.session() as session:
            given = disclosures.list_given(session, [("main", "public.contacts", str(key))])
            nobody = disclosures.list_given(session, [("main", "public.contacts", "0")])
    finally:
        desk.close()
    assert [one.entity for one in given] == ["Northline Couriers Ltd (fictional)"]
    assert nobody == []
    assert open_project(company.project, {}).register
