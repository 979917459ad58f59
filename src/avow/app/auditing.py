"""Writes the auditor's bundle: the newest verdicts, policy and reading, evidence, publications, the ledger's heads and samples.

Promises a folder that an outsider verifies with the program that lies in it, or with a copy of their own, offline. Holds no value
of a data subject: reports, policies and ledger entries carry none. Refuses to write over a bundle, or before any check.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg

from avow import __version__
from avow.app.databases import control_dsn, public_key_of
from avow.app.project import Progress, Project
from avow.app.recording import open_project_ledger
from avow.control.checks import FullCheck, check_history, find_check
from avow.control.notices import list_publications
from avow.errors import ControlError, Diagnostic, Place
from avow.ledger.block import read_header
from avow.ledger.chain import Chain
from avow.ledger.heads import Head, load_heads
from avow.ledger.keys import load_key
from avow.ledger.recorder import open_chain
from avow.prove.audit.verifier import SAMPLES, pick
from avow.prove.principles import list_principles

_COPIED = (
    *("avow.toml", "datamap.yaml", "recipients.yaml", "custodians.yaml", "exceptions.yaml"),
    *("policy/*.md", "promises/*.yaml", "evidence/*.yaml", "readings/*.json"),
)


def write_bundle(project: Project, folder: Path, progress: Progress) -> int:
    """Gives how many files it has. Raises ControlError `audit.folder-in-use` or `audit.no-check`."""
    if folder.exists() and any(folder.iterdir()):
        raise ControlError(_in_use(folder))
    settings = project.settings
    with control_dsn(settings, progress) as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            check = find_check(connection, settings.company)
            if check is None:
                raise ControlError(_no_check())
            _write_records(connection, project, check, folder)
        with open_project_ledger(settings, dsn) as ledger:
            ledger.sign_head()
        progress("drawing samples from the ledger")
        _write_ledger(dsn, project, folder)
    _copy_project(settings.project, folder)
    (folder / "verifier.py").write_bytes(files("avow.prove.audit").joinpath("verifier.py").read_bytes())
    return _sign(project, folder)


def _write_records(connection: psycopg.Connection[Any], project: Project, check: FullCheck, folder: Path) -> None:
    company = project.settings.company
    history = [
        {"at": run.checked_at.isoformat(), "version": run.policy_version, "totals": run.totals}
        for run in check_history(connection, company, 365)
    ]
    publications = [
        {**asdict(one), "effective_on": str(one.effective_on), "published_at": one.published_at.isoformat()}
        for one in list_publications(connection, company)
    ]
    principles = [asdict(one) | {"figure": one.figure} for one in list_principles(check.statements)]
    _write(folder / "report.json", check.report)
    for name, found in (("history", history), ("publications", publications), ("principles", principles)):
        _write(folder / f"{name}.json", found)


def _write_ledger(dsn: str, project: Project, folder: Path) -> None:
    settings, home = project.settings, folder / "ledger"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(settings.ledger_heads, home / "heads.jsonl")
    shutil.copyfile(public_key_of(settings), home / "ledger.pub")
    heads = load_heads(settings.ledger_heads)
    newest = max(heads, key=lambda head: (head.size, head.at))
    chain = open_chain(dsn)
    try:
        lines = [json.dumps(sample) for sample in _samples(chain, newest)]
    finally:
        chain.close()
    (home / "samples.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _samples(chain: Chain, head: Head) -> Iterator[dict[str, Any]]:
    """Entries that the signed root picks, each with its way up to it."""
    for number in range(min(SAMPLES, head.size)):
        block = pick(head.root, number, head.size)
        row = chain.conn.execute("SELECT header FROM ledger.block WHERE number = %s", (block,)).fetchone()
        assert row is not None  # the head says that it is there
        index = pick(head.root + b"entry", number, read_header(bytes(row[0])).count)
        proof = chain.prove_entry(block, index, head.size)
        yield {
            "header": proof.header.hex(),
            "leaf": proof.leaf.hex(),
            "number": proof.number,
            "index": proof.index,
            "path": [one.hex() for one in proof.path],
            "block_path": [one.hex() for one in proof.block_path],
        }


def _copy_project(project: Path, folder: Path) -> None:
    for pattern in _COPIED:
        for path in sorted(project.glob(pattern)):
            target = folder / path.relative_to(project)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _write(path: Path, found: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _sign(project: Project, folder: Path) -> int:
    listed = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    about = {"company": project.settings.company, "release": __version__, "policy_version": project.version.version}
    made = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "files": listed}
    text = (json.dumps({**about, **made}, indent=1) + "\n").encode()
    (folder / "manifest.json").write_bytes(text)
    signature = load_key(project.settings.ledger_key).sign(text).hex()
    (folder / "manifest.sig").write_text(f"{signature}\n", encoding="ascii")
    return len(listed) + 2


def _in_use(folder: Path) -> Diagnostic:
    return Diagnostic(
        Place(str(folder)),
        "audit.folder-in-use",
        "the folder is not empty",
        "name a folder that does not exist: a bundle never writes over another",
        "nothing was written",
    )


def _no_check() -> Diagnostic:
    return Diagnostic(
        Place("control.check_run"),
        "audit.no-check",
        "no check has finished yet, so there is no verdict to hand over",
        "run `avow check` first",
        "nothing was written",
    )
