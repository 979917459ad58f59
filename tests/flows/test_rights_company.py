"""CloudSentric keeps what its policy says about people's rights: on its real database, by the desk and the workers alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "examples"))

from avow.app import open_desk, open_working  # noqa: E402
from avow.duties.rights.model import Actor, Contact, Request, Wish  # noqa: E402
from cloudsentric.company.avow_logins import create_control, give_logins  # noqa: E402
from cloudsentric.company.generate import create_company, drop_company, read_for_prefix  # noqa: E402

GUEST, BOB = Actor("guest"), Actor("staff", "bob")


@dataclass(frozen=True)
class Company:
    project: Path
    dsns: dict[str, str]
    superuser: str
    control: str
    prefix: str

    def avow(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "avow.cli.main", "--project", str(self.project), *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=300, env={**os.environ, **environ}
        )

    def grant(self) -> None:
        done = self.avow("grants", "--prefix", self.prefix, AVOW_STORE_MAIN_ADMIN_DSN=self.superuser)
        assert done.returncode == 0, done.stderr
        secrets = self.project / "avow.env"
        secrets.touch(0o600)
        given = give_logins(self.superuser, done.stdout, self.prefix)
        lines = [f"AVOW_STORE_MAIN_{name.upper()}_DSN={dsn}" for name, dsn in given.items()]
        if lines:
            secrets.write_text("\n".join([f"AVOW_CONTROL_DSN={self.control}", *lines]) + "\n")

    def of(self, query: str, login: str = "") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsns[login] if login else self.superuser) as connection:
            return connection.execute(query).fetchall()

    def work(self) -> None:
        with open_working(self.project, {}) as working:
            working.run_until_idle()

    def ask(self, kind: str, mail: str, **more: Any) -> Request:
        """A guest asks and shows the address; the code is read where only a test may: in the working memory of the desk."""
        codes: list[str] = []
        desk = open_desk(self.project, {})
        post = desk.office.post
        try:
            object.__setattr__(
                desk.office, "post", lambda s, m: (codes.append(m.values.get("code", "")), post(s, m))[1]
            )
            wish = Wish("please", purposes=more.pop("purposes", ()), changes=more.pop("changes", ()))
            request = desk.open_request(kind, Contact(mail), wish, more.pop("channel", "portal_ticket"), "uk", GUEST)
            if request.state == "identity":
                assert desk.answer_challenge(request.id, codes[0])
            return desk.get_request(request.id)
        finally:
            desk.close()

    def desk(self) -> Any:
        return open_desk(self.project, {})


@pytest.fixture(scope="module")
def company(_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    prefix, database = f"rights{os.getpid()}_", f"rights_{os.getpid()}"
    dsns = create_company(_server.dsn, database, 200, prefix)
    control = create_control(_server.dsn, f"{database}_control", prefix)
    project = tmp_path_factory.mktemp("rights") / "cloudsentric"
    shutil.copytree(ROOT / "examples" / "cloudsentric", project, ignore=shutil.ignore_patterns("company"))
    for name in ("datamap.yaml", "custodians.yaml"):
        (project / name).write_text(read_for_prefix(project / name, prefix), encoding="utf-8")
    superuser = psycopg.conninfo.make_conninfo(_server.dsn, dbname=database)
    made = Company(project, dsns, superuser, control, prefix)
    made.grant()
    applied = made.avow("apply")
    assert applied.returncode == 0, applied.stderr
    made.grant()
    yield made
    with psycopg.connect(_server.dsn, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{database}_control" WITH (FORCE)')
    drop_company(_server.dsn, database, prefix)


def finish_tasks(desk: Any, request: Request) -> None:
    for task in desk.tasks(request_id=request.id):
        assert desk.instructions(task.store, task.step)
        desk.finish_task(task.id, "done", "searched, nothing there", b"a screenshot", BOB)


def test_somebody_who_objects_by_ticket_is_left_out_of_the_next_campaign_and_of_every_later_list(company):
    (mail,) = company.of("SELECT email FROM leads WHERE email IS NOT NULL ORDER BY id LIMIT 1")[0]
    seen = f"SELECT count(*) FROM leads WHERE email = '{mail}'"
    others = "SELECT count(*) FROM leads"
    before, crowd = company.of(seen, "marketing"), company.of(others, "marketing")[0][0]
    assert before[0][0] >= 1
    request = company.ask("objection", mail, purposes=("marketing.own",))
    assert request.identity_needed == "none"
    company.work()
    desk = company.desk()
    assert company.of(seen, "marketing") == [(0,)], desk.stores(request.id)
    assert company.of(others, "marketing")[0][0] == crowd - before[0][0]
    with psycopg.connect(company.dsns["owner"], autocommit=True) as owner:
        owner.execute(
            "INSERT INTO leads (source, broker_id, organisation, person, email)"
            " SELECT 'broker', min(id), 'Bought Ltd', 'X', upper(%s) FROM brokers",
            [mail],
        )
    assert company.of(f"SELECT count(*) FROM leads WHERE lower(email) = '{mail}'", "marketing") == [(0,)]
    finish_tasks(desk, request)
    company.work()
    assert desk.get_request(request.id).state == "done"
    desk.close()


def test_a_correspondent_of_the_network_log_alone_gets_a_yes_and_the_rows(company):
    mail = "outside.correspondent@far.example"
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO traffic (seen_at, direction, local_ip, remote_ip, remote_email, bytes)"
            " VALUES (now(), 'in', '192.0.2.1', '198.51.100.9', %s, 10)",
            [mail],
        )
    request, nobody = company.ask("access", mail), company.ask("access", "nobody.at.all@far.example")
    company.work()
    desk = company.desk()
    if desk.get_request(request.id).state == "review":  # somebody else stands in the same rows: staff looks first
        assert desk.timeline(request.id)[-1].name == "redactions to look at"
        assert desk.approve(request.id, BOB)
        company.work()
    assert desk.answer(request.id), (desk.timeline(request.id)[-1], desk.stores(request.id))
    answer = json.loads(b"".join(desk.read_answer(request.id, "data.json")))
    assert mail in json.dumps(answer)
    assert answer["request"]["kind"] == "access"
    assert desk.case(request.id, BOB, "privacy_officer").held is True
    assert desk.case(nobody.id, BOB, "privacy_officer").held is False
    assert any("traffic.remote_email" in place for place in desk.searched(request.id)["main"])
    desk.close()


def test_a_corrected_number_stands_in_every_row_of_the_person_and_nobody_elses(company):
    query = (
        "SELECT c.id, c.email, c.phone FROM contacts c WHERE c.email IS NOT NULL AND c.phone IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM contacts o WHERE o.id <> c.id AND (o.email = c.email OR o.phone = c.phone)) ORDER BY c.id DESC LIMIT 1"
    )
    number, mail, old = company.of(query)[0]
    rest = company.of(f"SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM contacts c WHERE id <> {number}")
    new = "+44 20 7946 0999"
    request = company.ask("rectification", mail, changes=(("main", "public.contacts", str(number), "phone", new),))
    company.work()
    desk = company.desk()
    assert company.of(f"SELECT phone FROM contacts WHERE id = {number}") == [(new,)], desk.stores(request.id)
    assert company.of(f"SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM contacts c WHERE id <> {number}") == rest
    assert company.of(f"SELECT count(*) FROM contacts_2019 WHERE tel = '{old}'") == [(0,)]
    assert "work begins" in [event.name for event in desk.timeline(request.id)]
    desk.close()


def test_an_erased_contact_is_gone_and_the_invoices_and_the_organisation_stay(company):
    query = (
        "SELECT c.id, c.email, c.organisation_id FROM contacts c JOIN invoices i ON i.billing_contact_id = c.id"
        " WHERE c.email IS NOT NULL ORDER BY c.id LIMIT 1"
    )
    number, mail, organisation = company.of(query)[0]
    invoices = company.of("SELECT count(*), sum(amount) FROM invoices")
    request = company.ask("erasure", mail)
    company.work()
    desk = company.desk()
    assert desk.get_request(request.id).state == "waiting", desk.stores(request.id)
    with psycopg.connect(company.control, autocommit=True) as control:
        control.execute("UPDATE control.request SET waits_until = clock_timestamp() WHERE id = %s", [request.id])
    company.work()
    assert desk.get_request(request.id).state == "hands", desk.stores(request.id)
    finish_tasks(desk, request)
    company.work()
    assert desk.get_request(request.id).state == "done", desk.stores(request.id)
    assert company.of(f"SELECT count(*) FROM contacts WHERE id = {number} OR email = '{mail}'") == [(0,)]
    assert company.of(f"SELECT count(*) FROM organisations WHERE id = {organisation}") == [(1,)]
    assert company.of("SELECT count(*), sum(amount) FROM invoices") == invoices
    document, signature = desk.certificate(request.id)
    assert request.reference in json.dumps(document)
    assert mail not in json.dumps(document)
    assert len(signature) == 64
    desk.close()
    dump = subprocess.run(["pg_dump", "--version"], capture_output=True, check=False)
    assert dump.returncode == 0
    with psycopg.connect(company.control) as control:
        tables = control.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'control'").fetchall()
        for (table,) in tables:
            text = control.execute(f"SELECT string_agg(t::text, '') FROM control.{table} t").fetchone()
            assert mail not in (text[0] or "")


def test_the_command_line_takes_a_letter_in_and_shows_where_it_stands(company):
    done = company.avow(
        "request", "open", "question", "--post", "1 Quay, Leeds", "--text", "How long?", "--channel", "letter"
    )
    assert done.returncode == 0, done.stderr
    reference = done.stdout.partition(":")[0]
    shown = company.avow("request", "show", reference)
    assert "question" in shown.stdout
    assert "for a person" in shown.stdout
    assert reference in company.avow("request", "list").stdout
    assert company.avow("work", "--once").returncode == 0
