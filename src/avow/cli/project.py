"""Commands about the project: what the policy says, what the map covers, what a migration would change.

They read; only `init` and `map --write` write, and only files of the project.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import avow.app
from avow.cli.printing import print_diagnostics, progress_of


def add_commands(commands: Any) -> None:
    init = commands.add_parser("init", help="begin a project from a policy text and a database; changes nothing there")
    init.add_argument("--policy", type=Path, required=True, help="the policy as published (text or Markdown)")
    init.add_argument("--dsn", required=True, help="the store's connection string; only read from")
    init.add_argument("--company", default="", help="the company's name (default: the folder's name)")
    init.set_defaults(run=run_init)
    map_ = commands.add_parser("map", help="read a live store and propose what its tables hold")
    map_.add_argument("--store", default="", help="the store's name in avow.toml (default: every store)")
    map_.add_argument("--rows", type=int, default=500, help="rows sampled per table (default 500)")
    map_.add_argument("--write", action="store_true", help="write datamap.<store>.draft.yaml for a person to confirm")
    map_.set_defaults(run=run_map)
    lint = commands.add_parser("lint", help="what no promise covers, what no map satisfies, what has drifted")
    lint.set_defaults(run=run_lint)
    diff = commands.add_parser("diff", help="which sentence a migration would make false")
    diff.add_argument("--migration", type=Path, required=True, help="the migration as plain SQL")
    diff.add_argument("--store", default="", help="the store's name in avow.toml (default: the first)")
    diff.set_defaults(run=run_diff)
    quotes = commands.add_parser("quotes", help="where quotes stand in any policy text")
    quotes.add_argument("policy", type=Path, help="a policy text")
    quotes.add_argument("quotes", type=Path, help="JSON lines with `id` and `quote`")
    quotes.set_defaults(run=run_quotes)
    words = commands.add_parser("words", help="the words of Avow, at most fifteen")
    words.set_defaults(run=run_words)


def run_init(arguments: argparse.Namespace) -> int:
    written = avow.app.init_project(
        arguments.project, arguments.policy, arguments.dsn, arguments.company, progress_of(arguments)
    )
    for name, says in written:
        print(f"{name}: {says}")
    return 0


def run_map(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ, with_map=False)
    for name, text in avow.app.draft_maps(project, arguments.store, arguments.rows, progress_of(arguments)):
        if arguments.write:
            path = project.settings.project / f"datamap.{name}.draft.yaml"
            path.write_text(text, encoding="utf-8")
            print(
                f"{path}: the draft for store `{name}`; read it, confirm it, and put the store below `stores:` of datamap.yaml"
            )
        else:
            print(text)
    return 0


def run_lint(arguments: argparse.Namespace) -> int:
    """Exit code 1 when something is uncovered: it is a finding, not a failure to look."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    found = avow.app.lint_project(project)
    print_diagnostics(found)
    return 1 if any(d.severity == "error" for d in found) else 0


def run_diff(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    changes = avow.app.diff_migration_of(project, arguments.store, arguments.migration, progress_of(arguments))
    print_diagnostics(changes)
    return 1 if changes else 0


def run_quotes(arguments: argparse.Namespace) -> int:
    """Prints a line of JSON for each quote; exit code 1 when one has no place of its own."""
    found = avow.app.place_quotes(arguments.policy, arguments.quotes)
    for row in found:
        print(json.dumps(row, ensure_ascii=False))
    return 0 if all("line" in row for row in found) else 1


def run_words(arguments: argparse.Namespace) -> int:
    print(avow.app.words())
    return 0
