"""The workers' answers: policy, map, ledger, recipients and decisions of a case come together in the files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from counter import ALICE_MAIL, BOB, CHARLIE, COMPANY, START, firm_spec, make_firm, open_worker, rows_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from avow.app.answers import Answers, Certificates, names_in_ledger
from avow.app.approving import approve_by_name
from avow.compilers.duties import duty_spec
from avow.control import cases, people, rights
from avow.control.answers import AnswerWriter
from avow.datamap.model import DataMap
from avow.datamap.read import read_datamap
from avow.duties.rights.certificate.secret import certificate_secret
from avow.duties.rights.certificate.verify import check_certificate, is_about
from avow.duties.rights.model import Wish
from avow.duties.rights.ports import ErasedFacts
from avow.duties.rights.rules import HandStore
from avow.errors import AvowError, ControlError, Diagnostic, LedgerError, Place, RightsError
from avow.ledger import NOBODY, Entry, Kind
from avow.policy import read_recipients, read_versions
from avow.settings import AnswerSettings, ContactSettings
from avow.stores.duty import Identifier, Row
from avow.vocabulary import load_vocabulary

PROJECT = Path(__file__).parents[3] / "examples" / "cloudsentric"
WORDS = load_vocabulary()
MICROSECONDS = int(datetime(2026, 2, 1, 12, tzinfo=UTC).timestamp() * 1e6)
DISCLOSED = Entry(
    Kind.DISCLOSE, MICROSECONDS, "order.deliver/processor.delivery", "public.deliveries", "", NOBODY, NOBODY, 1
)
BOB_TOO = (Identifier("email", "bob@example.org"),)
ROWS = (
    Row(
        "main",
        "public.contacts",
        "contact",
        "7",
        "path",
        {"email": ALICE_MAIL, "name": "Alice Example"},
        at="2026-01-05",
    ),
    Row(
        "main",
        "public.tickets",
        "ticket",
        "8 a",
        "path",
        {"title": "for bob@example.org"},
        BOB_TOO,
        "2026-01-05",
        "subject.form",
    ),
)


@pytest.fixture(scope="module")
def answers():
    datamap = read_datamap(PROJECT / "datamap.yaml", WORDS)
    asked: list[tuple[str, ...]] = []

    def uses(names):
        asked.append(tuple(names))
        return iter([DISCLOSED])

    made = Answers(
        company="CloudSentric",
        version=read_versions(PROJECT, "cloudsentric", WORDS)[-1],
        datamap=datamap,
        specs=tuple(duty_spec(store, WORDS) for store in datamap.stores),
        recipients=read_recipients(PROJECT, WORDS),
        law=None,
        contact=ContactSettings("Privacy office", "privacy@cloudsentric.example"),
        settings=AnswerSettings(
            "Nothing is.", "as long as needed", "not recorded before 2026", (), {"main": "our database"}
        ),
        uses=uses,
    )
    return made, asked


@pytest.fixture
def ask(counter, answers):
    """Alice asks; gives what the worker would write for rows of hers."""
    made = replace(answers[0], law=counter.desk.office.law)

    def build(wish=None, rows=ROWS, decide=None, kind="access", **given):
        request = counter.ask(kind, wish=wish or Wish("please"))
        files: dict[str, bytes] = {}
        with counter.desk.session() as session:
            subject = people.record_subject(session)
            people.record_key(session, subject, ("main", "public.contacts", "7"), "email", 1.0, True)
            people.record_identifier(session, subject, "email", ALICE_MAIL, proven=True)
            rights.record_columns(session, request.id, subject=subject)
            cases.record_look(session, subject, request.id, "bob", "support", "support.provide", "contacts")
            row = rights.get_requests(session, [request.id])[0]
            for place, decision in (decide or {}).items():
                cases.record_mask(session, request.id, row.key_id, place, decision, BOB.ref)

            def write(name, chunk):
                files[name] = files.get(name, b"") + chunk

            return replace(made, **given)(session, row, rows, write), files

    return build


def read(files):
    return json.loads(files["data.json"])


def test_an_answer_of_a_case_names_uses_recipients_and_looks(ask, answers):
    made, files = ask()
    data = read(files)
    assert {i["value"] for i in data["items"]} >= {ALICE_MAIL, "Alice Example"}
    email = next(f for f in data["fields"].values() if f["table"] == "public.contacts" and f["name"] == "email")
    assert {"order.process", "support.provide"} <= {use["purpose"] for use in email["purposes_by_policy"]}
    courier = next(r for r in data["recipients"] if r["kind"] == "processor.delivery")
    assert (courier["name"], courier["dates"]) == ("Northline Couriers Ltd (fictional)", ["2026-02-01"])
    assert [(look["purpose"], look["role"]) for look in data["staff_looks"]] == [("support.provide", "support")]
    assert "bob" not in json.dumps(data["staff_looks"])
    assert data["contact"]["authority"] == "the Information Commissioner"
    assert {"public.contacts:7", "contact:7"} <= set(answers[1][-1])
    assert (made.held, made.score, made.missing) == (True, 8, ())


def test_what_another_wrote_is_masked_and_counted_until_staff_decide(ask):
    made, files = ask()
    assert made.masked == 1
    assert b"bob@example.org" not in b"".join(files.values())
    made, files = ask(decide={("main", "public.tickets", "8 a", "title"): "show"})
    assert made.masked == 0
    assert "for bob@example.org" in {i["value"] for i in read(files)["items"]}


def test_a_question_for_confirmation_is_answered_without_a_value(ask):
    made, files = ask(Wish("do you hold anything?", scope=("confirmation",)))
    assert made.held
    assert set(files) == {"confirmation.html", "confirmation.txt", "confirmation.pdf", "SHA256SUMS"}
    assert "Yes, CloudSentric holds personal data about you." in files["confirmation.txt"].decode()
    assert ALICE_MAIL.encode() not in b"".join(files.values())
    made, files = ask(Wish("", scope=("confirmation",)), rows=())
    assert not made.held
    assert "So far CloudSentric has found no personal data about you" in " ".join(
        files["confirmation.txt"].decode().split()
    ), "nobody has looked into the mailbox yet"


def test_a_scope_in_other_words_narrows_nothing(ask):
    _, files = ask(Wish("", scope=("my invoices please",)))
    assert len(read(files)["items"]) == 3
    _, files = ask(Wish("", scope=("contact",)))
    assert [i["value"] for i in read(files)["items"]] == [ALICE_MAIL]


def test_a_ledger_that_cannot_be_read_lowers_the_score_and_stops_nothing(ask):
    def uses(names):
        raise LedgerError(Diagnostic(Place("ledger"), "ledger.unreachable", "", "", ""))

    made, files = ask(uses=uses)
    assert made.score == 7
    assert made.missing == ("(c) the use log, which could not be read whole",)
    assert read(files)["use_log"]["complete"] is False


def test_a_copy_leaves_out_what_others_supplied(ask):
    bought = Row(
        "main", "public.leads", "lead", "1", "identifier", {"email": ALICE_MAIL}, source="thirdparty.list_broker"
    )
    _, files = ask(kind="copy", rows=(*ROWS, bought))
    assert len(read(files)["items"]) == 3
    assert "report.pdf" not in files


def test_answers_fit_the_sealed_store(counter, answers):
    made = replace(answers[0], law=counter.desk.office.law)
    request = counter.ask()
    with counter.desk.session() as session:
        row = rights.get_requests(session, [request.id])[0]
        writer = AnswerWriter(session, request.id, session.now + timedelta(days=30))
        done = made(session, row, ROWS, writer.write)
        writer.finish(done.files, done.score, True)
    files = {f.name: f for f in counter.desk.answer_files(request.id)}
    content = b"".join(counter.desk.read_answer(request.id, "data.json"))
    assert len(content) == files["data.json"].size
    assert ALICE_MAIL not in counter.dump()


def test_the_first_page_gets_counts_and_no_value(counter, answers):
    made = replace(answers[0], law=counter.desk.office.law)
    request = counter.ask()
    with counter.desk.session() as session:
        row = rights.get_requests(session, [request.id])[0]
        counted = made.count(session, row, ROWS)
    assert counted["counts"]["contact.email"] == 1
    assert {"kind": "ticket", "source": "subject.form", "words": "a form", "records": 1} in counted["sources"]
    assert ALICE_MAIL not in json.dumps(counted)


def test_a_certificate_of_a_case_is_signed_and_about_its_person(counter):
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    desk = counter.desk
    certify = Certificates("CloudSentric", "2026-01", key, desk.keys, desk.new_id)
    request = desk.new_id()
    facts = ErasedFacts(
        request,
        "AV-7F3K-92QD",
        {"main": {"public.contacts delete": 1, "held public.invoices": 1}},
        ("mailbox",),
        (),
        (("main", "public.invoices", "open claim"),),
        counter.clock[0],
        counter.clock[0] + timedelta(days=35),
        identifiers=(("email", ALICE_MAIL),),
        left=(("main", "public.invoices.bill_to", 1),),
        searched={"main": 90},
    )
    document, signature = certify(facts)
    assert check_certificate(dict(document), signature, key.public_key()) == []
    assert is_about(dict(document), certificate_secret(desk.keys, request), "email", ALICE_MAIL.upper())
    assert not is_about(dict(document), certificate_secret(desk.keys, desk.new_id()), "email", ALICE_MAIL)
    assert (document["erased_on"], document["gone_by"]) == ("2026-03-02", "2026-04-06")
    assert document["stores"][1]["counts"] == [{"table": "public.contacts", "action": "delete", "rows": 1}]
    assert ALICE_MAIL not in json.dumps(document)


def test_a_person_has_several_names_in_the_ledger():
    assert names_in_ledger("public.end_users", "3") == ["public.end_users:3", "end_users:3", "end_user:3"]


def test_a_worker_answers_a_request_from_the_search_to_the_files(counter, cluster, answers):
    """The firm of the duty stores' contract suite; nobody of the staff has to look unless something was masked."""
    dsn = cluster.create_database()
    make_firm(dsn)
    spec = firm_spec()
    made = replace(
        answers[0],
        law=counter.desk.office.law,
        datamap=DataMap(()),
        specs=(spec,),
        recipients=(),
        uses=lambda names: iter(()),
    )
    worker = open_worker(counter, {"main": dsn}, build=made)
    try:
        request = counter.ask(mail="alice@quarry.example")
        assert counter.desk.answer_challenge(request.id, counter.code)
        worker.run_until_idle()
        if counter.desk.get_request(request.id).state == "review":
            counter.desk.approve(request.id, BOB, "the map of this test is empty")
            worker.run_until_idle()
        assert counter.desk.get_request(request.id).state == "done", counter.desk.timeline(request.id)
        files = {
            f.name: b"".join(counter.desk.read_answer(request.id, f.name))
            for f in counter.desk.answer_files(request.id)
        }
    finally:
        worker.close()
    data = read(files)
    assert "alice@quarry.example" in {i["value"] for i in data["items"]}
    assert {f["table"] for f in data["fields"].values()} >= {"public.people", "public.invoices", "public.traffic"}
    whole = b"".join(content for name, content in files.items() if not name.endswith(".pdf")).decode()
    for other in ("bob@quarry.example", "Bob Brown", "Bob"):
        assert other not in whole, [i for i in data["items"] if other in i["value"]]
    assert [s["covered"] for s in data["stores"]] == ["machine"]
    assert len(data["stores"][0]["searched"]) > 3
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert sha256(files[name]).hexdigest() == digest


