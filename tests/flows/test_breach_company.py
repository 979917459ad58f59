"""A breach at CloudSentric: whom it affects is counted on the real database, and exactly those are written to, once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from avow.app import breach_work, open_project
from avow.app.breach_work import BreachWork, open_breach_work
from avow.app.duty_cases import Cases
from avow.app.recording import open_project_ledger
from avow.control import breaches
from avow.errors import ControlError
from avow.ledger import Kind
from company import Company, make_company_alone

WORDS = {
    "nature": "A copy of a table was on a server that was open to everybody.",
    "consequences": "Unwanted messages may come.",
    "measures": "The server was closed.",
    "advice": "Be careful with messages that claim to come from us.",
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On the newest PostgreSQL alone: nothing here differs between versions."""
    with make_company_alone(tmp_path_factory.mktemp("breach"), "breach") as made:
        yield made


@pytest.fixture(scope="module")
def work(company: Company) -> Iterator[BreachWork]:
    with open_breach_work(open_project(company.project, {})) as made:
        yield made


def open_case(work: BreachWork, hours: int = 1):
    noticed = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    cases = Cases(work.room.session, laws=work.room.laws)
    return cases.ask("breach", {"what": WORDS["nature"], "noticed": noticed}, "", "bob").id


def breached(work: BreachWork, what: str, hours: int = 1):
    """(case, figures) of a breach of one thing."""
    case = open_case(work, hours)
    work.room.add_extent(case, what, datetime.now(UTC) - timedelta(days=2), None, "bob")
    return case, work.count(case)


def test_who_is_affected_by_a_table_is_who_its_rows_lead_to(company: Company, work: BreachWork) -> None:
    _, figures = breached(work, "table:main:public.orders")
    (rows,) = company.of("SELECT count(*) FROM orders")[0]
    people = (
        "SELECT count(*) FROM (SELECT 'c', c.id FROM orders o JOIN contacts c ON c.id = o.placed_by"
        " UNION SELECT 'e', e.id FROM orders o JOIN end_users e ON e.id = o.end_user_id) x"
    )
    assert (figures.rows, figures.people) == (rows, company.of(people)[0][0])
    assert figures.organisations == company.of("SELECT count(DISTINCT organisation_id) FROM orders")[0][0]
    fax = (
        "SELECT count(*) FROM (SELECT 'c', placed_by FROM orders WHERE extra IS NOT NULL AND placed_by IS NOT NULL"
        " UNION SELECT 'e', end_user_id FROM orders WHERE extra IS NOT NULL AND end_user_id IS NOT NULL) x"
    )
    assert figures.per_category["contact.fax"] == company.of(fax)[0][0]
    assert set(figures.per_category) == {
        "payment.transaction",
        "contact.fax",
        "organisation.contact_name",
        "contact.phone",
    }


def test_one_row_affects_one_person_and_nobody_else(company: Company, work: BreachWork) -> None:
    (key,) = company.of("SELECT min(id) FROM leads")[0]
    case, figures = breached(work, f"row:main:public.leads:{key}")
    assert (figures.people, figures.rows) == (1, 1)
    with work.room.session() as session:
        (one,) = breaches.access_people(session, breaches.find_breach(session, case))
    assert (one.table, one.key) == ("public.leads", str(key))


def test_a_login_reaches_what_its_pairs_and_the_database_let_it_and_its_reads_are_named_as_unrecorded(
    company: Company, work: BreachWork
) -> None:
    login = f"{company.prefix}credit"
    _, before = breached(work, f"login:main:{login}")
    assert any("works without Avow's client" in words for words in before.unknown)
    assert not any(place.table == "public.enquiries" for place in before.places)
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute(f'GRANT SELECT (email) ON enquiries TO "{login}"')
        _, after = breached(work, f"login:main:{login}")
        connection.execute(f'REVOKE SELECT (email) ON enquiries FROM "{login}"')
    assert any(place.table == "public.enquiries" for place in after.places)
    assert after.people > before.people


