"""How each Python program of the example company is started: `serve-one-round`, or `serve --seconds N [--attended]`.

Promises: a connection per round, as behind a web server; one line of JSON with counts at the end, never a value of a
row; exit status 1 if any round failed. An attended program ends when its standard input closes, so it never outlives
whoever started it, however that ended. The database comes from the environment variable CLOUDSENTRIC_DSN.
Refuses to run without it. Knows nothing of Avow: these programs stand for software that was there before.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable

import psycopg
from psycopg.rows import DictRow, dict_row

Counts = dict[str, int]
Connection = psycopg.Connection[DictRow]
# Only these say what is missing without quoting a value: a right, a table, a column, a routine.
HARMLESS = {"42501", "42P01", "42703", "42883"}


def serve(name: str, work: Callable[[], Counts]) -> int:
    """Runs `work` once or until the time is up (or a SIGTERM comes); prints counts; gives the exit status."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("command", choices=("serve-one-round", "serve"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pause", type=float, default=0.2, help="seconds between two rounds")
    parser.add_argument("--attended", action="store_true", help="end when standard input closes")
    chosen = parser.parse_args()
    totals: Counter[str] = Counter()
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: stopped.append(number))
    end = time.monotonic() + (chosen.seconds if chosen.command == "serve" else 0)
    while True:
        totals["rounds"] += 1
        _round(name, work, totals)
        if chosen.command == "serve" and totals["rounds"] == 1:
            print("serving", flush=True)  # whoever waits for the load knows that it stands
        if stopped or time.monotonic() >= end or _alone(chosen):
            break
    print(json.dumps({"app": name, **totals}), flush=True)
    return 1 if totals["failed"] else 0


def _alone(chosen: argparse.Namespace) -> bool:
    """Pauses; tells whether an attended program's starter is gone."""
    if not chosen.attended:
        time.sleep(chosen.pause)
        return False
    readable, _, _ = select.select([sys.stdin], [], [], chosen.pause)
    return bool(readable)


def _round(name: str, work: Callable[[], Counts], totals: Counter[str]) -> None:
    try:
        totals.update(work())
    except Exception as error:  # every failure of a round is counted; none is hidden
        totals["failed"] += 1
        print(f"{name}: {describe(error)}", file=sys.stderr, flush=True)


def describe(error: BaseException) -> str:
    """The kind of failure and, where it quotes no value, PostgreSQL's own first line."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if isinstance(cause, psycopg.Error) and cause.sqlstate:
        return f"{cause.sqlstate} {cause.diag.message_primary if cause.sqlstate in HARMLESS else ''}".strip()
    return type(error).__name__


def connect() -> Connection:
    """The application's own connection through its old login."""
    return psycopg.connect(os.environ["CLOUDSENTRIC_DSN"], row_factory=dict_row)
