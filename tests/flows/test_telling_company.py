"""A new version is told to people of the real company, by a real mail server: who gets a mail, who gets none, nobody twice whoever
dies, and told is only whose mail was sent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from avow.app import open_project, read_settings, send_waiting
from avow.app.choices import record_preferences
from avow.app.duty_look import Look
from avow.app.notices_evidence import read_told
from avow.app.notices_office import make_notices_office
from avow.app.telling import decide, get_told, go_on_telling
from avow.control import people, telling
from avow.errors import AvowError
from avow.prove.inquiry import CannotTell
from avow.prove.verdict import COULD_NOT

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("rights", "contracts", "notices")]
from newer import NEWER, write_newer  # noqa: E402
from outbox_servers import Inbox, smtp_server  # noqa: E402

from company import Company, make_company_alone  # noqa: E402

pytestmark = pytest.mark.slow
MAIL = """
[mail]
live = true
from = "CloudSentric <news@cloudsentric.example>"
approve_above = 20
per_hour = 100000
"""
FORGED = (
    "INSERT INTO control.notice_message (id, company, version, address_digest, queued_at, sent_at) "
    f"SELECT gen_random_uuid(), company, '{NEWER}', 'nobody', now(), now() FROM control.publication WHERE version = '{NEWER}'"
)
OBJECTOR, ERASED, BLOCKED = "objector@seeds.example", "erased@seeds.example", "blocked@seeds.example"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with make_company_alone(tmp_path_factory.mktemp("telling"), "telling") as made:
        with (made.project / "avow.toml").open("a", encoding="utf-8") as file:
            file.write(MAIL)
        write_newer(made.project)
        assert made.avow("--quiet", "outbox", "bind", "--by", "bob").returncode == 0
        yield made


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as found:
        yield found


def plant(company: Company, *addresses: str) -> list[tuple[str, str, str]]:
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        rows = [
            connection.execute(
                "INSERT INTO leads (source, organisation, person, email) VALUES ('web', 'Seed Ltd', 'Seed', %s) RETURNING id",
                [address],
            ).fetchone()
            for address in addresses
        ]
    return [("main", "public.leads", str(row[0] if row else "")) for row in rows]


def send(company: Company, inbox: Inbox) -> None:
    """What a worker does every twenty seconds, until nothing waits."""
    environ = {"AVOW_SMTP_HOST": "127.0.0.1", "AVOW_SMTP_PORT": str(inbox.port), "AVOW_SMTP_TLS": "none"}
    settings = read_settings(company.project, environ)
    while send_waiting(settings, company.control, datetime.now(UTC)).sent:
        pass


def approve(company: Company, by: str) -> subprocess.CompletedProcess[str]:
    batch = f"policy {NEWER} {datetime.now(UTC):%Y-%m-%d}"
    return company.avow("--quiet", "outbox", "approve", batch, "--by", by)


def told_of(company: Company, days: int = 0) -> tuple[telling.Figures, str]:
    """The figures, and what a check says of them `days` from now."""
    project = open_project(company.project, {})
    version = next(one for one in project.versions if one.version == NEWER)
    desk = company.desk()
    try:
        with desk.session() as session:
            session.now += timedelta(days=days)
            found = get_told(session, project, version)
    finally:
        desk.close()
    return found.figures, found.fault


def marked(company: Company) -> set[UUID]:
    """Who holds the mark of what the version added."""
    with psycopg.connect(company.control) as control:
        rows = control.execute("SELECT subject FROM control.subject_state WHERE mark = 'told:analytics.trend' AND held")
        return {row[0] for row in rows}


def every_address(company: Company) -> set[str]:
    tables = ("organisations", "contacts", "end_users", "leads", "enquiries")
    asked = " UNION ".join(f"SELECT lower(trim(email)) FROM {table} WHERE email LIKE '%@%'" for table in tables)
    return {address for (address,) in company.of(asked)}


def test_a_version_that_allows_more_is_published_and_has_to_be_told_by_mail(company: Company) -> None:
    tell = ("--quiet", "notices", "tell", "--version", NEWER, "--by", "bob")
    early = company.avow(*tell)
    assert "notices.not-published" in early.stderr
    stranger = company.avow("--quiet", "notices", "publish", "--version", NEWER, "--by", "charlie")
    assert (stranger.returncode, "staff.nobody" in stranger.stderr) == (2, True)
    assert "notices.not-published" in company.avow(*tell).stderr, "nothing was published"
    published = company.avow("--quiet", "notices", "publish", "--version", NEWER, "--by", "bob")
    assert published.returncode == 0, published.stderr
    assert "told by page and banner and mail" in published.stdout
    assert "analytics.trend" in published.stdout
    unknown = company.avow("--quiet", "notices", "tell", "--version", NEWER, "--by", "charlie")
    assert (unknown.returncode, "staff.nobody" in unknown.stderr) == (2, True)
    refused = company.avow(*tell, "--ways", "page,banner", "--ground", "nobody minds")
    assert refused.returncode == 2
    assert "notices.too-little" in refused.stderr
    assert told_of(company) == (telling.Figures(), "")
    assert told_of(company, days=1)[1].startswith("nobody was told")


def test_a_dry_run_counts_everybody_once_and_writes_nothing(company: Company) -> None:
    planned = company.avow("--quiet", "notices", "plan", "--version", NEWER)
    assert planned.returncode == 1
    counted = sum(int(line.split()[0]) for line in planned.stdout.splitlines() if "mails to people of" in line)
    assert counted == len(every_address(company)) > 100
    assert told_of(company)[0].people == 0


def test_whoever_objected_is_told_and_whoever_was_erased_or_blocked_is_not(company: Company, inbox: Inbox) -> None:
    places = plant(company, OBJECTOR, ERASED, BLOCKED, "objector@SEEDS.example")
    desk = company.desk()
    with desk.session() as session:
        known = [people.record_key(session, people.record_subject(session), place, "seed") for place in places]
        people.record_states(session, {known[2]: {"restricted": True}}, {})
        people.record_suppressions(session, [("email", ERASED, "erased", None)])
    record_preferences(desk, known[0], {"marketing.own": {}})
    company.work()
    die = [sys.executable, str(ROOT / "tests" / "crash" / "tell_and_die.py"), str(company.project), NEWER]
    assert subprocess.run(die, check=False, timeout=120).returncode == -9
    half = told_of(company)[0]
    assert 0 < half.people < len(every_address(company)) - 2, "two steps are on record, the third is not"
    assert set(half.audiences) == {("main", "public.organisations")}
    done = company.avow("--quiet", "notices", "tell", "--version", NEWER, "--by", "bob")
    assert done.returncode == 0, done.stderr
    again = company.avow("--quiet", "notices", "tell", "--version", NEWER, "--by", "bob")
    assert again.stdout == done.stdout
    figures, fault = told_of(company)
    assert (figures.told, figures.queued, figures.left_out) == (0, 0, {"erased": 1, "blocked": 1})
    assert figures.approval == figures.people, "many mails wait for a second person"
    assert fault == ""
    send(company, inbox)
    assert inbox.mails == []
    assert "outbox.same-person" in approve(company, "bob").stderr
    assert approve(company, "dana").returncode == 0
    send(company, inbox)
    reached = [to.lower() for recipients, _ in inbox.mails for to in recipients]
    assert len(reached) == len(set(reached)), "nobody is told twice"
    assert set(reached) == every_address(company) - {ERASED, BLOCKED}
    assert OBJECTOR in reached
    text = inbox.mails[0][1]
    assert f"/policy/{NEWER}/changes/" in text
    assert "List-Unsubscribe" not in text
    figures, fault = told_of(company, days=1)
    assert (figures.told, figures.waiting, fault) == (figures.people, 0, "")
    assert marked(company) == set(), "nobody is marked before the next run"
    assert company.avow("--quiet", "notices", "tell", "--version", NEWER, "--by", "bob").returncode == 0
    assert len(marked(company)) >= figures.told
    assert known[0] in marked(company)
    assert marked(company).isdisjoint(known[1:3])
    company.work()
    effective = "SELECT count(*) FROM avow.subject_state WHERE 'told:analytics.trend' = ANY (marks)"
    assert company.of(effective)[0][0] >= figures.told, "the store has the marks: it may admit what the version added"
    desk.close()


def test_a_block_that_is_lifted_lets_the_mail_go_and_whoever_came_in_since_was_shown_the_new_version(
    company: Company, inbox: Inbox
) -> None:
    plant(company, "late@seeds.example")
    desk = company.desk()
    with desk.session() as session:
        (place,) = session.connection.execute(
            "SELECT subject FROM control.subject_state WHERE mark = 'restricted' AND held"
        ).fetchone()
        people.record_states(session, {place: {"restricted": False}}, {})
    desk.close()
    assert go_on_telling(company.project, {}) == 1
    assert go_on_telling(company.project, {}) == 0, "everybody is found: nobody's data is read again"
    assert approve(company, "dana").returncode == 0, "the batch of the day grew: it is asked about again"
    send(company, inbox)
    assert [to for recipients, _ in inbox.mails for to in recipients] == [BLOCKED]


def test_a_mail_that_waits_for_somebody_who_is_erased_meanwhile_does_not_leave(company: Company, inbox: Inbox) -> None:
    with psycopg.connect(company.control, autocommit=True) as control:
        control.execute("UPDATE control.notice_audience SET closed = false WHERE version = %s", [NEWER])
    places = plant(company, "leaving@seeds.example", "staying@seeds.example")
    go_on_telling(company.project, {})
    desk = company.desk()
    with desk.session() as session:
        gone = people.record_key(session, people.record_subject(session), places[0], "seed")
        people.record_identifier(session, gone, "email", "leaving@seeds.example")
        people.record_forgotten(session, [gone])
    desk.close()
    assert approve(company, "dana").returncode == 0
    send(company, inbox)
    reached = {to for recipients, _ in inbox.mails for to in recipients}
    assert "staying@seeds.example" in reached
    assert "leaving@seeds.example" not in reached
    assert told_of(company)[0].left_out["erased"] == 2


def test_a_mail_made_anew_goes_to_nobody_who_was_erased_or_blocked_meanwhile(company: Company, inbox: Inbox) -> None:
    with psycopg.connect(company.control, autocommit=True) as control:
        control.execute("UPDATE control.notice_audience SET closed = false WHERE version = %s", [NEWER])
    addresses = ("anew@seeds.example", "blocked-since@seeds.example", "erased-since@seeds.example")
    places = plant(company, *addresses)
    go_on_telling(company.project, {})
    with psycopg.connect(company.control, autocommit=True) as control:
        waiting = "SELECT id FROM control.notice_message WHERE sent_at IS NULL AND ended = ''"
        expired = control.execute(f"UPDATE control.outbox SET state = 'expired' WHERE id IN ({waiting})".encode())
        assert expired.rowcount == len(addresses)
    desk = company.desk()
    with desk.session() as session:
        (blocked,) = people.find_subjects_by_keys(session, places[1:2])
        assert blocked is not None
        people.record_states(session, {blocked: {"restricted": True}}, {})
        people.record_suppressions(session, [("email", addresses[2], "erased", None)])
    assert go_on_telling(company.project, {}) == 1
    figures = told_of(company)[0]
    assert (figures.failed, figures.left_out["blocked"]) == (0, 1)
    assert approve(company, "dana").returncode == 0
    with desk.session() as session:  # in the moment of sending it is looked at again
        people.record_suppressions(session, [("email", addresses[0], "erased", None)])
        people.record_states(session, {blocked: {"restricted": False}}, {})
    desk.close()
    send(company, inbox)
    assert inbox.mails == []
    assert go_on_telling(company.project, {}) == 1, "the block is lifted"
    go_on_telling(company.project, {})
    approve(company, "dana")
    send(company, inbox)
    assert [to for recipients, _ in inbox.mails for to in recipients] == [addresses[1]]
    assert go_on_telling(company.project, {}) == 0, "nothing is left to be made anew"


def test_a_day_that_was_decided_is_not_moved_to_a_later_one(company: Company) -> None:
    project = open_project(company.project, {})
    version = next(one for one in project.versions if one.version == NEWER)
    desk = company.desk()
    try:
        with desk.session() as session:
            day = get_told(session, project, version).decision.told_by
            session.now += timedelta(days=3)
            again = decide(session, project, version, "bob", ("mail",), "we go on with it")
            assert again.told_by == day
            with pytest.raises(AvowError) as refused:
                decide(session, project, version, "bob", ("mail",), "we take our time", day + timedelta(days=3))
            assert refused.value.codes == ("notices.too-late",)
            late = telling.Decision(("page", "mail"), "behind Avow's back", day + timedelta(days=9), "bob", session.now)
            telling.record_decision(session, version.version, late)
            assert get_told(session, project, version).decision.told_by == day
    finally:
        desk.close()


def test_nobody_says_that_people_were_told_who_may_stand_only_where_nothing_is_read(company: Company) -> None:
    project = open_project(company.project, {})
    with psycopg.connect(company.control, autocommit=True) as control:
        found = {one.name: one for one in read_told(Look(control, project, (), datetime.now(UTC)))}
    newer = found[f"told-{NEWER}"]
    assert newer.result == COULD_NOT
    assert "`mailbox`" in newer.seen
    assert "accountant" not in newer.seen, "no addresses stand there"
    assert "told by mail" in newer.seen
    assert list(found) == [f"told-{NEWER}"], "nothing is said of what was not published"


def test_the_shoppers_probes_count_what_the_outbox_holds_and_say_where_they_could_not_try(company: Company) -> None:
    desk = company.desk()
    with ExitStack() as stack:
        stack.callback(desk.close)
        office = make_notices_office(stack, open_project(company.project, {}), desk, ())
        with pytest.raises(CannotTell):
            office.forges()
        assert not replace(office, label=NEWER).forges()
        with desk.session() as session, session.connection.transaction(force_rollback=True):
            count, sent = telling.count_in_outbox(session, NEWER)
            assert count >= sent > 100
            columns = (
                "company, kind, template, batch, state, key_id, to_sealed, body_sealed, to_domain, expires_at, sent_at"
            )
            again = (
                f"INSERT INTO control.outbox (id, {columns}) SELECT gen_random_uuid(), {columns} FROM control.outbox"
            )
            session.connection.execute(
                f"{again} WHERE batch LIKE 'policy {NEWER} %' AND state = 'sent' LIMIT 1".encode()
            )
            assert telling.count_in_outbox(session, NEWER) == (count + 1, sent + 1), "a second mail is seen"


def test_the_database_takes_no_told_mark_without_a_mail_and_a_forged_one_is_seen(company: Company) -> None:
    with psycopg.connect(company.control, autocommit=True) as control:
        for statement in (
            "UPDATE control.notice_message SET sent_at = now()",
            "DELETE FROM control.notice_person",
            "UPDATE control.notice_decision SET ways = '{page}'",
            "DELETE FROM control.notice_decision",
            FORGED,
            "UPDATE control.notice_person p SET message = s.id FROM control.notice_message w, control.notice_message s"
            " WHERE w.id = p.message AND w.sent_at IS NULL AND s.sent_at IS NOT NULL",
            "UPDATE control.notice_person SET message = NULL, reason = 'blocked' WHERE message IS NOT NULL",
        ):
            with pytest.raises(psycopg.errors.RestrictViolation):
                control.execute(statement.encode())
        assert told_of(company)[1] == ""
        for what in ("DISABLE", "ENABLE"):
            control.execute(f"ALTER TABLE control.notice_message {what} TRIGGER USER".encode())
            if what == "DISABLE":
                control.execute(FORGED.encode())
        assert told_of(company)[1].startswith("1 people are marked as told, and no mail was sent")


def test_a_press_is_recorded_once_and_follows_the_person_when_two_records_become_one(company: Company) -> None:
    desk = company.desk()
    with desk.session() as session:
        first, second = people.record_subject(session), people.record_subject(session)
        telling.record_acknowledged(session, NEWER, first)
        at = telling.find_acknowledged(session, NEWER, first)
        session.now += timedelta(hours=1)
        telling.record_acknowledged(session, NEWER, first)
        assert telling.find_acknowledged(session, NEWER, first) == at
        assert telling.find_acknowledged(session, NEWER, second) is None
        people.record_merge(session, second, first, "the same", "worker")
        assert telling.find_acknowledged(session, NEWER, second) == at
    desk.close()
    assert told_of(company)[0].acknowledged == 1
