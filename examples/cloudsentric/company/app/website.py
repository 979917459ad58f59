"""The website's forms and the page on which the sales desk answers them. Plain SQL through the website's old login.

One round takes in two enquiries and answers two that are open.
"""

from __future__ import annotations

from random import Random

from .. import words
from .serving import Connection, Counts, connect, serve

RANDOM = Random()


def work() -> Counts:
    with connect() as conn:
        taken = sum(_take(conn, enquirer) for enquirer in ("customer", "potential"))
        conn.commit()
        answered = _answer(conn)
        conn.commit()
        newest = conn.execute(
            "SELECT e.*, a.answered_at FROM enquiries e LEFT JOIN answers a ON a.enquiry_id = e.id ORDER BY e.id DESC LIMIT 20"
        ).fetchall()
    return {"taken": taken, "answered": answered, "listed": len(newest)}


def _take(conn: Connection, enquirer: str) -> int:
    name = f"{RANDOM.choice(words.FIRST)} {RANDOM.choice(words.LAST)}"
    row = conn.execute(
        "INSERT INTO enquiries (enquirer, channel, name, email, phone, question)"
        " VALUES (%s, 'web', %s, %s, %s, %s) RETURNING *",
        [enquirer, name, f"w{RANDOM.randrange(10**9)}@ask1.example", "01632 960111", RANDOM.choice(words.QUESTIONS)],
    ).fetchone()
    assert row
    return 1 if row["status"] == "open" else 0


def _answer(conn: Connection) -> int:
    waiting = conn.execute(
        "SELECT * FROM enquiries WHERE status = 'open' ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED"
    ).fetchall()
    for enquiry in waiting:
        conn.execute(
            "INSERT INTO answers (enquiry_id, enquirer, body) VALUES (%s, %s, %s) RETURNING *",
            [enquiry["id"], enquiry["enquirer"], RANDOM.choice(words.REPLIES)],
        )
        conn.execute("UPDATE enquiries SET status = 'answered' WHERE id = %s", [enquiry["id"]])
    return len(waiting)


if __name__ == "__main__":
    raise SystemExit(serve("website", work))
