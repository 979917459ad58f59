"""The list of what was erased and forgotten, kept in a file outside the database: without it an older copy would bring people back.

Holds ids, digests and sealed keys, never a value; written whole and durable, anew whenever something was erased. Refuses to be
shorter than before: a file that knows more than the database is left as it is, and said so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from avow.app.answers import names_in_ledger
from avow.control import answers, people, rights
from avow.control.session import Session
from avow.control.statements import load_statements
from avow.errors import ControlError, Diagnostic, Place

TABLES: tuple[str, ...] = ("seal_key", "subject", "request", "certificate", "erasure_replay", "suppression")
Rows = Mapping[str, list[dict[str, Any]]]
Unlink = Callable[[Mapping[str, tuple[tuple[str, str], ...]]], None]


def keep_erased(connection: psycopg.Connection[Any], path: Path) -> bool:
    """Writes the list anew when something came to it; gives whether it did. Raises ControlError `backup.list-ahead`."""
    row = connection.execute(load_statements("backup")["erased_mark"]).fetchone()
    mark = [int(number) for number in row or ()]
    if path.exists() and _mark_of(path) == mark:
        return False
    found = connection.execute(load_statements("backup")["erased"]).fetchone()
    assert found is not None  # one object
    if path.exists() and knows_more(read_erased(path), found[0]):
        raise ControlError(_ahead(path))
    _write(path, json.dumps({"mark": mark, **found[0]}, separators=(",", ":")))
    return True


def _mark_of(path: Path) -> list[int]:
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["mark"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ControlError(_unreadable(path)) from error


def knows_more(kept: Rows, live: Rows) -> bool:
    """Whether a key that is dropped, or a person who is erased, by the list is not so in the database."""
    return any(
        {one["id"] for one in kept[table]} - {one["id"] for one in live[table]} for table in ("seal_key", "subject")
    )


def join_lists(lists: Sequence[Rows], written: Sequence[datetime | None] = ()) -> Rows:
    """What any of the lists knows. An objection counts as in the newest list, because people take objections back; where nobody can
    say which is the newest, every objection counts. `written`: when each list was written, None unknown."""
    newest = _newest(lists, written)
    joined = {table: _join(table, lists) for table in TABLES if table != "suppression"}
    marks = _join(
        "suppression", [{"suppression": [p for p in one["suppression"] if p["mark"] == "erased"]} for one in lists]
    )
    said = [
        {"suppression": [p for p in one["suppression"] if p["mark"] != "erased"]}
        for one in (lists if newest is None else [newest])
    ]
    return {**joined, "suppression": marks + _join("suppression", said)}


def _newest(lists: Sequence[Rows], written: Sequence[datetime | None]) -> Rows | None:
    """The one list that was written last, and by its keys is no copy of an older state; without times the one that knows most."""
    known = [len(rows["seal_key"]) for rows in lists]
    times = [at for at in written if at is not None]
    ranks: Sequence[Any] = times if len(times) == len(lists) else known
    first = [place for place, rank in enumerate(ranks) if rank == max(ranks)]
    is_told = len(first) == 1 and known[first[0]] == max(known)
    return lists[first[0]] if is_told else None


def _join(table: str, lists: Sequence[Rows]) -> list[dict[str, Any]]:
    """Rows of all lists, each once: by its id, and one without an id by all of it."""
    return list(
        {one.get("id") or json.dumps(one, sort_keys=True): one for rows in lists for one in rows[table]}.values()
    )


def write_list(path: Path, rows: Rows) -> None:
    """Keeps a list that was joined, until the database writes its own again."""
    _write(path, json.dumps({"mark": [], **rows}, separators=(",", ":")))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(half, path)


def read_erased(path: Path) -> Rows:
    """Raises ControlError `backup.list-unreadable`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {table: list(found[table]) for table in TABLES}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ControlError(_unreadable(path)) from error


def find_written_at(path: Path) -> datetime | None:
    """When a list was written, by its database's clock; None: it does not say. Raises ControlError `backup.list-unreadable`."""
    try:
        at = json.loads(path.read_text(encoding="utf-8")).get("at")
        return datetime.fromisoformat(at) if at else None
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ControlError(_unreadable(path)) from error


def forget_again(session: Session, rows: Rows, unlink: Unlink) -> int:
    """Forgets everybody on the list of whom the restored copy still knows something; gives how many people."""
    back = [row[0] for row in session.connection.execute(_sql("not_yet_erased"), {"rows": _json(rows["subject"])})]
    _forget(session, back, unlink)
    for table in TABLES:
        session.connection.execute(_sql(f"again_{table}"), {"rows": _json(rows[table])})
    return len(back)


def _forget(session: Session, subjects: list[UUID], unlink: Unlink) -> None:
    if not subjects:
        return
    keys = rights.get_request_keys(session, subjects)
    held = people.access_keys(session, subjects)
    unlink({str(s): tuple((k.table, k.key) for k in held.get(s, [])) for s in subjects})
    answers.record_answers_gone(session, subjects)
    people.record_forgotten(session, subjects)
    session.drop(keys)


def names_of(subject: str, keys: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Every name under which the ledger may know a person."""
    return (subject, *(name for table, key in keys for name in names_in_ledger(table, key)))


def _sql(name: str) -> Any:
    return load_statements("backup")[name]


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows)


def _ahead(path: Path) -> Diagnostic:
    return Diagnostic(
        Place(str(path)),
        "backup.list-ahead",
        "the list outside knows of more that was erased than this database does",
        "this database is an older copy: run `avow restore --erased-only`, which erases again what the list names",
        "the list stays as it is; people who were erased may be back in this database",
    )


def _unreadable(path: Path) -> Diagnostic:
    return Diagnostic(
        Place(str(path)),
        "backup.list-unreadable",
        f"`{path}` is not the list of what was erased",
        "take it from where copies of it are kept",
        "nobody can say who must be erased again",
    )
