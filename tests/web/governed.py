"""Lantern Hosting with everything written down and its policy applied to its database: marks of people take effect there.

No store is done by hand and no ticket names anybody else, so that nothing waits for staff but what staff has to decide. Refuses
nothing; whoever makes one stops it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

LANTERN = Path(__file__).parent / "lantern"
MARKETING = "marketing.own/internal.sales"
WRITTEN = """
[answers]
automated = "No decision about you is made by a machine alone."
retention = "For as long as you buy from us, and six years after that."
source = "You told us when you ordered."
"""
LETTERS = """
  - id: own-letters
    source: "lantern-3"
    quote: "We write to you about our own lamps until you object"
    act: use
    modality: does
    data: [identity.name, contact.email, contact.phone]
    purposes: [marketing.own]
    recipients: [internal.sales]
    rules:
      - permit:
          data: [identity.name, contact.email, contact.phone]
          purposes: [marketing.own]
          recipients: [internal.sales]
          do: [read]
          subjects: [customer]
          when: [state_absent: "objected:marketing.own"]
"""


SENTENCE = "You may have the use of your data paused."
PAUSE = """
  - id: paused
    source: "lantern-5"
    quote: "You may have the use of your data paused"
    act: right
    modality: user_may
    data: [any.personal]
    subjects: [customer]
    rules:
      - right: {right: restriction}
"""
LOGIN = """
    logins:
      lantern_letters: {pairs: [marketing.own/internal.sales], default: marketing.own/internal.sales, stage: enforce}
"""
FIRM = """
recipients:
  lamp-couriers:
    kind: processor.delivery
    entity: "Lamp Couriers Ltd"
    place: uk
    purposes: [order.deliver]
    data: [identity.name]
    contract: "L-1"
    contact: privacy@couriers.example
    expires: 2031-01-31
"""


def write_company(folder: Path) -> None:
    """The project: with the promise about letters, without the store that people search by hand."""
    shutil.copytree(LANTERN, folder, dirs_exist_ok=True)
    with (folder / "policy" / "2026-01.md").open("a", encoding="utf-8") as policy:
        policy.write(SENTENCE + "\n")
    with (folder / "promises" / "2026-01.yaml").open("a", encoding="utf-8") as promises:
        promises.write(LETTERS + PAUSE)
    mapped = (folder / "datamap.yaml").read_text(encoding="utf-8")
    (folder / "datamap.yaml").write_text(mapped[: mapped.index("  mailbox:")].rstrip() + LOGIN, encoding="utf-8")
    (folder / "recipients.yaml").write_text(FIRM, encoding="utf-8")


def fill_store(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute((LANTERN / "company.sql").read_bytes())
        connection.execute("UPDATE tickets SET body = 'my lantern flickers'")
        connection.execute("CREATE ROLE lantern_letters LOGIN")
        connection.execute("GRANT SELECT ON people TO lantern_letters")


@contextmanager
def open_governed(cluster: Any, folder: Path, start: Any, stop: Any) -> Iterator[Any]:
    """The company with its desks, on databases of its own."""
    roles = cluster.get_roles()
    store = cluster.create_database()
    fill_store(store)
    write_company(folder)
    site = start(folder, cluster.create_database(), WRITTEN, None, store)
    try:
        done = site.avow("apply")
        assert done.returncode == 0, done.stdout + done.stderr
        yield site
    finally:
        stop(site)
        cluster.drop_made(roles)


def people_for(site: Any, pair: str) -> set[int]:
    """The people whom a program sees that acts for this pair."""
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as store:
        found = store.execute(
            "SELECT role, schema FROM avow.pair WHERE purpose || '/' || recipient = %s", (pair,)
        ).fetchone()
        assert found is not None
        role, schema = map(sql.Identifier, found)
        store.execute(sql.SQL("SET search_path = {}; SET ROLE {}").format(schema, role))
        return {number for (number,) in store.execute("SELECT id FROM people").fetchall()}


def read_others(site: Any, number: int) -> list[tuple[Any, ...]]:
    """Every value that the company holds of everybody but this person."""
    with psycopg.connect(site.environ["AVOW_STORE_MAIN_DSN"]) as store:
        return store.execute(
            "SELECT p.id, p.name, p.email, p.phone, t.body, i.total FROM people p"
            " LEFT JOIN tickets t ON t.person_id = p.id LEFT JOIN invoices i ON i.person_id = p.id"
            " WHERE p.id <> %s ORDER BY p.id, t.id, i.id",
            (number,),
        ).fetchall()