def test_an_erased_person_gets_a_certificate_and_the_secret_that_goes_with_it(counter, cluster):
    """From the search to a certificate that holds offline; Bob and what the law keeps stay."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    dsn = cluster.create_database()
    make_firm(dsn)
    rows_of(dsn, "DELETE FROM scratch RETURNING id")
    desk = counter.desk
    worker = replace(
        open_worker(counter, {"main": dsn}), certify=Certificates("Acme", "2026-01", key, desk.keys, desk.new_id)
    )
    try:
        request = counter.ask("erasure", mail="alice@quarry.example")
        assert desk.answer_challenge(request.id, counter.code)
        assert desk.certificate_secret(request.id) == ""
        worker.run_until_idle()
        counter.later(days=8)
        worker.run_until_idle()
        document, signature = desk.certificate(request.id)
    finally:
        worker.close()
    assert check_certificate(document, signature, key.public_key()) == []
    assert is_about(document, desk.certificate_secret(request.id), "email", "alice@quarry.example")
    assert not is_about(document, desk.certificate_secret(request.id), "email", "bob@quarry.example")
    counts = {(c["table"], c["action"]): c["rows"] for c in document["stores"][0]["counts"]}
    assert counts["public.people", "delete"] == 1
    assert document["erased_on"] == (START + timedelta(days=8)).date().isoformat()
    assert document["search"]["columns"] > 3
    assert rows_of(dsn, "SELECT name FROM people WHERE id = 2") == [("Bob Brown",)]
    assert rows_of(dsn, "SELECT count(*) FROM invoices") == [(2,)]


def hire(dsn, ref, departments):
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO control.staff_member (ref, company, roles, departments) VALUES (%s, %s, '{privacy_officer}', %s)",
            (ref, COMPANY, departments),
        )


def test_an_answer_that_lacks_a_part_waits_for_a_person(counter, cluster, answers):
    dsn = cluster.create_database()
    make_firm(dsn)
    made = replace(
        answers[0],
        law=counter.desk.office.law,
        datamap=DataMap(()),
        specs=(firm_spec(),),
        recipients=None,
        uses=lambda names: iter(()),
    )
    counter.configure(look_at_masks=False)
    worker = open_worker(counter, {"main": dsn}, build=made)
    try:
        request = counter.ask(mail="alice@quarry.example")
        assert counter.desk.answer_challenge(request.id, counter.code)
        worker.run_until_idle()
        assert counter.desk.get_request(request.id).state == "review"
        assert counter.events(request.id)[-1] == "answer not complete"
        assert counter.desk.answer_files(request.id) == ()
        with pytest.raises(RightsError) as refused:
            counter.desk.approve(request.id, BOB)
        assert refused.value.codes == ("answer.incomplete",)
        assert "(c) the list of recipients" in str(refused.value)
        assert counter.desk.get_request(request.id).state == "review"
        with pytest.raises(ControlError) as nobody:
            approve_by_name(counter.desk, request, "bob", "I say so")
        assert nobody.value.codes == ("staff.nobody",)
        for ref, departments in (("bob", []), ("dana", ["internal.support"])):
            hire(counter.dsn, ref, departments)
        with pytest.raises(AvowError) as partly:
            approve_by_name(counter.desk, request, "dana", "I say so")
        assert partly.value.codes == ("staff.not-for-department",)
        with pytest.raises(RightsError):
            approve_by_name(counter.desk, request, "bob", "")
        assert approve_by_name(counter.desk, request, "bob", "the list is being written; the person was told")
        (approved,) = (e for e in counter.desk.timeline(request.id) if e.name == "approved")
        assert approved.detail == {"by": "command line"}
        worker.run_until_idle()
        assert counter.desk.get_request(request.id).state == "done"
        decisions = counter.desk.case(request.id, BOB, "officer").decisions
        assert "the list is being written; the person was told" in {d.reason for d in decisions}
        counter.desk.remake_answer(request.id, CHARLIE)
        worker.run_until_idle()
        assert counter.desk.get_request(request.id).state == "done", (
            "what was said of it holds while no more is missing"
        )
    finally:
        worker.close()
    assert counter.desk.answer_files(request.id) != ()


def test_an_answer_is_made_again_for_thirty_days_from_the_first_time_it_was_done(counter, cluster):
    dsn = cluster.create_database()
    make_firm(dsn)
    worker = open_worker(counter, {"main": dsn})
    try:
        request = counter.ask(mail="alice@quarry.example")
        assert counter.desk.answer_challenge(request.id, counter.code)
        worker.run_until_idle()
        for days in (9, 20):  # the second time is day 29 of the first answer
            counter.later(days=days)
            counter.desk.remake_answer(request.id, CHARLIE)
            worker.run_until_idle()
            assert counter.desk.get_request(request.id).state == "done"
            assert counter.desk.answer_files(request.id)
        counter.later(days=2)
        with pytest.raises(RightsError) as refused:
            counter.desk.remake_answer(request.id, CHARLIE)
        assert refused.value.codes == ("rights.no-answer-again",)
        assert counter.desk.answer_files(request.id), "the last one stays for its own time"
        counter.desk.reopen(request.id, "a store was forgotten", BOB)
        counter.desk.search_again(request.id, BOB)
        worker.run_until_idle()
        counter.desk.remake_answer(request.id, CHARLIE)
        worker.run_until_idle()
        assert counter.desk.get_request(request.id).state == "done"
    finally:
        worker.close()


def test_an_answer_is_made_again_while_people_still_look_and_their_tasks_stay(counter, cluster):
    counter.configure(hands=(HandStore("mailbox", "bob", {"find": "search"}),))
    dsn = cluster.create_database()
    make_firm(dsn)
    worker = open_worker(counter, {"main": dsn})
    try:
        request = counter.ask(mail="alice@quarry.example")
        assert counter.desk.answer_challenge(request.id, counter.code)
        worker.run_until_idle()
        (task,) = counter.desk.tasks(request_id=request.id)
        rows_of(dsn, "UPDATE people SET name = 'Alice Anew' WHERE id = 1 RETURNING id")
        counter.desk.remake_answer(request.id, CHARLIE)
        worker.run_until_idle()
        assert counter.desk.get_request(request.id).state == "hands"
        assert [one.id for one in counter.desk.tasks(request_id=request.id)] == [task.id]
        assert b"Alice Anew" in b"".join(counter.desk.read_answer(request.id, "rows.jsonl"))
    finally:
        worker.close()


def test_who_agreed_before_there_was_an_answer_has_not_agreed_to_one_that_lacks_a_part(counter, cluster, answers):
    dsn = cluster.create_database()
    make_firm(dsn)
    made = replace(answers[0], datamap=DataMap(()), specs=(firm_spec(),), recipients=None, uses=lambda names: iter(()))
    made = replace(made, law=counter.desk.office.law)
    counter.configure(look_at_masks=False, approvals={"access": 1})
    worker = open_worker(counter, {"main": dsn}, build=made)
    try:
        request = counter.ask(mail="alice@quarry.example")
        assert counter.desk.answer_challenge(request.id, counter.code)
        worker.run_until_idle()
        assert counter.events(request.id)[-1] == "approval needed"
        counter.desk.approve(request.id, BOB)
        worker.run_until_idle()
        assert counter.events(request.id)[-1] == "answer not complete"
        assert counter.desk.answer_files(request.id) == ()
        counter.desk.approve(request.id, BOB, "the list is being written")
        worker.run_until_idle()
        assert counter.desk.get_request(request.id).state == "done"
    finally:
        worker.close()