def test_what_a_pair_read_in_the_window_comes_from_the_record_of_uses(company: Company, work: BreachWork) -> None:
    pair = str(next(p for p in work.project.datamap.stores[0].pairs if p.purpose != "legal.comply"))
    with open_project_ledger(work.project.settings, company.control) as ledger:
        actor = ledger.digester.digest("actor", "staff:1")
        ledger.record_access(
            Kind.READ, pair, "public.contacts", "email,name", actor, ledger.subject_digest("c:1"), 7, wait=True
        )
        ledger.record_access(Kind.REFUSED, pair, "public.contacts", "fax", actor, rows=0, wait=True)
        ledger.record_access(Kind.READ, "other/internal.x", "public.contacts", "fax", actor, rows=5, wait=True)
    _, figures = breached(work, f"pair:main:{pair}")
    (logged,) = figures.logged
    assert (logged.uses, logged.refused, logged.rows, logged.named) == (1, 1, 7, 1)
    assert (logged.tables, logged.columns) == (("public.contacts",), ("email", "name"))
    assert any("begins at" in words for words in figures.unknown)


def test_a_store_that_nobody_can_count_in_is_named(work: BreachWork) -> None:
    manual = next(s.name for s in work.project.datamap.stores if s.kind == "manual")
    _, figures = breached(work, f"store:{manual}")
    assert figures.people == 0
    assert any(f"`{manual}`" in words for words in figures.unknown)


def whole(work: BreachWork, what: str):
    case, figures = breached(work, what)
    work.room.say(case, WORDS, "bob")
    work.room.judge_risk(case, "high", "addresses of everybody", "bob")
    return case, figures


def mails(company: Company) -> list[tuple[str, str]]:
    with psycopg.connect(company.control) as connection:
        rows = connection.execute(
            "SELECT id::text, state FROM control.outbox WHERE template = 'breach-people' ORDER BY id"
        )
        return [(id, state) for id, state in rows]


def test_exactly_the_affected_are_written_to_once_after_a_second_person_agreed(
    company: Company, work: BreachWork
) -> None:
    case, figures = whole(work, "table:main:public.end_users")
    letter = work.room.ask_letter(case, "bob")
    with pytest.raises(ControlError) as refused:
        work.room.approve_letter(case, letter.id, "bob")
    assert refused.value.codes == ("breach.own-letter",)
    with pytest.raises(psycopg.errors.RestrictViolation):
        work.write(case, letter.id)
    assert mails(company) == []
    work.room.approve_letter(case, letter.id, "dana")
    work.run()
    addresses = company.of("SELECT count(DISTINCT lower(email)) FROM end_users WHERE email <> ''")[0][0]
    assert len(mails(company)) == addresses
    before = mails(company)
    work.run()
    assert mails(company) == before
    room = work.room.room(case)
    assert sum(room.people.get(state, 0) for state in ("queued", "no_address", "gone")) == figures.people
    assert not room.people.get("")
    assert (room.told, room.letters[0].finished_at) == ([], None), "what waits in the outbox was told to nobody"
    with psycopg.connect(company.control, autocommit=True) as connection:
        connection.execute("UPDATE control.outbox SET state = 'sent', sent_at = now() WHERE request = %s", (letter.id,))
    work.run()
    room = work.room.room(case)
    assert room.letters[0].finished_at is not None
    all_written = not room.people.get("no_address")
    assert [(t.to, t.by, t.decided) for t in room.told] == ([("people", "dana", False)] if all_written else [])


def test_a_count_that_another_overtook_takes_nobody_off_the_list(company: Company, work: BreachWork) -> None:
    one, two, three = (key for (key,) in company.of("SELECT id FROM leads ORDER BY id LIMIT 3"))
    case, _ = breached(work, f"row:main:public.leads:{one}")
    late = [two, three]

    @contextmanager
    def overtaken(name: str):
        """While the first count reads the store another row turns out to be breached, and is counted; the third is only added."""
        with work.open(name) as connection:
            yield connection
        if late:
            row = f"row:main:public.leads:{late.pop(0)}"
            work.room.add_extent(case, row, datetime.now(UTC) - timedelta(days=2), None, "bob")
            if late:
                work.count(case)

    figures = BreachWork(work.project, work.room, work.outbox, overtaken, work.dsn).count(case)
    assert figures.people == 3
    with work.room.session() as session:
        breach = breaches.find_breach(session, case)
        assert breach is not None
        assert {person.key for person in breaches.access_people(session, breach)} == {str(one), str(two), str(three)}
        assert breach.figures is not None
        assert (breach.figures["people"], breach.count_wanted_at) == (3, None)


