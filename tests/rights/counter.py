"""What the tests of rights share: a desk whose clock, mail and record of deeds they hold in their hands.

The database, the sealing and the law are the real ones. Mail goes to a list, as far as the door to the outbox: what the outbox
does with it has tests of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import ConnectionPool

from avow.app.desk import Desk
from avow.app.working import DutyStores, Working
from avow.control import open_control
from avow.control.answers import KeptFile
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.model import Actor, Contact, Request, Wish
from avow.duties.rights.ports import Deed, ErasedFacts, Made, Mail
from avow.duties.rights.rules import Office, Rules
from avow.law import Fee, choose_law
from avow.sealing import open_company_keys
from avow.stores.duty import Row, StoreSpec
from avow.stores.postgres.duty import open_postgres_duty

COMPANY = "acme"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
ALICE, CHARLIE = Actor("person", "account-alice"), Actor("guest")
BOB, BEA = Actor("staff", "bob"), Actor("staff", "bea")
ALICE_MAIL = "alice@example.org"


@dataclass
class Counter:
    """The desk, and what went out of it."""

    desk: Desk
    dsn: str
    mails: list[Mail]
    deeds: list[Deed]
    clock: list[datetime]
    woken: list[int] = field(default_factory=list)
    unlinked: list[Any] = field(default_factory=list)

    def later(self, **span: float) -> None:
        self.clock[0] += timedelta(**span)

    def ask(self, kind: str = "access", mail: str = ALICE_MAIL, channel: str = "guest_form", **more: Any) -> Request:
        contact = more.pop("contact", Contact(mail, "Alice Example"))
        wish = more.pop("wish", Wish("please"))
        actor = more.pop("actor", CHARLIE)
        return self.desk.open_request(kind, contact, wish, channel, more.pop("law", "uk"), actor, **more)

    def ask_signed_in(self, kind: str = "access", **more: Any) -> Request:
        return self.ask(kind, channel="centre", actor=ALICE, account=ALICE.ref, **more)

    @property
    def code(self) -> str:
        """Of the newest code mail."""
        return next(mail.values["code"] for mail in reversed(self.mails) if mail.template == "code")

    def events(self, request: UUID) -> list[str]:
        return [event.name for event in self.desk.timeline(request)]

    def dump(self) -> str:
        """Every value of every table of the control schema, as text and with bytes read as Latin-1."""
        with psycopg.connect(self.dsn) as connection:
            tables = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'control'"
            ).fetchall()
            rows = [row for (table,) in tables for row in connection.execute(f"SELECT * FROM {table}")]
        return "\n".join(_readable(value) for row in rows for value in row)

    def configure(self, **rules: Any) -> None:
        """The same counter under other rules."""
        law = rules.pop("law", self.desk.office.law)
        office = replace(self.desk.office, law=law, rules=replace(self.desk.office.rules, **rules))
        self.desk = replace(self.desk, office=office)

    def close(self) -> None:
        self.desk.close()


def _readable(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


def fee_law(amount: str = "10.00", currency: str = "USD") -> Any:
    """The laws of a company that asks a fee where one of them prescribes it."""
    return choose_law("uk", ("uk", "eu", "pakistan-bill"), fee=Fee(Decimal(amount), currency, ""))


def open_counter(dsn: str, folder: Path, **rules: Any) -> Counter:
    with open_control(dsn, COMPANY):
        pass
    mails: list[Mail] = []
    deeds: list[Deed] = []
    woken: list[int] = []
    unlinked: list[Any] = []
    clock = [START]
    office = Office(
        Rules(
            stores=("main",), centre="https://privacy.example", purposes=("marketing.own", "analytics.usage"), **rules
        ),
        choose_law("uk", ("uk", "eu", "california"), confirmed=("uk.starts", "uk.pauses")),
        lambda session, mail: mails.append(mail),
        lambda session: woken.append(1),
        deeds.extend,
        unlinked.append,
    )
    pool = ConnectionPool(dsn, min_size=1, max_size=4, open=True)
    keys = open_company_keys(folder / "seal.key")
    desk = Desk(pool, COMPANY, keys, office, lambda: clock[0], uuid4)
    return Counter(desk, dsn, mails, deeds, clock, woken, unlinked)


def find_words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


# -- a worker on the firm of the duty stores' contract suite --------------------------------------------------------------

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts" / "duty"))
import firm  # noqa: E402


def make_firm(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in (*firm.SCHEMA, *firm.ROWS):
            connection.execute(statement)


def firm_spec(name: str = "main") -> StoreSpec:
    return replace(firm.spec("public"), name=name)


def build_plainly(session: Session, row: RequestRow, rows: Iterable[Row], write: Any) -> Made:
    """An answer of one file: the rows as they are read. What the real files hold has tests of its own."""
    count: dict[str, int] = {}
    digest = hashlib.sha256()
    size = 0
    for one in rows:
        line = json.dumps({"store": one.store, "table": one.table, "row": one.row, "values": dict(one.values)}) + "\n"
        write("rows.jsonl", line.encode())
        digest.update(line.encode())
        size += len(line.encode())
        key = f"{one.store} {one.table}"
        count[key] = count.get(key, 0) + 1
    files = (KeptFile("rows.jsonl", "application/jsonl", size, digest.digest()),) if count else ()
    return Made(files, 8, bool(count), count)


def count_plainly(session: Session, row: RequestRow, rows: Iterable[Row]) -> dict[str, Any]:
    return {"counts": {"rows": sum(1 for _ in rows)}}


def find_nobody(session: Session, row: RequestRow) -> tuple[str, ...]:
    return ()


def certify_plainly(facts: ErasedFacts) -> tuple[dict[str, Any], bytes]:
    return {"reference": facts.reference, "stores": {k: dict(v) for k, v in facts.stores.items()}}, b"signed"


def open_worker(
    counter: Counter, stores: dict[str, str], spec_of: Any = firm_spec, build: Any = build_plainly
) -> Working:
    """A worker on `stores`: name -> connection string of the duty login."""
    specs = tuple(spec_of(name) for name in stores)
    duty = DutyStores(specs, lambda spec: open_postgres_duty(stores[spec.name], spec, connect_timeout_s=2))
    desk = counter.desk
    pool = ConnectionPool(counter.dsn, min_size=1, max_size=4, open=True)
    worker = Working(
        pool,
        COMPANY,
        desk.keys,
        desk.office,
        duty,
        build,
        count_plainly,
        certify_plainly,
        find_nobody,
        desk.now,
        desk.new_id,
    )
    return worker


def rows_of(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchall()
