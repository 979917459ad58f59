"""The credit desk: a customer asks for terms, a report is bought, the case is decided. Plain SQL through its old login.

One round opens a case, reads its report under a lock, decides it, and goes through the cases still open.
"""

from __future__ import annotations

from random import Random

from .. import words
from .serving import Connection, Counts, connect, serve

RANDOM = Random()


def work() -> Counts:
    with connect() as conn:
        case = _open_case(conn)
        conn.commit()
        report = conn.execute("SELECT * FROM credit_reports WHERE case_id = %s FOR UPDATE", [case]).fetchone()
        if report is None:
            raise LookupError("the report of an open case is not there")
        decided = conn.execute(
            "UPDATE credit_cases SET status = 'decided', decided_on = current_date WHERE id = %s RETURNING *", [case]
        ).rowcount
        conn.commit()
        waiting = conn.execute(
            "SELECT r.*, o.name FROM credit_reports r JOIN credit_cases c ON c.id = r.case_id"
            " JOIN organisations o ON o.id = c.organisation_id WHERE c.status = 'open' ORDER BY r.id LIMIT 20"
        ).fetchall()
    return {"opened": 1, "decided": decided, "waiting": len(waiting)}


def _open_case(conn: Connection) -> int:
    customer = conn.execute("SELECT * FROM organisations ORDER BY id DESC LIMIT 1").fetchone()
    assert customer
    case = conn.execute(
        "INSERT INTO credit_cases (organisation_id, asked_days, asked_limit) VALUES (%s, 30, %s) RETURNING *",
        [customer["id"], 500 * RANDOM.randrange(1, 20)],
    ).fetchone()
    assert case
    conn.execute(
        "INSERT INTO credit_reports (case_id, organisation_id, agency, score, summary) VALUES (%s, %s, %s, %s, %s) RETURNING *",
        [
            case["id"],
            customer["id"],
            RANDOM.choice(words.AGENCIES),
            RANDOM.randrange(200, 900),
            RANDOM.choice(words.SUMMARIES),
        ],
    )
    return int(case["id"])


if __name__ == "__main__":
    raise SystemExit(serve("credit", work))
