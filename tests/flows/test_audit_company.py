"""The auditor's bundle of a real company: Dana verifies it offline, and whatever is changed in it is named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from company import make_company_alone

ADDRESSES: list[str] = []  # of the company's people: the bundle must hold none


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """(bundle, public key): written once, on the newest PostgreSQL alone."""
    folder = tmp_path_factory.mktemp("audit")
    with make_company_alone(folder, "audit") as company:
        early = company.avow("--quiet", "audit", "write", str(folder / "early"))
        assert "audit.no-check" in early.stderr
        company.avow("--quiet", "check")
        done = company.avow("--quiet", "audit", "write", str(folder / "bundle"))
        assert done.returncode == 0, done.stderr
        key = folder / "by-another-way.pub"
        shutil.copyfile(company.project / ".avow" / "ledger.pub", key)
        ADDRESSES.extend(mail for (mail,) in company.of("SELECT email FROM contacts WHERE email <> ''"))
        yield folder / "bundle", key


def verify(bundle: Path, key: Path) -> subprocess.CompletedProcess[str]:
    """As Dana does: with the program of the bundle, and Python without any package."""
    command = [sys.executable, "-I", "-S", str(bundle / "verifier.py"), str(bundle), "--key", str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_bundle_as_it_was_written_verifies_and_holds_nobody(bundle: tuple[Path, Path]) -> None:
    folder, key = bundle
    done = verify(folder, key)
    assert (done.returncode, done.stdout.strip()) == (0, "nothing is wrong")
    assert (folder / "ledger" / "samples.jsonl").read_text().count("\n") >= 2
    assert len(json.loads((folder / "principles.json").read_text())) == 10
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert len(ADDRESSES) > 50  # else the search below would show little
    assert [address for address in ADDRESSES if address.encode() in written] == []


def reword(report: dict[str, object]) -> None:
    next(s for s in report["statements"] if s["verdict"] == "unproven")["verdict"] = "kept"  # type: ignore[attr-defined, index]


@pytest.mark.parametrize("what", ["verdict", "evidence", "head", "sample", "more", "less"])
def test_what_is_changed_is_named(bundle: tuple[Path, Path], what: str, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(bundle[0], copy)
    if what == "verdict":
        report = json.loads((copy / "report.json").read_text())
        reword(report)
        (copy / "report.json").write_text(json.dumps(report))
    elif what in ("head", "sample"):
        path = copy / "ledger" / ("heads.jsonl" if what == "head" else "samples.jsonl")
        path.write_text(path.read_text().replace("0", "1", 40))
    elif what == "more":
        (copy / "evidence" / "late.yaml").write_text("owner: nobody\n")
    else:
        victim = next((copy / "evidence").glob("*.yaml"))
        victim.unlink() if what == "less" else victim.write_text("owner: somebody else\n")
    done = verify(copy, bundle[1])
    assert done.returncode == 1
    named = {"verdict": "report.json", "head": "heads.jsonl", "sample": "samples.jsonl"}.get(what, "evidence/")
    assert named in done.stdout
