"""The benchmarks run from nothing to a page of results, and leave no server behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_small_run_prints_every_part_of_the_page(tmp_path):
    page = tmp_path / "page.md"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--subjects", "2000", "--rows", "5000", "--rounds", "2"]
    done = subprocess.run(
        [*command, "--write", str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    for part in ("## Statements of a pair", "## Ledger", "## A logged read", "## Applying to a live table"):
        assert part in text
    assert "update" in text
    assert not list(tmp_path.glob("avow-bench-*/server/data"))
