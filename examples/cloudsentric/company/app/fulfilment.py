"""The worksheets of the van and of the installers: `deliveries` by default, `installations` with CLOUDSENTRIC_SHEET.

One round takes planned jobs under a lock, looks up whom to meet, and marks the jobs done. Plain SQL.
"""

from __future__ import annotations

import os

from .serving import Counts, connect, serve

SHEETS = {
    "deliveries": ("planned_for", "delivered", "delivered_at", "delivery"),
    "installations": ("visit_on", "done", "done_at", "installation"),
}


def work() -> Counts:
    table = os.environ.get("CLOUDSENTRIC_SHEET", "deliveries")
    day, done, moment, role = SHEETS[table]
    counts = {"done": 0, "contacts": 0}
    with connect() as conn:
        jobs = conn.execute(
            f"SELECT * FROM {table} WHERE status = 'planned' ORDER BY {day}, id LIMIT 4 FOR UPDATE SKIP LOCKED"
        ).fetchall()
        for job in jobs:
            meet = conn.execute(
                "SELECT * FROM contacts WHERE id = %s AND role = %s", [job["contact_id"], role]
            ).fetchone()
            counts["contacts"] += meet is not None
            row = conn.execute(
                f"UPDATE {table} SET status = %s, {moment} = now() WHERE id = %s RETURNING *", [done, job["id"]]
            ).fetchone()
            assert row
            assert row["status"] == done
            counts["done"] += 1
        phones = conn.execute(
            f"SELECT phone, postal_address FROM {table} WHERE status = 'planned' ORDER BY id LIMIT 20"
        ).fetchall()
    return {**counts, "planned": len(phones)}


if __name__ == "__main__":
    raise SystemExit(serve(os.environ.get("CLOUDSENTRIC_SHEET", "deliveries"), work))
