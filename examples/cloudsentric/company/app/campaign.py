"""The marketing desk draws up whom to write to: customers who said yes, end users, leads that are not suppressed.

One round reads and counts through its old login, in plain SQL. It sends nothing by itself: where CLOUDSENTRIC_GATE names the
command of the gate, the message of the day goes there, and the gate alone decides who gets it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from .serving import Counts, connect, serve

LISTS = {
    "customers": "SELECT o.*, p.wants_own FROM organisations o JOIN marketing_preferences p ON p.organisation_id = o.id"
    " WHERE p.wants_own = 'yes' ORDER BY o.id LIMIT 500",
    "end_users": "SELECT * FROM end_users WHERE email IS NOT NULL ORDER BY id LIMIT 500",
    "leads": "SELECT l.*, b.firm FROM leads l LEFT JOIN brokers b ON b.id = l.broker_id"
    " WHERE NOT EXISTS (SELECT FROM suppression s WHERE s.email = l.email) ORDER BY l.id LIMIT 500",
}
OFFER = "Our hosting has two new sizes. Write to us if you want to hear more.\n"


def work() -> Counts:
    with connect() as conn:
        counts = {name: len(conn.execute(query).fetchall()) for name, query in LISTS.items()}
    if gate := os.environ.get("CLOUDSENTRIC_GATE", ""):
        counts["handed_over"] = _hand_over(shlex.split(gate))
    return counts


def _hand_over(gate: list[str]) -> int:
    """Gives the offer to the gate; gives how many messages it put into its outbox. Raises CalledProcessError."""
    with TemporaryDirectory() as folder:
        text = Path(folder) / "offer.txt"
        text.write_text(OFFER, encoding="utf-8")
        words = ["campaign", "send", "--use", "marketing.own", "--name", "new sizes", "--subject", "Two new sizes"]
        done = subprocess.run([*gate, *words, "--text", str(text)], check=True, capture_output=True, text=True)
    put = [line.split()[0] for line in done.stdout.splitlines() if line.split()[1:] == ["put"]]
    return int(put[0]) if put else 0


if __name__ == "__main__":
    raise SystemExit(serve("campaign", work))
