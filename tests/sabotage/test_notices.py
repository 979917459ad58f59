"""Notices: a page, a publication or a practice is changed behind Avow's back, and exactly the sentences about it turn.

On the example company with its own logins and its privacy centre serving. Each sabotage is undone; at the end all are kept again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from avow.prove.catalogue import get_entry

for folder in ("notices", "rights"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))
from served import Company, make_served  # noqa: E402

from company import newest_server  # noqa: E402

pytestmark = pytest.mark.slow
PAGE, POSTED, MAY_CHANGE = "page-purpose", "posted-on-the-day", "page-may-change"
_OPEN = "ALTER TABLE control.{0} DISABLE TRIGGER USER; {1}; ALTER TABLE control.{0} ENABLE TRIGGER USER"


@dataclass(frozen=True)
class Sabotage:
    """`turn` are the statements that turn to broken after `breaks` in `where` (control or store), and no other of the three."""

    id: str
    breaks: str
    mends: str
    turn: frozenset[str]
    where: str = "control"


_REWORD = "UPDATE control.policy_version SET text = replace(text, '{}', '{}') WHERE version = '2026-01'"
_GONE = "DELETE FROM control.publication WHERE version = '2026-01'"
_BACK = "INSERT INTO control.publication SELECT * FROM public.kept_publication; DROP TABLE public.kept_publication"
_OLDER = (
    "INSERT INTO control.publication SELECT gen_random_uuid(), company, '2025-06', place, effective_on, now(), 'nobody', false "
    "FROM control.publication WHERE version = '2026-01'"
)
_ASKED = (
    "INSERT INTO control.notice_decision (company, version, ways, ground, told_by, by_whom, at) "
    "SELECT company, version, '{page,banner,mail}', 'it was decided', effective_on - 1, 'bob', now() "
    "FROM control.publication WHERE version = '2026-01'"
)
_UNASKED = _OPEN.format("notice_decision", "DELETE FROM control.notice_decision WHERE ground = 'it was decided'")
_FORGED = _OPEN.format(
    "notice_message",
    "INSERT INTO control.notice_message (id, company, version, address_digest, queued_at, sent_at) "
    "SELECT gen_random_uuid(), company, version, 'nobody', now(), now() FROM control.publication WHERE version = '2026-01'",
)
_UNFORGED = _OPEN.format("notice_message", "DELETE FROM control.notice_message WHERE address_digest = 'nobody'")
SABOTAGES = (
    Sabotage("tell-nobody-of-a-version", _ASKED, _UNASKED, frozenset({MAY_CHANGE})),
    Sabotage("mark-people-as-told", _FORGED, _UNFORGED, frozenset({MAY_CHANGE})),
    Sabotage(
        "change-the-policy-page",
        _OPEN.format("policy_version", _REWORD.format("United Kingdom only", "United Kingdom and elsewhere")),
        _OPEN.format("policy_version", _REWORD.format("United Kingdom and elsewhere", "United Kingdom only")),
        frozenset({PAGE, POSTED}),
    ),
    Sabotage(
        "take-the-policy-down",
        "CREATE TABLE public.kept_publication AS TABLE control.publication; " + _OPEN.format("publication", _GONE),
        _BACK,
        frozenset({PAGE, POSTED}),
    ),
    Sabotage(
        "put-an-older-policy-in-its-place",
        _OLDER,
        _OPEN.format("publication", "DELETE FROM control.publication WHERE published_by = 'nobody'"),
        frozenset({PAGE, POSTED}),
    ),
    Sabotage(
        "collect-without-a-sentence",
        "ALTER TABLE leads ADD COLUMN birthday date",
        "ALTER TABLE leads DROP COLUMN birthday",
        frozenset({PAGE}),
        where="store",
    ),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On the newest PostgreSQL alone: what is broken here is Avow's own, the same on each version."""
    with newest_server() as server, make_served(server, tmp_path_factory.mktemp("notices"), "notices") as (company, _):
        shopped = company.avow("--quiet", "shopper", "run", "--duty", "notices")
        assert shopped.returncode == 0, shopped.stdout + shopped.stderr
        yield company


def verdicts_of(company: Company) -> dict[str, str]:
    done = company.avow("--quiet", "check", "--json", "--seconds", "900")
    found = {s["id"]: s["verdict"] for s in json.loads(done.stdout)["statements"]}
    return {name: found[name] for name in (PAGE, POSTED, MAY_CHANGE)}


def run_sql(company: Company, where: str, text: str) -> None:
    dsn = company.superuser
    if where == "control":
        dsn = psycopg.conninfo.make_conninfo(dsn, dbname=psycopg.conninfo.conninfo_to_dict(company.control)["dbname"])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(text.encode())


def test_the_catalogue_names_these_sabotages() -> None:
    assert {sabotage.id for sabotage in SABOTAGES} <= set(get_entry("duty").sabotages)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda s: s.id)
def test_what_is_changed_behind_avow_turns_exactly_the_sentences_about_it(served: Company, sabotage: Sabotage) -> None:
    run_sql(served, sabotage.where, sabotage.breaks)
    try:
        found = verdicts_of(served)
    finally:
        run_sql(served, sabotage.where, sabotage.mends)
    assert {name for name, verdict in found.items() if verdict == "broken"} == sabotage.turn
    assert {name for name, verdict in found.items() if verdict == "kept"} == {PAGE, POSTED, MAY_CHANGE} - sabotage.turn


def test_all_of_it_mended_every_sentence_is_kept_again(served: Company) -> None:
    assert served.avow("--quiet", "shopper", "run", "--duty", "notices").returncode == 0
    assert verdicts_of(served) == dict.fromkeys((PAGE, POSTED, MAY_CHANGE), "kept")
