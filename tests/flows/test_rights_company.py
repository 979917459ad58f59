"""CloudSentric keeps what its policy says about people's rights: on its real database, by the desk and the workers alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from avow.duties.rights.model import Request
from company import BOB, Company, make_company


@pytest.fixture(scope="module")
def company(_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with make_company(_server, tmp_path_factory.mktemp("rights")) as made:
        yield made


def finish_tasks(desk: Any, request: Request) -> None:
    for task in desk.tasks(request_id=request.id):
        assert desk.instructions(task.store, task.step)
        desk.finish_task(task.id, "nothing", "searched, nothing there", b"a screenshot", BOB)


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
    with (
        psycopg.connect(company.superuser, autocommit=True) as admin,
        psycopg.connect(company.dsns["owner"], autocommit=True) as owner,
    ):
        (batch,) = admin.execute("SELECT gen_random_uuid()").fetchone()
        licensed = '"obtained_on": "2026-01-01", "licensed_until": "2999-01-01", "permitted_use": "x"'
        facts = '{"broker": "x", "contract": "x", ' + licensed + "}"
        admin.execute("SELECT avow.open_batch(%s, 'broker_list', %s)", [batch, facts])  # as a worker would
        owner.execute(
            "INSERT INTO leads (source, broker_id, organisation, person, email, avow_batch)"
            " SELECT 'broker', min(id), 'Bought Ltd', 'X', upper(%s), %s FROM brokers",
            [mail, batch],
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
    assert desk.get_request(request.id).state == "hands", desk.stores(request.id)
    finish_tasks(desk, request)
    company.work()
    assert desk.get_request(request.id).state == "done", desk.stores(request.id)
    assert company.of(f"SELECT phone FROM contacts WHERE id = {number}") == [(new,)]
    assert company.of(f"SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM contacts c WHERE id <> {number}") == rest
    assert company.of(f"SELECT count(*) FROM contacts_2019 WHERE tel = '{old}'") == [(0,)]
    assert "work begins" in [event.name for event in desk.timeline(request.id)]
    desk.close()


def test_a_corrected_address_is_gone_from_texts_and_the_log_of_what_was_sent_waits_for_staff(company):
    query = (
        "SELECT c.id, c.email FROM contacts c JOIN tickets t ON t.contact_id = c.id WHERE c.email IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM contacts o WHERE o.id <> c.id AND o.email = c.email) ORDER BY c.id DESC LIMIT 1"
    )
    number, mail = company.of(query)[0]
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        text = f"write to {mail.upper()}, not to the office"
        connection.execute("UPDATE messages SET body = %s WHERE id = (SELECT min(id) FROM messages)", [text])
        logged = "UPDATE mail_log SET contact_id = %s, to_address = %s WHERE id = (SELECT max(id) FROM mail_log)"
        connection.execute(logged, [number, mail])
    rest = company.of(f"SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM contacts c WHERE id <> {number}")
    log = company.of("SELECT md5(string_agg(to_address, ' ' ORDER BY id)) FROM mail_log")
    new = "moved@new-home.example"
    request = company.ask("rectification", mail, changes=(("main", "public.contacts", str(number), "email", new),))
    company.work()
    desk = company.desk()
    assert desk.get_request(request.id).state == "review", desk.stores(request.id)
    assert [(one.table, one.lasting) for one in desk.residuals(request.id)] == [("public.mail_log", True)]
    why = "what we sent you before went to that address"
    desk.decide_residual(request.id, "main", "public.mail_log", "to_address", "stays", why, BOB)
    company.work()
    finish_tasks(desk, request)
    company.work()
    assert desk.get_request(request.id).state == "done", desk.stores(request.id)
    desk.close()
    mentioned = company.of("SELECT body FROM messages WHERE id = (SELECT min(id) FROM messages)")
    assert mentioned == [(f"write to {new}, not to the office",)]
    assert company.of("SELECT md5(string_agg(to_address, ' ' ORDER BY id)) FROM mail_log") == log
    assert company.of(f"SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM contacts c WHERE id <> {number}") == rest


def test_the_shopper_corrects_a_number_and_an_address(company):
    seen = company.avow("--quiet", "shopper", "run", "--right", "rectification")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "public.mail_log, which may not be changed, by a decision" in seen.stdout


def kill_shopper(company, visit, point):
    script = Path(__file__).parents[1] / "crash" / "shop_and_die.py"
    done = subprocess.run(
        [sys.executable, str(script), str(company.project), visit, point], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def left_of_the_shopper(company):
    """Open requests, open tasks, cases, registered rows, runs without an end, and synthetic people who stand there."""
    with psycopg.connect(company.control) as control:
        counts = control.execute(
            "SELECT (SELECT count(*) FROM control.request WHERE synthetic AND closed_at IS NULL),"
            " (SELECT count(*) FROM control.task t JOIN control.request r ON r.id = t.request"
            "  WHERE r.synthetic AND t.state = 'open'),"
            " (SELECT count(*) FROM control.duty_case WHERE synthetic),"
            " (SELECT count(*) FROM control.canary WHERE owner = 'shopper' AND removed_at IS NULL),"
            " (SELECT count(*) FROM control.shopper_run WHERE finished_at IS NULL)"
        ).fetchone()
    people = " UNION ALL ".join(
        f"SELECT 1 FROM {table} WHERE email LIKE 'avow-canary-%'" for table in ("contacts", "enquiries", "leads")
    )
    return (*counts, company.of(f"SELECT count(*) FROM ({people}) p")[0][0])


def real_people(company):
    rows = company.of(
        "SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM contacts c WHERE email NOT LIKE 'avow-canary-%'"
    )
    with psycopg.connect(company.control) as control:
        return rows, control.execute("SELECT id, state FROM control.request WHERE NOT synthetic ORDER BY id").fetchall()


def test_what_killed_runs_of_the_shopper_left_is_taken_back_by_the_next_run_and_by_one_command(company):
    company.ask("question", "alice.asks@far.example")
    before = real_people(company)
    kill_shopper(company, "rectification", "by hand")
    opened, tasks, cases, rows, runs, people = left_of_the_shopper(company)
    assert (opened, tasks, cases, runs) == (1, 2, 0, 1)
    assert rows > people > 0
    kill_shopper(company, "cases", "in an office")  # it took back what the first had left before it began
    opened, tasks, cases, rows, runs, _ = left_of_the_shopper(company)
    assert (opened, tasks, cases, runs) == (0, 0, 1, 1)
    assert rows
    stopped = company.avow("--quiet", "shopper", "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert "0 open requests and 1 records taken back" in stopped.stdout
    assert left_of_the_shopper(company) == (0, 0, 0, 0, 0, 0)
    assert real_people(company) == before


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


def test_what_an_erased_person_wrote_in_tickets_goes_although_the_ticket_stays_and_its_marks_are_set_anew(company):
    theirs = (
        "SELECT c.email, t.id, count(*) FROM contacts c JOIN tickets t ON t.contact_id = c.id JOIN messages m ON m.ticket_id = t.id"
        " WHERE t.cc_contact_id IS NULL AND t.end_user_id IS NULL AND c.email <> '' GROUP BY 1, 2 ORDER BY 2 LIMIT 1"
    )
    mail, ticket, written = company.of(theirs)[0]
    assert written > 0
    others = (
        "SELECT count(*) FROM messages m WHERE m.ticket_id NOT IN"
        f" (SELECT t.id FROM tickets t JOIN contacts c ON c.id = t.contact_id WHERE c.email = '{mail}')"
    )
    before = company.of(others)
    request = company.ask("erasure", mail)
    company.work()
    with psycopg.connect(company.control, autocommit=True) as control:
        control.execute("UPDATE control.request SET waits_until = clock_timestamp() WHERE id = %s", [request.id])
    company.work()
    desk = company.desk()
    assert desk.get_request(request.id).state == "hands", desk.stores(request.id)
    desk.close()
    assert company.of(f"SELECT count(*) FROM messages WHERE ticket_id = {ticket}") == [(0,)]
    assert company.of(f"SELECT count(*) FROM tickets WHERE id = {ticket} AND contact_id IS NULL") == [(1,)]
    assert company.of("SELECT count(*) FROM messages") == before


def test_all_of_a_person_under_a_legal_hold_stays_although_they_ask_to_be_erased(company):
    key, mail = company.of("SELECT id, email FROM contacts WHERE email <> '' ORDER BY id DESC LIMIT 1")[0]
    until = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    hold = ("retention", "hold", "main", "public.contacts", str(key), "--reason", "a claim", "--until", until)
    assert company.avow("--quiet", *hold).returncode == 0
    request = company.ask("erasure", mail)
    company.work()
    with psycopg.connect(company.control) as control:
        control.execute("UPDATE control.request SET waits_until = now() WHERE id = %s", [request.id])
    company.work()
    desk = company.desk()
    assert desk.get_request(request.id).state == "hands", desk.stores(request.id)  # the machine has done what it may
    finish_tasks(desk, request)
    company.work()
    ended = desk.get_request(request.id)
    assert (ended.state, ended.reason) == ("done", "held-in-part")  # nobody is told that it was erased, nor forgotten
    desk.close()
    with psycopg.connect(company.control) as control:
        mails = control.execute(
            "SELECT template FROM control.outbox WHERE request = %s AND template LIKE 'done%%'", [request.id]
        ).fetchall()
        replayed = control.execute(
            "SELECT count(*) FROM control.erasure_replay WHERE request = %s", [request.id]
        ).fetchone()
    assert (mails, replayed) == ([("done-erasure-in-part",)], (0,))
    assert company.of(f"SELECT count(*) FROM contacts WHERE id = {key} AND email = '{mail}'") == [(1,)]


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
    nobody = company.avow("request", "approve", reference, "--by", "nobody")
    assert nobody.returncode != 0
    assert "staff.nobody" in nobody.stderr
    assert company.avow("work", "--once").returncode == 0


SHARED = ("question", "complaint", "withdrawal", "objection", "restriction", "copy")  # enough for a second process


def find_helper(company):
    """The process id of a run's second process; None where there is none."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"avow.app.shopping_beside" in words and str(company.project).encode() in words:
            return int(folder.name)
    return None


