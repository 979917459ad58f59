"""The marketing desk draws up whom to write to: customers who said yes, end users, leads that are not suppressed.

One round reads and counts; nothing is sent. Plain SQL through its old login.
"""

from __future__ import annotations

from .serving import Counts, connect, serve

LISTS = {
    "customers": "SELECT o.*, p.wants_own FROM organisations o JOIN marketing_preferences p ON p.organisation_id = o.id"
    " WHERE p.wants_own = 'yes' ORDER BY o.id LIMIT 500",
    "end_users": "SELECT * FROM end_users WHERE email IS NOT NULL ORDER BY id LIMIT 500",
    "leads": "SELECT l.*, b.firm FROM leads l LEFT JOIN brokers b ON b.id = l.broker_id"
    " WHERE NOT EXISTS (SELECT FROM suppression s WHERE s.email = l.email) ORDER BY l.id LIMIT 500",
}


def work() -> Counts:
    with connect() as conn:
        return {name: len(conn.execute(query).fetchall()) for name, query in LISTS.items()}


if __name__ == "__main__":
    raise SystemExit(serve("campaign", work))
