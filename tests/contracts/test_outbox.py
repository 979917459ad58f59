"""The outbox on a real PostgreSQL with a real mail server: what leaves, what is held, and that a copy stays silent."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import conninfo, sql

from avow.control import open_control
from avow.errors import OutboxError
from avow.outbox import Hook, Message, Outbox, OutboxRules, Poster, Smtp, SmtpMailer, send_due, verify_signature
from avow.sealing import Sealer, create_keys, drop_keys

_spec = importlib.util.spec_from_file_location("avow_outbox_servers", Path(__file__).with_name("outbox_servers.py"))
servers = importlib.util.module_from_spec(_spec)
sys.modules["avow_outbox_servers"] = servers
_spec.loader.exec_module(servers)

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
SEALER = Sealer(b"m" * 32)
KEY_ID = UUID(int=1)
RULES = OutboxRules("acme", "Acme <privacy@acme.example>", live=True)


def rules(**changed) -> OutboxRules:
    return OutboxRules(**{**RULES.__dict__, **changed})


class Desk:
    """One control database with a mail server: what a worker has."""

    def __init__(self, dsn: str, inbox, outbox_rules: OutboxRules = RULES) -> None:
        with open_control(dsn, "acme"):
            pass
        self.dsn = dsn
        self.inbox = inbox
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.outbox = Outbox(outbox_rules)
        self.key = None

    def bound(self, at: datetime = NOW) -> Desk:
        self.outbox.bind(self.connection, "bob", at)
        return self

    def put(self, *messages: Message, at: datetime = LATER, asked_by: str = "bob") -> None:
        if self.key is None:
            self.key = create_keys(self.connection, SEALER, [KEY_ID], NOW)[KEY_ID]
        self.outbox.put(self.connection, messages, KEY_ID, self.key, at, asked_by)

    def send(self, at: datetime = LATER, **smtp):
        given = {"host": "127.0.0.1", "port": self.inbox.port, "tls": "none", "timeout": 5.0, **smtp}
        mailer = SmtpMailer(Smtp(**given), self.outbox.rules)
        return send_due(self.outbox, self.connection, SEALER, mailer, Poster(timeout=5.0), at)

    def states(self) -> list[tuple[str, str]]:
        return [(line.state, line.error) for line in reversed(self.outbox.lines(self.connection))]

    def close(self) -> None:
        self.connection.close()


def message(to: str = "alice@example.com", **changed) -> Message:
    given = {
        "template": "receipt",
        "subject": "Your request AV-1",
        "text": "See https://centre.example/r/AV-1",
        **changed,
    }
    return Message(given.pop("id", uuid4()), to=to, **given)


@pytest.fixture
def inbox():
    with servers.smtp_server() as inbox:
        yield inbox


@pytest.fixture
def desk(database: str, inbox):
    desk = Desk(database, inbox)
    yield desk
    desk.close()


def test_a_message_leaves_once_with_its_id_and_a_second_run_sends_nothing(desk):
    desk.bound().put(first := message())
    assert desk.send().sent == 1
    assert desk.send().sent == 0
    assert desk.inbox.mails[0][0] == ["alice@example.com"]
    assert desk.inbox.message_ids == [f"<{first.id}@acme.example>"]
    assert desk.states() == [("sent", "")]


def test_the_database_holds_neither_address_nor_text_in_the_clear(desk):
    desk.bound().put(message())
    row = desk.connection.execute("SELECT outbox::text, to_sealed, body_sealed FROM control.outbox").fetchone()
    assert all(b"alice" not in bytes(v, "utf8") if isinstance(v, str) else b"alice" not in v for v in row)
    assert b"AV-1" not in row[2]


def test_what_the_caller_rolls_back_is_never_sent_and_twice_put_is_once_there(desk):
    desk.bound().put(kept := message())
    desk.put(kept)
    with desk.connection.transaction(force_rollback=True):
        desk.put(message("charlie@example.com"))
    assert desk.send().sent == 1
    assert len(desk.inbox.mails) == 1


def test_nothing_leaves_before_mail_is_live_and_bound(desk):
    desk.put(message(), at=NOW - timedelta(hours=1))
    desk.outbox = Outbox(rules(live=False))
    assert desk.send(NOW).gate.reason == "outbox.not-live"
    desk.outbox = Outbox(RULES)
    assert desk.send(NOW).gate.reason == "outbox.not-bound"
    assert desk.outbox.bind(desk.connection, "bob", NOW) == 1
    assert desk.send().sent == 0, "what was made before the binding waits for somebody to release it"
    assert desk.states() == [("held", "")]
    desk.put(message("dana@example.com"))
    assert desk.send().sent == 1
    desk.outbox.release_held(desk.connection)
    assert desk.send().sent == 1
    assert [mail[0] for mail in desk.inbox.mails] == [["dana@example.com"], ["alice@example.com"]]


def copy_by_template(cluster, dsn: str) -> str:
    copy = cluster.create_database()
    names = [sql.Identifier(conninfo.conninfo_to_dict(d)["dbname"]) for d in (copy, dsn)]
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(names[0]))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    return copy


def copy_by_dump(cluster, dsn: str) -> str:
    """As pg_dump and psql would: the schema again, then every row as it is."""
    copy = cluster.create_database()
    with open_control(copy, "acme"), psycopg.connect(dsn) as old, psycopg.connect(copy) as new:
        for table in ("seal_key", "outbox_binding", "outbox"):
            out, into = f"COPY control.{table} TO STDOUT", f"COPY control.{table} FROM STDIN"
            with old.cursor().copy(out) as source, new.cursor().copy(into) as target:
                for block in source:
                    target.write(block)
    return copy


@pytest.mark.parametrize("copied", [copy_by_template, copy_by_dump], ids=["template", "dump"])
def test_a_copy_of_the_database_mails_nobody_and_the_original_still_does(cluster, inbox, copied):
    original = Desk(cluster.create_database(), inbox).bound()
    original.put(message())
    original.connection.execute("UPDATE control.outbox SET state = 'queued'")
    original.close()
    twin = Desk(copied(cluster, original.dsn), inbox)
    try:
        assert twin.send().gate.reason == "outbox.bound-elsewhere"
        assert twin.states() == [("held", "")]
        twin.outbox.bind(twin.connection, "bob", LATER + timedelta(seconds=1))
        assert twin.send(LATER + timedelta(minutes=1)).sent == 0, "what the original queued is the original's to send"
        assert inbox.mails == []
    finally:
        twin.close()
    original.connection = psycopg.connect(original.dsn, autocommit=True)
    assert original.send().sent == 1
    original.close()


def test_a_domain_that_is_not_allowed_is_refused_and_the_others_go(desk):
    desk.outbox = Outbox(rules(domains=("example.com",)))
    desk.bound().put(message("charlie@elsewhere.example"), message())
    assert desk.send().sent == 1
    assert sorted(desk.states()) == [("refused", "outbox.domain-not-allowed"), ("sent", "")]


def test_the_hourly_cap_keeps_the_rest_back_until_the_hour_is_over(desk):
    desk.outbox = Outbox(rules(per_hour=2))
    desk.bound().put(*(message(f"person{n}@example.com") for n in range(3)))
    first = desk.send()
    assert (first.sent, first.capped) == (2, True)
    assert desk.send(LATER + timedelta(minutes=59)).sent == 0
    assert desk.send(LATER + timedelta(minutes=61)).sent == 1


def test_a_large_batch_waits_for_a_second_person(desk):
    desk.outbox = Outbox(rules(approve_above=2))
    desk.bound().put(*(message(f"person{n}@example.com", batch="notice") for n in range(3)))
    desk.put(message("alone@example.com"))
    assert desk.send().sent == 1
    assert [batch[:3] for batch in desk.outbox.waiting_batches(desk.connection)] == [("notice", "bob", 3)]
    with pytest.raises(OutboxError, match=r"outbox\.same-person"):
        desk.outbox.approve(desk.connection, "notice", "bob", LATER)
    assert desk.send().sent == 0
    assert desk.outbox.approve(desk.connection, "notice", "dana", LATER) == 3
    assert desk.send().sent == 3
    with pytest.raises(OutboxError, match=r"outbox\.no-such-batch"):
        desk.outbox.approve(desk.connection, "notice", "dana", LATER)


def test_a_batch_that_is_turned_down_goes_nowhere(desk):
    desk.outbox = Outbox(rules(approve_above=1))
    desk.bound().put(*(message(f"person{n}@example.com", batch="notice") for n in range(2)))
    assert desk.outbox.approve(desk.connection, "notice", "dana", LATER, approved=False) == 2
    assert desk.send().sent == 0
    assert set(desk.states()) == {("refused", "outbox.not-approved")}


def test_a_batch_at_the_limit_needs_nobody(desk):
    desk.outbox = Outbox(rules(approve_above=2))
    desk.bound().put(*(message(f"person{n}@example.com", batch="notice") for n in range(2)))
    assert desk.send().sent == 2


def test_a_message_that_names_the_person_is_not_put(desk):
    with pytest.raises(OutboxError, match=r"outbox\.names-a-person"):
        desk.bound().put(message(text="Dear Alice Archer", identifiers=("Alice Archer",)))
    with pytest.raises(OutboxError, match=r"outbox\.names-a-person"):
        desk.put(message(text="we write to ALICE@example.com"))
    assert desk.states() == []


def test_a_synthetic_persons_mail_goes_to_the_sink_or_nowhere(desk):
    desk.bound().put(message("shopper@real.example", synthetic=True))
    assert desk.states() == [("refused", "outbox.no-sink")]
    desk.outbox = Outbox(rules(sink="sink@acme.example", domains=("example.com",)))
    desk.put(message("shopper@real.example", synthetic=True))
    assert desk.send().sent == 1
    assert desk.inbox.mails[0][0] == ["sink@acme.example"]
    assert "real.example" not in desk.inbox.mails[0][1]


def test_a_temporary_refusal_is_tried_again_and_a_permanent_one_is_not(desk):
    desk.inbox.answers += ["451 later", "250", "550 nobody here"]
    desk.bound().put(message("alice@example.com"))
    assert desk.send().failed == 1
    assert desk.states() == [("failed", "outbox.recipient-refused")]
    assert desk.send(LATER + timedelta(seconds=30)).sent == 0
    assert desk.send(LATER + timedelta(seconds=61)).sent == 1
    desk.put(message("nobody@example.com"))
    assert desk.send(LATER + timedelta(seconds=62)).refused == 1
    assert desk.send(LATER + timedelta(days=1)).sent == 0
    assert len(desk.inbox.mails) == 1


def test_a_server_that_is_down_loses_nothing(desk):
    desk.bound().put(message())
    assert desk.send(port=1).failed == 1
    assert desk.states() == [("failed", "outbox.server-unreachable")]
    assert desk.send(LATER + timedelta(minutes=2)).sent == 1


def test_what_could_not_be_sent_in_its_time_expires(desk):
    desk.bound().put(message())
    desk.send(port=1)
    assert desk.send(LATER + timedelta(days=7)).expired == 1
    assert desk.states()[0][0] == "expired"
    assert desk.inbox.mails == []


def test_a_message_whose_key_was_dropped_is_refused_and_the_next_one_goes(desk):
    desk.bound().put(message())
    other = UUID(int=2)
    key = create_keys(desk.connection, SEALER, [other], NOW)[other]
    desk.outbox.put(desk.connection, [message("dana@example.com")], other, key, LATER)
    drop_keys(desk.connection, [KEY_ID], LATER)
    sent = desk.send()
    assert (sent.sent, sent.refused) == (1, 1)
    assert ("refused", "sealing.dropped") in desk.states()


def test_two_senders_at_once_send_each_message_once(desk):
    desk.bound().put(*(message(f"person{n}@example.com") for n in range(4)))
    rival = psycopg.connect(desk.dsn, autocommit=True)
    mailer = SmtpMailer(Smtp("127.0.0.1", desk.inbox.port, "none"), RULES)

    class Interrupting:
        """While one mail is on its way, a rival sends all that it finds."""

        def send(self, *args):
            if not desk.inbox.mails:
                send_due(desk.outbox, rival, SEALER, mailer, Poster(), LATER)
            mailer.send(*args)

    send_due(desk.outbox, desk.connection, SEALER, Interrupting(), Poster(), LATER)
    rival.close()
    assert sorted(mail[0][0] for mail in desk.inbox.mails) == [f"person{n}@example.com" for n in range(4)]


def test_mail_is_sent_over_tls_with_a_login(database, tmp_path):
    context, trusted = servers.make_certificate(tmp_path)
    with servers.smtp_server(context, ("avow", "s3cret")) as inbox:
        desk = Desk(database, inbox).bound()
        desk.put(message())
        secure = {"tls": "starttls", "ca_file": str(trusted), "user": "avow"}
        assert desk.send(password="wrong", **secure).failed == 1
        assert desk.states() == [("failed", "outbox.login-refused")]
        assert desk.send(LATER + timedelta(minutes=2), password="s3cret", **secure).sent == 1
        assert inbox.logins[-1] == ("avow", "s3cret", True)
        desk.close()


def test_a_server_whose_certificate_nobody_vouches_for_gets_no_password(database, tmp_path):
    context, _ = servers.make_certificate(tmp_path)
    with servers.smtp_server(context, ("avow", "s3cret")) as inbox:
        desk = Desk(database, inbox).bound()
        desk.put(message())
        assert desk.send(tls="starttls", user="avow", password="s3cret").failed == 1
        assert inbox.logins == []
        desk.close()


def hook(port: int, **changed) -> Hook:
    return Hook(uuid4(), "request.closed", f"http://127.0.0.1:{port}/in", b"secret", {"reference": "AV-1"}, **changed)


def put_hook(desk, *hooks: Hook) -> None:
    key_id = uuid4()
    key = create_keys(desk.connection, SEALER, [key_id], NOW)[key_id]
    desk.outbox.put_hooks(desk.connection, hooks, key_id, key, LATER)


def test_a_webhook_is_signed_and_tried_again_with_the_same_id(desk):
    with servers.webhook_receiver() as receiver:
        receiver.answers += [500, 302]
        put_hook(desk.bound(), one := hook(receiver.port))
        assert desk.send().failed == 1
        assert desk.send(LATER + timedelta(minutes=2)).failed == 1, "a redirect is not followed"
        assert desk.send(LATER + timedelta(minutes=6)).sent == 1
        assert {headers["webhook-id"] for headers, _ in receiver.calls} == {str(one.id)}
        headers, body = receiver.calls[-1]
        assert verify_signature(
            b"secret",
            headers["webhook-id"],
            headers["webhook-timestamp"],
            headers["webhook-signature"],
            body,
            LATER + timedelta(minutes=7),
        )
        event = json.loads(body)
        assert (event["type"], event["data"]) == ("request.closed", {"reference": "AV-1"})


def test_a_webhook_that_is_gone_is_given_up_and_a_held_outbox_calls_nobody(desk):
    with servers.webhook_receiver() as receiver:
        put_hook(desk, hook(receiver.port))
        assert not desk.send().gate.open
        assert receiver.calls == []
        receiver.answers.append(410)
        put_hook(desk.bound(), hook(receiver.port))
        assert desk.send().refused == 1


def test_a_webhook_without_tls_to_another_machine_or_with_personal_data_is_not_put(desk):
    with pytest.raises(OutboxError, match=r"outbox\.insecure-webhook"):
        put_hook(desk, Hook(uuid4(), "request.closed", "http://hooks.example/in", b"s"))
    named = Hook(
        uuid4(), "e", "https://h.example/", b"s", {"to": "alice@example.com"}, identifiers=("alice@example.com",)
    )
    with pytest.raises(OutboxError, match=r"outbox\.names-a-person"):
        put_hook(desk, named)


def test_what_is_over_is_removed_and_what_waits_stays(desk):
    desk.bound().put(message())
    desk.send()
    desk.put(message("dana@example.com"))
    assert desk.outbox.remove_old(desk.connection, LATER + timedelta(days=1)) == 1
    assert desk.states() == [("held", "")]


def test_a_login_without_special_rights_can_tell_its_database(cluster):
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
    dsn = conninfo.make_conninfo(cluster.create_database(owner="plain"), user="plain")
    desk = Desk(dsn, None)
    try:
        assert not desk.outbox.find_gate(desk.connection).open
        desk.bound()
        assert desk.outbox.find_gate(desk.connection).open
    finally:
        desk.close()
