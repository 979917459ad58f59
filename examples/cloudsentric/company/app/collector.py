"""The traffic collector: who exchanged how many bytes with whom, never what. Plain SQL through its old login.

One round writes a handful of flows and adds them to the month's counters, so that the sums stay equal.
"""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from .. import words
from .serving import Connection, Counts, connect, serve

RANDOM = Random()


def work() -> Counts:
    with connect() as conn:
        known = conn.execute(
            "SELECT DISTINCT organisation_id FROM usage_counters ORDER BY organisation_id LIMIT 8"
        ).fetchall()
        flows = [_flow(row["organisation_id"]) for row in known]
        with conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO traffic (seen_at, organisation_id, direction, local_ip, remote_ip, local_email, remote_email, bytes)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                flows,
            )
        for seen, organisation, direction, *_, size in flows:
            _add(conn, organisation, seen, direction, size)
        conn.commit()
        totals = conn.execute(
            "SELECT sum(bytes) AS bytes FROM usage_counters GROUP BY period ORDER BY period"
        ).fetchall()
    return {"flows": len(flows), "periods": len(totals)}


def _flow(organisation: int) -> tuple[datetime, int, str, str, str, str, str, int]:
    return (
        datetime.now(UTC),
        organisation,
        RANDOM.choice(("in", "out")),
        f"10.0.0.{RANDOM.randrange(1, 250)}",
        f"192.0.2.{RANDOM.randrange(1, 250)}",
        f"{RANDOM.choice(words.FIRST).lower()}@line.example",
        f"{RANDOM.choice(words.LAST).lower()}@mail1.example",
        RANDOM.randrange(400, 4_000_000),
    )


def _add(conn: Connection, organisation: int, seen: datetime, direction: str, size: int) -> None:
    conn.execute(
        "INSERT INTO usage_counters (organisation_id, period, direction, bytes, flows) VALUES (%s, %s, %s, %s, 1)"
        " ON CONFLICT (organisation_id, period, direction)"
        " DO UPDATE SET bytes = usage_counters.bytes + EXCLUDED.bytes, flows = usage_counters.flows + 1",
        [organisation, seen.date().replace(day=1), direction, size],
    )


if __name__ == "__main__":
    raise SystemExit(serve("collector", work))