def wait_for(found, seconds=30.0):
    end = time.monotonic() + seconds
    while not (got := found()) and time.monotonic() < end:
        time.sleep(0.05)
    return got


def test_the_second_process_of_a_killed_run_ends_with_it_and_what_both_left_is_taken_back(company):
    before = real_people(company)
    kill_shopper(company, ",".join(SHARED), "while another helps")
    assert wait_for(lambda: find_helper(company) is None)
    assert company.avow("--quiet", "shopper", "stop").returncode == 0
    assert left_of_the_shopper(company) == (0, 0, 0, 0, 0, 0)
    assert real_people(company) == before


def test_a_run_makes_the_visits_itself_whose_second_process_is_killed(company):
    before = real_people(company)
    command = [sys.executable, "-m", "avow.cli.main", "--project", str(company.project), "shopper", "run"]
    rights = [f"--right={right}" for right in SHARED]
    with subprocess.Popen([*command, *rights], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        helper = wait_for(lambda: find_helper(company))
        assert helper
        os.kill(helper, signal.SIGKILL)
        said, progress = run.communicate()
    assert run.returncode == 0, said + progress
    assert "18 of 18 held" in said
    assert left_of_the_shopper(company) == (0, 0, 0, 0, 0, 0)
    assert real_people(company) == before
