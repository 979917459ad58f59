"""A worker as a process of its own: `work_and_die.py DSN [--pulse FD]`. Its jobs say in table `seen` that they began and ended."""

import argparse
import time

import psycopg

from avow.work import Job, Timing, run_worker

QUICK = Timing(heartbeat=0.3, stalled=1.5, retry_every="* * * * * *", polling=0.1, graceful=5.0)


def note(dsn: str, what: str, number: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO seen (what, number, pid) VALUES (%s, %s, pg_backend_pid())", (what, number))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("dsn")
    parser.add_argument("--pulse", type=int)
    given = parser.parse_args()

    def step(number: int) -> None:
        note(given.dsn, "begun", number)
        time.sleep(0.2)
        with psycopg.connect(given.dsn) as connection:  # the marker pattern: an effect only where the marker is new
            connection.execute(
                "WITH new AS (INSERT INTO marker VALUES (%s) ON CONFLICT DO NOTHING RETURNING number) "
                "UPDATE total SET n = n + 1 WHERE EXISTS (SELECT FROM new)",
                (number,),
            )

    run_worker(given.dsn, [Job("step", step)], concurrency=2, timing=QUICK, pulse=given.pulse)


if __name__ == "__main__":
    main()
