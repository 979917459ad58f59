"""The desks that were written anew: they take their purpose through Avow's client, so each use stands in the record of uses.

One day: orders looked up, traffic reconciled, tickets answered, invoices checked, and one list drawn up by marketing.
Door: `work_at_desks(project, dsns) -> uses`. Refuses to print what it reads.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import psycopg

import avow
from avow.app import read_settings
from avow.ledger import create_digest_key, create_key, create_ledger, open_ledger

DAY = (  # login, purpose, recipient, what is asked, how often
    ("app", "order.process", "internal.sales", "SELECT name, phone FROM organisations LIMIT 3", 6),
    ("network", "service.provide", "internal.support", "SELECT bytes FROM usage_counters LIMIT 3", 4),
    ("support", "support.provide", "internal.support", "SELECT title FROM tickets LIMIT 3", 6),
    ("finance", "billing.invoice", "internal.finance", "SELECT number, amount FROM invoices LIMIT 3", 4),
    ("marketing", "marketing.own", "internal.sales", "SELECT email FROM leads LIMIT 3", 1),
)


def work_at_desks(project: Path, dsns: Mapping[str, str]) -> int:
    """A day at the desks; gives how many uses were recorded. The project names Avow's own database and the keys."""
    settings = read_settings(project, os.environ)
    digest_key = settings.ledger_key.with_name("digest.key")
    create_key(settings.ledger_key)
    create_digest_key(digest_key)
    create_ledger(settings.control_dsn)
    with open_ledger(settings.control_dsn, None, None, digest_key) as ledger:
        for login, purpose, recipient, query, times in DAY:
            with psycopg.connect(dsns[login]) as conn:
                for number in range(times):
                    actor = f"staff:{login}:{number % 3}"
                    with avow.purpose(purpose, recipient=recipient, actor=actor, connection=conn, ledger=ledger) as use:
                        use.execute(query).fetchall()  # type: ignore[arg-type]
        ledger.flush()
    return sum(times for *_, times in DAY)
