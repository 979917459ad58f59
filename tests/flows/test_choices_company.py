"""Campaigns of the real company, to a real mail server: who gets what, how a no is heard, and what an objector still gets."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from avow.app import open_project, read_settings, send_waiting
from avow.app.campaigns import CampaignGate, Words, open_gate
from avow.app.campaigns_asked import AskedCampaigns, send_asked
from avow.app.choices import press_link
from avow.control.people import find_subjects_by_keys, record_states
from avow.control.session import Session
from avow.errors import ChoicesError, Diagnostic, Place, StoreError
from avow.outbox.model import OPEN_STATES

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "rights"), str(ROOT / "tests" / "contracts"), str(ROOT / "examples")]
from outbox_servers import Inbox, smtp_server  # noqa: E402

from cloudsentric.company.app.rounds import run_rounds  # noqa: E402
from company import Company, make_company_alone  # noqa: E402

MAIL = """
[mail]
live = true
from = "CloudSentric <news@cloudsentric.example>"
approve_above = 1000
per_hour = 1000
"""
SEEDS = ("seed-one", "seed-two", "seed-three")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with make_company_alone(tmp_path_factory.mktemp("campaigns"), "mailing") as made:
        with (made.project / "avow.toml").open("a", encoding="utf-8") as file:
            file.write(MAIL)
        assert made.avow("--quiet", "outbox", "bind", "--by", "bob").returncode == 0
        yield made


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as found:
        yield found


def plant(company: Company, *names: str) -> dict[str, tuple[str, str, str]]:
    """People who left seed addresses on the website; gives their places by name."""
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        found = {}
        for name in names:
            row = connection.execute(
                "INSERT INTO leads (source, organisation, person, email) VALUES ('web', 'Seed Ltd', %s, %s) RETURNING id",
                [name, f"{name}@seeds.example"],
            ).fetchone()
            found[name] = ("main", "public.leads", str(row[0] if row else ""))
        return found


def send(company: Company, inbox: Inbox) -> None:
    """What a worker does every twenty seconds."""
    environ = {
        "AVOW_SMTP_HOST": "127.0.0.1",
        "AVOW_SMTP_PORT": str(inbox.port),
        "AVOW_SMTP_TLS": "none",
    }
    settings = read_settings(company.project, environ)
    send_waiting(settings, company.control, datetime.now(UTC))


def campaign(company: Company, purpose: str, only: Any) -> dict[str, int]:
    with ExitStack() as stack:
        desk = company.desk()
        stack.callback(desk.close)
        gate = open_gate(stack, open_project(company.project, {}), desk.session)
        return gate.send(Words(purpose, "seeds", "News", "Hello from us."), "bob", only=only).counts


def received(inbox: Inbox) -> dict[str, str]:
    """Name of the seed -> the mail as it came."""
    return {to.partition("@")[0]: text for recipients, text in inbox.mails for to in recipients}


def header(text: str, name: str) -> str:
    unfolded = text.replace("\r\n ", " ").replace("\n ", " ")
    return next(line.partition(": ")[2].strip() for line in unfolded.splitlines() if line.startswith(f"{name}:"))


def how_answers_wait(company: Company) -> list[str]:
    """What `avow check` sees of answers that no worker took in, where that breaks the sentence."""
    checked = json.loads(company.avow("check", "--json", "--only", "choice-at-first-order").stdout)
    probes = [probe for rule in checked["statements"][0]["rules"] for probe in rule["probes"]]
    return [probe["seen"] for probe in probes if probe["result"] == "broke" and "answers wait" in probe["seen"]]


def test_answers_from_before_avow_came_wait_since_it_came(company: Company) -> None:
    """They are years old; a worker that never had the time to take them in has not kept them waiting."""
    ((waiting, years),) = company.of(
        "SELECT count(*), min(at) < now() - interval '30 days' FROM avow.choice WHERE NOT taken"
    )
    assert waiting > 50
    assert years
    assert how_answers_wait(company) == []
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute("UPDATE avow.choice SET noted = now() - interval '16 minutes' WHERE seq = 1")
    late = [f"{waiting} answers wait in store `main`, the oldest too long"]
    assert how_answers_wait(company) == late
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        connection.execute("ALTER TABLE avow.choice DROP COLUMN noted")  # as an earlier version made it
    assert how_answers_wait(company) == late
    assert company.avow("apply").returncode == 0
    assert how_answers_wait(company) == []


def test_a_no_from_before_avow_came_keeps_its_address_out_that_is_bought_later(company: Company, inbox: Inbox) -> None:
    """The first thing that the store is told: it has no list yet, and no key for one."""
    assert company.of("SELECT count(*) FROM avow.suppression_key") == [(0,)]
    company.work()
    no, yes = (
        company.of(
            "SELECT email FROM organisations o JOIN marketing_preferences p ON p.organisation_id = o.id"
            f" WHERE p.wants_own = '{said}' AND email IS NOT NULL AND NOT EXISTS"
            " (SELECT FROM organisations x JOIN marketing_preferences q ON q.organisation_id = x.id"
            f" WHERE x.email = o.email AND q.wants_own <> '{said}') ORDER BY o.id LIMIT 1"
        )[0][0]
        for said in ("no", "yes")
    )
    found = {}
    with psycopg.connect(company.superuser, autocommit=True) as connection:
        for name, address in {"no": no, "yes": yes}.items():
            row = connection.execute(
                "INSERT INTO leads (source, organisation, person, email) VALUES ('web', 'Seed Ltd', 'X', %s) RETURNING id",
                [address.upper()],
            ).fetchone()
            found[name] = ("main", "public.leads", str(row[0] if row else ""))
    assert campaign(company, "marketing.own", {found["no"]}) == {}
    assert campaign(company, "marketing.own", {found["yes"]}) == {"put": 1}
    send(company, inbox)
    assert [to for recipients, _ in inbox.mails for to in recipients] == [yes.upper()]


def test_a_campaign_reaches_the_seeds_until_one_of_them_presses_no_and_never_after_that(
    company: Company, inbox: Inbox
) -> None:
    places = plant(company, *SEEDS)
    assert campaign(company, "marketing.own", set(places.values())) == {"put": 3}
    send(company, inbox)
    mails = received(inbox)
    assert set(mails) == set(SEEDS)
    for name, text in mails.items():
        assert header(text, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
        link = header(text, "List-Unsubscribe").strip("<>")
        assert "/no/" in link
        assert name not in link
    desk = company.desk()
    assert press_link(desk, header(mails["seed-one"], "List-Unsubscribe").strip("<>").rstrip("/").rpartition("/")[2])
    assert campaign(company, "marketing.own", set(places.values())) == {"put": 2, "the person said no": 1}
    company.work()
    assert campaign(company, "marketing.own", set(places.values())) == {"put": 2}
    assert campaign(company, "marketing.affiliate", set(places.values())) == {"put": 3}
    again = plant(company, "SEED-ONE")
    assert campaign(company, "marketing.own", set(again.values())) == {}
    inbox.mails.clear()
    send(company, inbox)
    assert len(inbox.mails) == 7
    assert "seed-one" in received(inbox)  # about affiliates: another class
    desk.close()


def test_a_no_that_comes_while_the_message_waits_in_the_outbox_counts_as_well(company: Company, inbox: Inbox) -> None:
    places = plant(company, "late-one", "late-two", "late-three")
    assert campaign(company, "marketing.own", set(places.values())) == {"put": 3}
    desk = company.desk()
    with desk.session() as session:
        (person,) = find_subjects_by_keys(session, [places["late-two"]])
        assert person
        record_states(session, {person: {"objected:marketing.own": True}}, {})
    desk.close()
    send(company, inbox)
    assert set(received(inbox)) == {"late-one", "late-three"}
    with psycopg.connect(company.control) as connection:
        errors = connection.execute(
            "SELECT o.error FROM control.outbox o JOIN control.campaign_send s ON s.id = o.id WHERE s.subject = %s",
            [person],
        ).fetchall()
    assert errors == [("campaign.said-no-since",)]


def test_a_program_asks_for_a_campaign_and_a_worker_puts_it_once(company: Company, inbox: Inbox) -> None:
    desk = company.desk()
    asked = AskedCampaigns(open_project(company.project, {}), desk.session)
    with pytest.raises(ChoicesError, match=r"campaign\.unknown-class"):
        asked.ask(Words("marketing.partners", "autumn", "News", "Hello."), "program")
    line = asked.ask(Words("marketing.own", "autumn", "News", "Hello."), "program")
    assert (line.state, line.seen, line.counts) == ("asked", 0, {})
    environ = {**os.environ, "AVOW_CONTROL_DSN": company.control}
    assert send_asked(company.project, environ) == 1
    assert send_asked(company.project, environ) == 0
    found = asked.find(line.id)
    desk.close()
    assert found
    assert (found.state, found.made_by) == ("sent", "program")
    assert found.seen == sum(found.counts.values()) > 20
    waiting = sum(found.counts.get(state, 0) for state in OPEN_STATES)
    send(company, inbox)
    assert len(inbox.mails) == waiting > 20


def test_an_objector_still_gets_what_a_contract_needs(company: Company, inbox: Inbox) -> None:
    with ExitStack() as stack:
        desk = company.desk()
        stack.callback(desk.close)
        gate = open_gate(stack, open_project(company.project, {}), desk.session)
        gate.send_needed("invoice", "seed-one@seeds.example", "Your invoice", "It is in the portal.", "billing")
    send(company, inbox)
    mail = received(inbox)["seed-one"]
    assert "List-Unsubscribe" not in mail
    assert "Your invoice" in mail


def test_the_marketing_desk_hands_its_offer_to_the_gate_and_no_customer_who_said_no_gets_it(
    company: Company, inbox: Inbox
) -> None:
    noes = {
        mail
        for (mail,) in company.of(
            "SELECT email FROM organisations o JOIN marketing_preferences p ON p.organisation_id = o.id"
            " WHERE p.wants_own = 'no' AND email IS NOT NULL"
        )
    }
    assert noes
    gate = shlex.join([sys.executable, "-m", "avow.cli.main", "--quiet", "--project", str(company.project)])
    os.environ["CLOUDSENTRIC_GATE"] = gate
    try:
        (done,) = [r for r in run_rounds({"marketing": company.dsns["marketing"]}) if r.app == "campaign"]
    finally:
        del os.environ["CLOUDSENTRIC_GATE"]
    assert done.ok, done.said
    inbox.mails.clear()
    send(company, inbox)
    reached = {to for recipients, _ in inbox.mails for to in recipients}
    assert len(reached) == done.counts["handed_over"] > 20
    assert {mail.lower() for mail in noes} & {to.lower() for to in reached} == set()
    lines = company.avow("--quiet", "campaign", "list").stdout.splitlines()
    assert f"{len(reached)} sent" in lines[0]
    assert "new sizes" in lines[0]


def test_a_dry_run_counts_and_puts_nothing(company: Company, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Hello.", encoding="utf-8")
    words = ("campaign", "send", "--use", "marketing.own", "--name", "x", "--subject", "y", "--text", str(text))
    before = company.avow("--quiet", "campaign", "list").stdout
    done = company.avow("--quiet", *words, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert " put" in done.stdout
    assert company.avow("--quiet", "campaign", "list").stdout == before
    refused = company.avow("--quiet", *[w.replace("marketing.own", "marketing.partners") for w in words])
    assert refused.returncode == 2
    assert "campaign.unknown-class" in refused.stderr


def test_a_campaign_that_can_never_be_put_is_refused_with_its_code_and_stops_no_other(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = company.desk()
    asked = AskedCampaigns(open_project(company.project, {}), desk.session)
    lines = [asked.ask(Words("marketing.own", f"spring {n}", "News", "Hello."), "program") for n in range(3)]
    with psycopg.connect(company.control) as control:  # a class that left choices.yaml since it was asked for
        control.execute("UPDATE control.campaign SET purpose = 'marketing.gone' WHERE id = %s", [lines[0].id])
    put = CampaignGate._put

    def fail(self: CampaignGate, session: Session, id: UUID, *more: Any, **told: Any) -> Any:
        if id == lines[1].id:
            raise StoreError(
                Diagnostic(Place("store `main`"), "store.unreachable", "it is away", "wait", "nothing was put")
            )
        return put(self, session, id, *more, **told)

    environ = {**os.environ, "AVOW_CONTROL_DSN": company.control}
    monkeypatch.setattr(CampaignGate, "_put", fail)
    with pytest.raises(StoreError, match=r"store\.unreachable"):
        send_asked(company.project, environ)
    found = [asked.find(line.id) for line in lines]
    told = [(one.state, one.refused) for one in found if one]
    assert told == [("refused", "campaign.unknown-class"), ("asked", ""), ("sent", "")]
    monkeypatch.setattr(CampaignGate, "_put", put)
    assert send_asked(company.project, environ) == 1
    assert send_asked(company.project, environ) == 0
    desk.close()
