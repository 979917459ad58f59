"""Runs every measurement on a PostgreSQL of its own, started for it and deleted after it, and writes the page of results."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from avow.embedded import RunningServer, ensure_server, remove_server
from benchmarks.applying import measure_apply
from benchmarks.ledgering import measure_ledger, measure_logged_read
from benchmarks.measuring import Row
from benchmarks.ratios import build, measure_all
from benchmarks.report import Results, describe_machine, render
from benchmarks.rights import measure_rights

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "benchmarks.md"
SETTINGS = {
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "maintenance_work_mem": "512MB",
}
PARTS = ("ratios", "ledger", "read", "apply", "rights")


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50,000 people, few rounds: to see that it runs")
    parser.add_argument("--subjects", type=int, default=0, help="default 1,000,000")
    parser.add_argument("--rows", type=int, default=0, help="rows of the table that is applied to; default 5,000,000")
    parser.add_argument("--rounds", type=int, default=0, help="interleaved rounds; default 15")
    parser.add_argument("--prefer", type=int, help="major version of PostgreSQL, where several are found")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part only; may be repeated")
    parser.add_argument(
        "--write", type=Path, help=f"write the page here; default {PAGE.name} in docs, nothing if --quick or --only"
    )
    return parser


def main() -> int:
    options = build_parser().parse_args()
    began, machine = time.monotonic(), describe_machine()

    def tell(says: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {says}", file=sys.stderr, flush=True)

    target = options.write or (None if options.quick or options.only else PAGE)

    def keep(found: Results) -> None:
        """After each part: what was measured so far is not lost with what comes after it."""
        if target:
            target.write_text(render(found, machine), encoding="utf-8")
            tell(f"written to {target}")

    with tempfile.TemporaryDirectory(prefix="avow-bench-") as folder:
        print(render(_on_own_server(Path(folder), options, tell, keep), machine))
    return 0


def _on_own_server(
    home: Path, options: argparse.Namespace, tell: Callable[[str], None], keep: Callable[[Results], None]
) -> Results:
    tell("starting a server")
    server = ensure_server(home / "server", options.prefer, settings=SETTINGS)
    try:
        return run(server, home, options, tell, keep)
    finally:
        server.close()
        remove_server(home / "server")


def run(
    server: RunningServer,
    home: Path,
    options: argparse.Namespace,
    tell: Callable[[str], None],
    keep: Callable[[Results], None],
) -> Results:
    parts = options.only or PARTS
    subjects = options.subjects or (50_000 if options.quick else 1_000_000)
    rounds = options.rounds or (5 if options.quick else 15)
    settings = ", ".join(f"{key} {value}" for key, value in SETTINGS.items())
    with psycopg.connect(server.dsn, autocommit=True) as conn:
        version = conn.info.parameter_status("server_version") or ""
        for name in ("governed", "control", "large"):
            conn.execute(f"CREATE DATABASE {name}".encode())
    command = "python -m benchmarks " + " ".join(sys.argv[1:])
    found = Results(datetime.now(UTC).strftime("%Y-%m-%d"), command.strip(), version, settings, subjects, rounds)
    governed, control = server.dsn_for("governed"), server.dsn_for("control")
    if "ratios" in parts or "read" in parts or "apply" in parts:
        build(governed, subjects if "ratios" in parts or "read" in parts else 1000, tell)
    if "ratios" in parts:
        found.rows = measure_all(governed, subjects, rounds, tell)
        keep(found)
    if "ledger" in parts:
        tell("measuring: ledger")
        found.ledger = measure_ledger(control, home, max(3, rounds // 3), 20_000 if options.quick else 200_000)
        keep(found)
    if "read" in parts:
        tell("measuring: a logged read")
        found.read = measure_logged_read(governed, control, home, subjects, rounds, 4000 if options.quick else 10_000)
        keep(found)
    if "apply" in parts:
        found.applying = measure_apply(
            server.dsn_for("large"), options.rows or (200_000 if options.quick else 5_000_000), tell
        )
        keep(found)
    if "rights" in parts:
        found.rights = measure_rights(server.dsn_for("large"), max(20_000, subjects // 5), options.quick, tell)
        keep(found)
    return found


__all__ = ["Row", "main"]

if __name__ == "__main__":
    sys.exit(main())
