"""Begins a project, drafts and lints maps, places quotes: what a person does in the first hour. Reads stores only.

Refuses to overwrite a file of the project: a draft is written beside what a person confirmed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from avow.app.checking import open_store
from avow.app.databases import control_dsn, start_own_server
from avow.app.project import Progress, Project
from avow.datamap.discover import discover
from avow.datamap.draft import draft_map, draft_project
from avow.datamap.lint import lint
from avow.datamap.model import StoreMap
from avow.errors import AvowError, Diagnostic, Place
from avow.policy import check_quotes, check_recipients, check_versions
from avow.policy.promise import Anchor
from avow.prove import Budget
from avow.prove.migration import diff_migration
from avow.sealing.keyfiles import open_private
from avow.settings import StoreSettings
from avow.stores.port import StoreDescription
from avow.vocabulary import words_page

_SECRETS = "avow.env"


def words() -> str:
    return words_page()


def place_quotes(policy: Path, quotes: Path) -> list[dict[str, object]]:
    """One row per quote: id with start, end, line, column; or id with code, cause and help where it has no place."""
    text = _read(policy)
    rows = [
        _quote_row(line, number, quotes) for number, line in enumerate(_read(quotes).splitlines(), 1) if line.strip()
    ]
    found: list[dict[str, object]] = []
    for name, placed in check_quotes(text, rows, str(quotes)):
        if isinstance(placed, Anchor):
            found.append(
                {"id": name, "start": placed.start, "end": placed.end, "line": placed.line, "column": placed.column}
            )
        else:
            found.append({"id": name, "code": placed.code, "cause": placed.cause, "help": placed.help})
    return found


def _quote_row(line: str, number: int, file: Path) -> tuple[str, str]:
    try:
        values = json.loads(line)
        return str(values["id"]), str(values["quote"])
    except (ValueError, KeyError, TypeError) as error:
        raise AvowError(
            Diagnostic(
                Place(str(file), number),
                "quotes.bad-line",
                "this line is not a JSON object with `id` and `quote`",
                'write one object per line: {"id": "a-1", "quote": "the exact words"}',
                "no quote of the file is placed",
            )
        ) from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AvowError(
            Diagnostic(
                Place(str(path)),
                "quotes.no-file",
                f"the file cannot be read ({type(error).__name__})",
                "correct its name, or save it as UTF-8",
                "nothing is placed",
            )
        ) from error


def init_project(folder: Path, policy: Path, dsn: str, company: str, progress: Progress) -> list[tuple[str, str]]:
    """Writes a new project's files; gives (file, what it holds). Raises AvowError `init.not-empty` over any file of a project: what
    a person wrote, a secret above all, is not overwritten."""
    _refuse_standing(folder, ["avow.toml", _SECRETS, "datamap.yaml"])
    text = _read(policy)
    kind = "mariadb" if dsn.startswith(("mysql:", "mariadb:")) else "postgresql"
    settings = StoreSettings("main", kind, "", dsns={"survey": dsn})
    with open_store(settings, "survey", Budget()) as store:
        progress("reading the store's catalogue and small samples; nothing is changed there")
        description = store.describe()
        proposals = discover(description, store.sample, progress=lambda table: progress(f"looking at {table}"))
    files = draft_project(text, description, proposals, company or folder.resolve().name)
    _refuse_standing(folder, [*files, _SECRETS])
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    try:
        with open_private(folder / _SECRETS) as secrets:
            secrets.write(f"AVOW_STORE_MAIN_DSN={dsn}\n".encode())
    except FileExistsError:
        raise AvowError(_not_empty(folder / _SECRETS)) from None
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [(name, content.splitlines()[0].lstrip("# ") if content else "") for name, content in files.items()]


def _refuse_standing(folder: Path, names: Iterable[str]) -> None:
    standing = [folder / name for name in names if (folder / name).exists()]
    if standing:
        raise AvowError([_not_empty(path) for path in standing])


def _not_empty(path: Path) -> Diagnostic:
    return Diagnostic(
        Place(str(path)),
        "init.not-empty",
        "there is a file of a project here already",
        "name another folder with --project, or go on with `avow map` and `avow check`",
        "nothing was written",
    )


def draft_maps(project: Project, store: str, rows: int, progress: Progress) -> Iterator[tuple[str, str]]:
    """(store, draft of its map) for the named store, or for every one that a machine can read."""
    start_own_server(project.settings, progress)
    for settings in project.settings.stores:
        if settings.kind != "manual" and store in ("", settings.name):
            with open_store(settings, "survey", Budget(rows=rows)) as opened:
                progress(f"reading store `{settings.name}`")
                description = opened.describe()
                proposals = discover(description, opened.sample, rows)
            yield settings.name, draft_map(settings.name, description, proposals, settings.location or "world")


def lint_project(project: Project) -> tuple[Diagnostic, ...]:
    """What no promise covers, what nothing in the map can satisfy, what has drifted, on every store."""
    start_own_server(project.settings, lambda line: None)
    found = [*check_versions(project.settings.project, project.settings.company, project.vocabulary)]
    found += check_recipients(project.settings.project, project.vocabulary)
    for store_map, description in _described(project):
        found += lint(project.version, project.vocabulary, store_map, description)
    return tuple(sorted(found))


def _described(project: Project) -> Iterator[tuple[StoreMap, StoreDescription]]:
    for store_map in project.datamap.stores:
        if store_map.kind != "manual":
            with open_store(project.settings.get_store(store_map.name), "survey", Budget()) as store:
                yield store_map, store.describe()


def diff_migration_of(project: Project, store: str, migration: Path, progress: Progress) -> tuple[Diagnostic, ...]:
    """Which sentences a migration would make false, tried on an empty clone of the schema in a scratch database."""
    sql = _read(migration)
    start_own_server(project.settings, progress)
    name = store or project.datamap.stores[0].name
    settings = project.settings.get_store(name)
    store_map = next(s for s in project.datamap.stores if s.name == name)
    scratch = replace(project.settings, control_dsn="", uses_own_server=True)  # never on a database of theirs
    with control_dsn(scratch, progress) as dsn, open_store(settings, "survey", Budget()) as opened:
        progress("applying the migration to an empty clone")
        today = datetime.now(UTC).date()
        return diff_migration(opened.describe(), dsn, sql, project.version, project.vocabulary, store_map, today)