def test_whoever_is_found_after_the_first_letter_keeps_the_breach_open_until_they_are_told(
    company: Company, work: BreachWork
) -> None:
    first, second = (
        key for (key,) in company.of("SELECT id FROM end_users WHERE email LIKE '%@%' ORDER BY id DESC LIMIT 2")
    )
    case, _ = whole(work, f"row:main:public.end_users:{first}")

    def write_to_all() -> None:
        letter = work.room.ask_letter(case, "bob")
        work.room.approve_letter(case, letter.id, "dana")
        work.run()
        with psycopg.connect(company.control, autocommit=True) as connection:
            sent = "UPDATE control.outbox SET state = 'sent', sent_at = now() WHERE request = %s AND state <> 'sent'"
            connection.execute(sent, (letter.id,))
        work.run()

    def people() -> set[str]:
        return {clock.state for clock in work.room.room(case).clocks if clock.to == "people" and clock.law == "uk"}

    write_to_all()
    assert people() == {"told"}
    work.room.add_extent(
        case, f"row:main:public.end_users:{second}", datetime.now(UTC) - timedelta(days=2), None, "bob"
    )
    work.count(case)
    assert people() == {"running"}
    work.room.tell(case, "authority", "", datetime.now(UTC), "by its own portal", "bob")
    cases = Cases(work.room.session, laws=work.room.laws)
    with pytest.raises(ControlError) as refused:
        cases.close(case, "all is done and said", "bob")
    assert refused.value.codes == ("breach.untold",)
    write_to_all()
    assert people() == {"told"}
    assert cases.close(case, "all is done and said", "bob").state == "closed"


def test_people_without_an_address_are_counted_and_never_called_told(company: Company, work: BreachWork) -> None:
    (key,) = company.of("SELECT max(id) FROM leads")[0]
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute("UPDATE leads SET email = '' WHERE id = %s", (key,))
    case, _ = whole(work, f"row:main:public.leads:{key}")
    letter = work.room.ask_letter(case, "bob")
    work.room.approve_letter(case, letter.id, "dana")
    work.run()
    room = work.room.room(case)
    assert room.people == {"no_address": 1}
    assert room.letters[0].finished_at is not None
    assert room.told == []
    assert any(clock.to == "people" and clock.state == "running" for clock in room.clocks)


def test_whose_letter_could_not_be_sent_is_found_by_name_of_their_row(
    company: Company, work: BreachWork, tmp_path: Path
) -> None:
    refused, reached = (key for (key,) in company.of("SELECT id FROM leads WHERE email LIKE '%@%' ORDER BY id LIMIT 2"))
    case, _ = whole(work, f"row:main:public.leads:{refused}")
    work.room.add_extent(case, f"row:main:public.leads:{reached}", datetime.now(UTC) - timedelta(days=2), None, "bob")
    work.count(case)
    letter = work.room.ask_letter(case, "bob")
    work.room.approve_letter(case, letter.id, "dana")
    work.run()
    with psycopg.connect(company.control, autocommit=True) as connection:
        message = (
            "SELECT DISTINCT p.message FROM control.breach_person p WHERE p.duty_case = %s AND p.state = 'queued'"
            " ORDER BY 1 LIMIT 1"
        )
        (dead,) = connection.execute(message, (case,)).fetchone() or (None,)
        died = "UPDATE control.outbox SET state = 'refused', error = 'outbox.recipient-refused' WHERE id = %s"
        assert connection.execute(died, (dead,)).rowcount == 1
        connection.execute(
            "UPDATE control.outbox SET state = 'sent', sent_at = now() WHERE request = %s AND id <> %s",
            (letter.id, dead),
        )
    work.run()
    with psycopg.connect(company.control, autocommit=True) as connection:
        connection.execute("DELETE FROM control.outbox WHERE request = %s", (letter.id,))  # as the outbox does one day
    room = work.room.room(case)
    assert room.people == {"queued": 1, "not_sent": 1}
    assert not room.reached_all
    assert room.told == []
    target = tmp_path / "people.tsv"
    reference = Cases(work.room.session).get(case).reference
    done = company.avow("--quiet", "breach", "people", reference, "--to", str(target), "--by", "bob")
    assert done.returncode == 0, done.stderr
    states = sorted(line.rsplit("\t")[-1] for line in target.read_text().splitlines())
    assert states == ["not_sent", "queued"]


