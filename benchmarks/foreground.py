"""A program at work while a plan is applied: reads and updates by key, notes how long each took. Run as a process of its own.

`python -m benchmarks.foreground DSN SUBJECTS SEED` works until its standard input is closed, then prints one JSON line:
a list of [started (monotonic seconds), milliseconds] and how often it was refused and had to connect again.
"""

from __future__ import annotations

import json
import random
import select
import sys
import time

import psycopg

READ = b"SELECT id, name, email FROM contacts WHERE id = %s"
WRITE = b"UPDATE contacts SET phone = %s WHERE id = %s"


def main(dsn: str, subjects: int, seed: int) -> None:
    dice = random.Random(seed)
    conn = psycopg.connect(dsn, autocommit=True)
    took: list[tuple[float, float]] = []
    refused = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        start = time.monotonic()
        number = dice.randrange(1, subjects + 1)
        while True:
            try:
                if dice.random() < 0.2:
                    conn.execute(WRITE, [f"+44 7700 {number}", number])
                else:
                    conn.execute(READ, [number]).fetchall()
                break
            except psycopg.errors.InsufficientPrivilege:
                # Its session began before its old rights were taken: a new one starts in the login's pair.
                refused += 1
                conn.close()
                conn = psycopg.connect(dsn, autocommit=True)
        took.append((start, (time.monotonic() - start) * 1000))
        time.sleep(0.0005)
    json.dump({"took": took, "refused": refused}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
