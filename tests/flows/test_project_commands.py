"""The commands of the first hour as a person types them: init, map, diff, quotes, words."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import psycopg

SCHEMA = """
CREATE TABLE customers (id serial PRIMARY KEY, full_name text NOT NULL, email text);
CREATE TABLE parts (code text PRIMARY KEY, title text);
INSERT INTO customers (full_name, email) SELECT 'Person ' || n, 'p' || n || '@customer.invalid' FROM generate_series(1, 40) n;
ANALYZE;
"""
POLICY = "# Privacy\n\nOur support staff read your e-mail address so that they can answer you.\nWe keep your data for a year.\n"


def avow(project: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "avow.cli.main", "--project", str(project), *words]
    given = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environ}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240, env=given)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_a_project_is_begun_mapped_and_asked_about_a_migration_by_commands_alone(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA)
    policy, project = tmp_path / "policy.md", tmp_path / "fernhill"
    policy.write_text(POLICY)
    begin = ("init", "--policy", str(policy), "--dsn", database, "--company", "fernhill")

    done = avow(project, *begin)
    assert done.returncode == 0, done.stderr
    assert {line.partition(":")[0].partition("/")[0] for line in done.stdout.splitlines()} == {
        "avow.toml",
        "policy",
        "promises",
        "datamap.yaml",
    }
    secrets = project / "avow.env"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert secrets.read_text() == f"AVOW_STORE_MAIN_DSN={database}\n"
    assert "customer.invalid" not in "".join(path.read_text() for path in project.rglob("*.yaml"))

    _refuses_to_write_over(project, begin, secrets)
    _drafts_one_map_for_each_store(project, database)
    _names_what_a_migration_would_break(project, tmp_path)


def _refuses_to_write_over(project: Path, begin: tuple[str, ...], secrets: Path) -> None:
    """Neither a whole project nor a secret that stands alone."""
    before = secrets.read_text()
    assert (again := avow(project, *begin)).returncode == 2
    assert again.stderr.count("init.not-empty") == 3
    alone = project.parent / "alone"
    alone.mkdir()
    (alone / "avow.env").write_text("AVOW_STORE_MAIN_DSN=mine\n")
    assert (avow(alone, *begin)).returncode == 2
    assert [path.name for path in alone.iterdir()] == ["avow.env"]
    assert (secrets.read_text(), (alone / "avow.env").read_text()) == (before, "AVOW_STORE_MAIN_DSN=mine\n")


def _drafts_one_map_for_each_store(project: Path, database: str) -> None:
    settings = project / "avow.toml"
    settings.write_text(settings.read_text() + '\n[stores.archive]\nkind = "postgresql"\nlocation = "uk"\n')
    done = avow(project, "map", "--write", AVOW_STORE_ARCHIVE_DSN=database, AVOW_CONTROL_DSN=database)
    assert done.returncode == 0, done.stderr
    for store in ("main", "archive"):
        draft = (project / f"datamap.{store}.draft.yaml").read_text()
        assert f"  {store}:\n" in draft
        assert "public.customers" in draft


def _names_what_a_migration_would_break(project: Path, folder: Path) -> None:
    """On a server of Avow's own, where no role of the store stands yet."""
    migration = folder / "0042.sql"
    migration.write_text("ALTER TABLE customers ADD COLUMN passport_no text;\n")
    settings = project / "avow.toml"
    settings.write_text(settings.read_text().partition("\n[stores.archive]")[0])
    found = avow(project, "diff", "--migration", str(migration))
    assert found.returncode == 1, found.stdout + found.stderr
    assert "map.migration-needs-promise" in found.stdout
    migration.write_text("ALTER TABLE nothing ADD COLUMN a text;\n")
    fails = avow(project, "diff", "--migration", str(migration))
    assert (fails.returncode, "map.migration-fails" in fails.stderr) == (2, True), fails.stderr


def test_quotes_are_placed_in_any_text_and_those_without_a_place_are_named(tmp_path: Path) -> None:
    policy, quotes = tmp_path / "policy.md", tmp_path / "quotes.jsonl"
    policy.write_text(POLICY)
    quotes.write_text('{"id": "a", "quote": "read your e-mail\\u00a0address"}\n')
    placed = avow(tmp_path, "quotes", str(policy), str(quotes))
    assert (placed.returncode, json.loads(placed.stdout)["line"]) == (0, 3), placed.stdout + placed.stderr
    quotes.write_text(quotes.read_text() + '{"id": "b", "quote": "we sell it"}\n')
    lacking = avow(tmp_path, "quotes", str(policy), str(quotes))
    rows = [json.loads(line) for line in lacking.stdout.splitlines()]
    assert (lacking.returncode, [row.get("code", "placed") for row in rows]) == (1, ["placed", "policy.quote-missing"])
    quotes.write_text("no JSON\n")
    assert "quotes.bad-line" in avow(tmp_path, "quotes", str(policy), str(quotes)).stderr


def test_the_words_of_avow_are_at_most_fifteen(tmp_path: Path) -> None:
    done = avow(tmp_path, "words")
    assert done.returncode == 0
    words = [line for line in done.stdout.splitlines() if line.startswith(("**", "- **", "| **"))]
    assert 5 < len(words) <= 15
    assert "promise" in done.stdout.lower()