def test_a_letter_whose_worker_died_goes_on_and_reaches_nobody_twice(
    company: Company, work: BreachWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, _ = whole(work, "table:main:public.leads")
    letter = work.room.ask_letter(case, "bob")
    work.room.approve_letter(case, letter.id, "dana")
    before = len(mails(company))
    calls = []

    @contextmanager
    def dying(name: str):
        calls.append(name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        with work.open(name) as connection:
            yield connection

    leads = company.of("SELECT count(*) FROM leads")[0][0]
    monkeypatch.setattr(breach_work, "PORTION", 10)
    with pytest.raises(KeyboardInterrupt):
        BreachWork(work.project, work.room, work.outbox, dying, work.dsn).write(case, letter.id)
    assert 0 < len(mails(company)) - before <= 10 < leads
    work.run()
    addresses = company.of("SELECT count(DISTINCT lower(email)) FROM leads WHERE email <> ''")[0][0]
    assert len(mails(company)) - before == addresses
    assert company.of("SELECT count(*) FROM leads") == [(leads,)]


def test_a_clock_that_ran_out_is_seen_and_keeps_the_case_from_closing(company: Company, work: BreachWork) -> None:
    case, _ = breached(work, "table:main:public.leads", hours=73)
    overdue = {clock.law for clock in work.room.room(case).clocks if clock.state == "overdue"}
    assert overdue == {"uk", "eu"}
    cases = Cases(work.room.session, laws=work.room.laws)
    with pytest.raises(ControlError) as refused:
        cases.close(case, "all is done and said", "bob")
    assert refused.value.codes == ("breach.untold",)
    listed = company.avow("--quiet", "breach", "list")
    assert listed.returncode == 1, listed.stderr
    now = datetime.now(UTC)
    work.room.judge_risk(case, "risk", "few data, no harm to expect", "bob")
    work.room.tell(case, "authority", "", now, "by its portal, with the reason for the delay", "bob")
    work.room.tell(case, "people", "", now, "no high risk, so nobody is written to", "bob", decided=True)
    assert {c.state for c in work.room.room(case).clocks if c.to == "authority" and c.law in overdue} == {"late"}
    assert cases.close(case, "all is done and said", "bob").state == "closed"


def test_the_command_line_takes_a_breach_from_its_report_to_the_letter(company: Company, tmp_path: Path) -> None:
    noticed = f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%dT%H:%M}"
    facts = ("--fact", "what=a list was sent to the wrong firm", "--fact", f"noticed={noticed}")
    opened = company.avow("case", "open", "breach", *facts, "--by", "bob")
    assert opened.returncode == 0, opened.stderr
    reference = opened.stdout.split()[0]

    def breach(*words: str) -> str:
        done = company.avow("--quiet", "breach", words[0], reference, *words[1:])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    (key,) = company.of("SELECT max(id) FROM end_users WHERE email <> ''")[0]
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute("UPDATE end_users SET email = 'nobody-elses@seeds.example' WHERE id = %s", (key,))
    assert breach("extent", f"row:main:public.end_users:{key}", "--since", noticed, "--by", "bob").startswith(
        "1 people"
    )
    breach("risk", "high", "--why", "it was a list of passwords", "--by", "bob")
    words = (
        "--consequences",
        "somebody may sign in",
        "--measures",
        "passwords were reset",
        "--advice",
        "choose a new one",
    )
    breach("say", *words, "--by", "bob")
    assert "somebody may sign in" in breach("draft", "people")
    letter = breach("letter", "--by", "bob").split()[0]
    nobody = company.avow("breach", "approve", reference, letter, "--by", "mallory")
    assert (nobody.returncode, "staff.nobody" in nobody.stderr) == (2, True)
    own = company.avow("breach", "approve", reference, letter, "--by", "bob")
    assert "breach.own-letter" in own.stderr
    assert breach("approve", letter, "--by", "dana").startswith("1 letters")
    breach("told", "authority", "--words", "by its portal", "--by", "bob")
    target = tmp_path / "people.tsv"
    breach("people", "--to", str(target), "--by", "bob")
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.read_text().split("\t")[0] == f"main:public.end_users:{key}"
    shown = company.avow("case", "show", reference).stdout
    assert "dana (on the command line)  letter approved" in shown
