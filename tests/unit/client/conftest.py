"""A database as `avow apply` leaves it, written by hand: two pairs, two schemas of views, Charlie's login with only one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from avow.ledger import Entry, Ledger, create_digest_key, create_ledger, open_ledger
from avow.ledger.block import read_entries

SCHEMA = Path(__file__).with_name("governed.sql").read_text(encoding="utf-8")


@dataclass
class Governed:
    """`login` may take support and billing, `charlie` support only; `ledger` stands in the same server's other database."""

    dsn: str
    login: str
    charlie: str
    roles: dict[str, str]
    ledger: Ledger
    control: str

    def entries(self) -> list[Entry]:
        self.ledger.flush()
        with psycopg.connect(self.control) as conn:
            rows = conn.execute("select body from ledger.block order by number").fetchall()
        return [entry for (body,) in rows for entry in read_entries(body)]


@pytest.fixture
def governed(cluster, tmp_path) -> Iterator[Governed]:
    dsn, control = cluster.create_database(), cluster.create_database()
    mark = secrets.token_hex(4)
    roles = {name: f"{name}_{mark}" for name in ("p1", "p2", "app", "charlie")}
    with psycopg.connect(dsn) as conn:
        text = SCHEMA
        for name, role in roles.items():
            text = text.replace(f":{name}:", role)
        conn.execute(text.encode())
    create_ledger(control)
    create_digest_key(tmp_path / "digest.key")
    with open_ledger(control, digest_key=tmp_path / "digest.key") as ledger:
        logins = [make_conninfo(dsn, user=roles[name]) for name in ("app", "charlie")]
        yield Governed(dsn, *logins, roles, ledger, control)
    with psycopg.connect(dsn, autocommit=True) as conn:
        for role in roles.values():
            conn.execute(f"drop owned by {role}; drop role {role}".encode())
