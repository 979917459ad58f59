"""What customers see of verdicts: nothing until it is switched on, nothing better than the newest check, no fall before the owner
was told, and holds that end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from avow.control import open_control
from avow.control.publishing import (
    LOOKED_INTO,
    Reading,
    find_shown,
    list_readings,
    quote_digest,
    record_alarms,
    record_hold,
    record_reading,
    record_switch,
)
from avow.duties.notices.readings import reading_digest, rule_words
from avow.policy import read_versions
from avow.vocabulary import load_vocabulary

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def control(database):
    with open_control(database, "acme"), psycopg.connect(database, autocommit=True) as connection:
        yield connection


def check(control, verdict, quote="We keep it.", at=AT):
    report = {"statements": [{"id": "a", "quote": quote, "verdict": verdict}]}
    control.execute(
        "INSERT INTO control.check_run (company, policy_version, checked_at, report) VALUES ('acme', '1', %s, %s)",
        (at, json.dumps(report)),
    )


def seen(control, at=AT):
    return dict(find_shown(control, "acme", "1", at).verdicts)


def test_nothing_is_shown_until_it_is_switched_on_and_other_words_switch_it_off(control):
    check(control, "kept")
    assert seen(control) == {}
    record_switch(control, "acme", "a", "We keep it.", True, "bob", AT)
    assert seen(control) == {"a": "kept"}
    check(control, "kept", quote="We keep it, mostly.")
    assert seen(control) == {}
    check(control, "unproven")
    assert seen(control) == {"a": "unproven"}
    record_switch(control, "acme", "a", "We keep it.", False, "bob", AT)
    assert seen(control) == {}


def test_a_fall_is_told_to_the_owner_once_before_anybody_sees_it(control):
    record_switch(control, "acme", "a", "We keep it.", True, "bob", AT)
    check(control, "broken")
    assert seen(control) == {"a": LOOKED_INTO}
    assert record_alarms(control, "acme", "1", AT) == ("a",)
    assert seen(control) == {"a": "broken"}
    check(control, "broken")
    assert record_alarms(control, "acme", "1", AT) == ()
    assert seen(control) == {"a": "broken"}


def put(control, state="queued"):
    """A message of the outbox, as the alarm puts it."""
    message, key = uuid4(), uuid4()
    control.execute("INSERT INTO control.seal_key (id) VALUES (%s)", (key,))
    control.execute(
        "INSERT INTO control.outbox (id, company, kind, template, state, key_id, to_sealed, body_sealed, to_domain, expires_at)"
        " VALUES (%s, 'acme', 'mail', 'verdict-alarm', %s, %s, '', '', 'acme.example', now())",
        (message, state, key),
    )
    return message


def move(control, message, state):
    sent = AT if state == "sent" else None
    control.execute("UPDATE control.outbox SET state = %s, sent_at = %s WHERE id = %s", (state, sent, message))


def test_the_owner_counts_as_told_when_the_mail_is_sent_and_not_when_it_is_queued(control):
    record_switch(control, "acme", "a", "We keep it.", True, "bob", AT)
    check(control, "broken")
    first = put(control)
    assert record_alarms(control, "acme", "1", AT, first) == ("a",)
    assert seen(control) == {"a": LOOKED_INTO}
    check(control, "broken")
    assert record_alarms(control, "acme", "1", AT, put(control)) == (), "a mail is on its way"
    assert seen(control) == {"a": LOOKED_INTO}
    move(control, first, "sent")
    assert seen(control) == {"a": "broken"}
    check(control, "broken")
    assert record_alarms(control, "acme", "1", AT, put(control)) == ()
    assert seen(control) == {"a": "broken"}


def test_a_mail_that_did_not_leave_is_made_anew_and_hides_a_fall_for_three_days_at_most(control):
    record_switch(control, "acme", "a", "We keep it.", True, "bob", AT)
    check(control, "broken")
    first = put(control)
    record_alarms(control, "acme", "1", AT, first)
    move(control, first, "expired")
    check(control, "broken")
    assert record_alarms(control, "acme", "1", AT + HOUR, put(control)) == ("a",)
    assert seen(control, AT + 71 * HOUR) == {"a": LOOKED_INTO}
    assert seen(control, AT + 72 * HOUR) == {"a": "broken"}


def test_a_hold_never_shows_the_better_verdict_ends_by_itself_and_is_counted(control):
    record_switch(control, "acme", "a", "We keep it.", True, "bob", AT)
    check(control, "broken")
    record_alarms(control, "acme", "1", AT)
    record_hold(control, "acme", "a", "we look into it", "bob", AT, 4)
    assert seen(control, AT + HOUR) == {"a": LOOKED_INTO}
    assert seen(control, AT + 5 * HOUR) == {"a": "broken"}
    assert dict(find_shown(control, "acme", "1", AT + 5 * HOUR).holds) == {"a": 1}
    for hours, reason in ((73, "longer"), (4, "")):
        with pytest.raises(psycopg.errors.CheckViolation):
            record_hold(control, "acme", "a", reason, "bob", AT, hours)


def test_an_approved_reading_fits_only_the_words_and_rules_that_were_approved(control):
    example = Path(__file__).parents[2] / "examples" / "cloudsentric"
    version = read_versions(example, "cloudsentric", load_vocabulary())[-1]
    one, other = (p for p in version.promises if p.id in ("page-purpose", "held-in-the-uk"))
    record_reading(control, "acme", "1", Reading("a", quote_digest(one.quote.exact), reading_digest(one), "bob", AT))
    assert list_readings(control, "acme", "1")["a"].reading_sha256 == reading_digest(one) != reading_digest(other)
    assert "duty: notices" in rule_words(one.rules[-1])
