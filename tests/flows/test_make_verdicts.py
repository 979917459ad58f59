"""`make verdicts`, `make first-hour`: what stands on standard output is what the page says, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVERY_VERDICT = {"kept", "broken", "attested", "unproven", "not_checkable"}


def make(*words: str) -> subprocess.CompletedProcess[str]:
    """As somebody would in a clone: with nothing of the tests around it."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("AVOW_", "PYTEST_", "DATABASE_URL", "MAKE"))}
    return subprocess.run(
        ["make", *words], cwd=ROOT, env=mine, capture_output=True, text=True, timeout=900, check=False
    )


def test_standard_output_is_the_report_of_a_company_whose_every_sentence_is_kept_or_attested():
    done = make("verdicts", "COMPANY=cloudsentric", "SCALE=300")
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout)
    assert {"company", "policy_version", "checked_at", "statements", "unread", "totals"} <= report.keys()
    sentences = {one["source"]: one["verdict"] for one in report["statements"]}
    assert {source for source, verdict in sentences.items() if verdict == "not_checkable"} == {"004-45"}
    assert {verdict for source, verdict in sentences.items() if source != "004-45"} == {"kept", "attested"}
    assert len(sentences) == 69
    assert set(report["totals"]["statements"]) <= EVERY_VERDICT


def test_the_first_hour_finds_something_broken_and_leaves_it_kept():
    done = make("first-hour")
    assert done.returncode == 0, done.stderr[-4000:]
    *_, mended, works = (done.stdout + done.stderr).splitlines()
    assert mended.endswith("broken before and kept now: support-reads-tickets, staff-log-in, reports-only-count")
    assert works == "the product works on"
