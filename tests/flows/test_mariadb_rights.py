"""A request lives its whole life on a governed MariaDB beside a PostgreSQL: by the desk and the workers of a project alone.

Alice is a customer of the shop (MariaDB) and a contact (PostgreSQL); Charlie is another customer, of whom not a byte changes.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from avow.app import open_desk, open_working
from avow.duties.rights.model import Actor, Contact, Request, Wish

_spec = importlib.util.spec_from_file_location(
    "avow_mariadb_server", Path(__file__).parents[1] / "contracts" / "mariadb_server.py"
)
assert _spec is not None
assert _spec.loader is not None
mariadb_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mariadb_server)

OLD, NEW = "alice@far.example", "alice@moved.example"
SHOP = f"""
CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
CREATE TABLE customers (id int PRIMARY KEY, name varchar(80), email varchar(80), phone varchar(40));
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, goods varchar(80), extra json, KEY (customer_id));
CREATE TABLE chats (id int PRIMARY KEY, body text);
CREATE TABLE sent (id int PRIMARY KEY, to_address varchar(80));
INSERT INTO customers VALUES (1, 'Alice Adams', '{OLD}', '+44 20 7946 0001'), (2, 'Charlie Cole', 'charlie@far.example', NULL);
INSERT INTO orders VALUES (1, 1, 'a lantern', '{{"reply_to": "{OLD.upper()}"}}');
INSERT INTO orders VALUES (2, 2, 'a rope', '{{"reply_to": "charlie@far.example"}}');
INSERT INTO chats VALUES (1, 'tell {OLD} that it is ready'), (2, 'charlie@far.example waits');
INSERT INTO sent VALUES (1, '{OLD}'), (2, 'charlie@far.example');
CREATE USER avow_duty; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON shop.* TO avow_duty
"""
CRM = f"""
CREATE TABLE contacts (id int PRIMARY KEY, name text, email text, notes text);
INSERT INTO contacts VALUES (1, 'Alice Adams', '{OLD}', 'writes from {OLD}');
INSERT INTO contacts VALUES (2, 'Charlie Cole', 'charlie@far.example', 'asks for a rope')
"""
FILES = {
    "avow.toml": """
[company]
name = "lantern"
[policy]
in_force = "2026-01"
[law]
default = "uk"
[rights]
undo_days = 0
[stores.shop]
kind = "mariadb"
location = "uk"
[stores.crm]
kind = "postgresql"
location = "uk"
""",
    "policy/2026-01.md": "---\npublished: 2026-01-05\nlanguage: en\n---\n# Privacy\n\nWe answer your questions.\n",
    "promises/2026-01.yaml": """
policy: "2026-01"
promises:
  - id: answers
    quote: "We answer your questions"
    act: use
    modality: does
    rules:
      - permit: {data: [contact.email], purposes: [enquiry.answer], recipients: [internal.sales]}
""",
    "datamap.yaml": """
stores:
  shop:
    kind: mariadb
    location: uk
    tables:
      shop.customers:
        key: id
        records: [{name: customer, subjects: [customer]}]
        columns: {id: link, name: [identity.name], email: [contact.email], phone: [contact.phone]}
      shop.orders:
        records: [{name: order, subjects: [customer]}]
        owners: [{to: shop.customers, via: [customer_id -> shop.customers.id]}]
        columns: {id: link, customer_id: link, goods: [payment.transaction], extra: {keys: {reply_to: [contact.email]}}}
      shop.chats:
        records: [{name: chat, subjects: [customer]}]
        columns: {id: link, body: {free_text: [communication.other]}}
      shop.sent:
        unchanging: a log of what was sent
        records: [{name: mail sent, subjects: [customer]}]
        columns: {id: link, to_address: [contact.email]}
    logins: {}
  crm:
    kind: postgresql
    location: uk
    tables:
      public.contacts:
        key: id
        records: [{name: contact, subjects: [customer]}]
        columns: {id: link, name: [identity.name], email: [contact.email], notes: {free_text: [communication.other]}}
    logins: {}
""",
}
BOB = Actor("staff", "bob")


@dataclass
class Lantern:
    """The project, and who looks into its stores past Avow."""

    project: Path
    socket: str
    crm: str
    control: str

    def shop(self, query: str) -> Sequence[tuple[Any, ...]]:
        with (
            pymysql.connect(unix_socket=self.socket, user="root", database="shop") as admin,
            admin.cursor() as cursor,
        ):
            cursor.execute(query)
            return list(cursor.fetchall())

    def of_charlie(self) -> list[Sequence[tuple[Any, ...]]]:
        """Every row that is about him, in every store."""
        tables = ("customers", "orders", "chats", "sent")
        found = [self.shop(f"SELECT * FROM {table} WHERE id = 2") for table in tables]
        with psycopg.connect(self.crm) as connection:
            return [*found, connection.execute("SELECT * FROM contacts WHERE id = 2").fetchall()]

    def ask(self, desk: Any, kind: str, mail: str, wish: Wish) -> Request:
        """A guest asks, and shows the address by the code that was posted."""
        codes: list[str] = []
        post = desk.office.post
        object.__setattr__(desk.office, "post", lambda s, m: (codes.append(m.values.get("code", "")), post(s, m))[1])
        try:
            request: Request = desk.open_request(kind, Contact(mail), wish, "guest_form", "uk", Actor("guest"))
            assert desk.answer_challenge(request.id, codes[0])
        finally:
            object.__setattr__(desk.office, "post", post)
        return request

    def work(self) -> None:
        with open_working(self.project, {}) as working:
            working.run_until_idle()


@pytest.fixture
def lantern(database: str, cluster: Any, tmp_path: Path) -> Iterator[Lantern]:
    crm, project = cluster.create_database(), tmp_path / "lantern"
    for name, text in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    with psycopg.connect(crm, autocommit=True) as connection:
        connection.execute(CRM)
    with mariadb_server.running() as socket:
        with pymysql.connect(unix_socket=socket, user="root", autocommit=True) as admin, admin.cursor() as cursor:
            for statement in SHOP.split(";"):
                cursor.execute(statement)
        secrets = project / "avow.env"
        secrets.touch(0o600)
        secrets.write_text(
            f"AVOW_CONTROL_DSN={database}\nAVOW_STORE_CRM_DUTY_DSN={crm}\n"
            f"AVOW_STORE_SHOP_DUTY_DSN=mariadb://avow_duty@localhost/shop?unix_socket={socket}\n"
        )
        yield Lantern(project, socket, crm, database)


def test_a_governed_mariadb_is_found_read_corrected_and_erased_with_the_other_stores(lantern: Lantern) -> None:
    charlie, desk = lantern.of_charlie(), open_desk(lantern.project, {})

    # found and read: the answer holds her rows of both stores, and nothing of his
    access = lantern.ask(desk, "access", OLD, Wish("what do you hold"))
    lantern.work()
    if desk.get_request(access.id).state == "review":  # somebody looks first
        assert desk.timeline(access.id)[-1].name == "answer not complete", desk.timeline(access.id)[-1]
        assert desk.approve(access.id, BOB, "nobody has written down who receives data")
        lantern.work()
    assert desk.get_request(access.id).state == "done", desk.stores(access.id)
    data = b"".join(desk.read_answer(access.id, "data.json")).decode()
    for table in ("shop.customers", "shop.orders", "shop.chats", "shop.sent", "public.contacts"):
        assert table in data, data[:2000]
    assert "a lantern" in data
    assert "that it is ready" in data
    assert "writes from" in data
    assert "charlie" not in data.lower()
    assert any("shop.customers.email (email)" in place for place in desk.searched(access.id)["shop"])

    # corrected in the shop: the contact's row in the other store, texts and JSON follow, and the log of what was sent stays
    wish = Wish("I have moved", changes=(("shop", "shop.customers", "1", "email", NEW),))
    corrected = lantern.ask(desk, "rectification", OLD, wish)
    lantern.work()
    assert desk.get_request(corrected.id).state == "review", desk.stores(corrected.id)
    assert [(one.table, one.column) for one in desk.residuals(corrected.id)] == [("shop.sent", "to_address")]
    desk.decide_residual(corrected.id, "shop", "shop.sent", "to_address", "stays", "it was sent there", BOB)
    lantern.work()
    assert desk.get_request(corrected.id).state == "done", desk.stores(corrected.id)
    assert lantern.shop("SELECT email FROM customers WHERE id = 1") == [(NEW,)]
    assert json.loads(lantern.shop("SELECT extra FROM orders WHERE id = 1")[0][0]) == {"reply_to": NEW}
    assert lantern.shop("SELECT body FROM chats WHERE id = 1") == [(f"tell {NEW} that it is ready",)]
    assert lantern.shop("SELECT to_address FROM sent WHERE id = 1") == [(OLD,)]
    with psycopg.connect(lantern.crm) as connection:
        (contact,) = connection.execute("SELECT email, notes FROM contacts WHERE id = 1").fetchall()
    assert contact == (NEW, f"writes from {NEW}")
    assert lantern.of_charlie() == charlie

    # erased by the new address: nothing of hers is left in any table, and not a byte of his is another
    erased = lantern.ask(desk, "erasure", NEW, Wish("forget me"))
    lantern.work()
    if desk.get_request(erased.id).state == "waiting":  # an address was changed a moment ago
        with psycopg.connect(lantern.control, autocommit=True) as control:
            control.execute("UPDATE control.request SET waits_until = clock_timestamp() WHERE id = %s", [erased.id])
        lantern.work()
    assert desk.get_request(erased.id).state == "done", desk.stores(erased.id)
    assert lantern.shop("SELECT id FROM customers") == lantern.shop("SELECT id FROM orders") == [(2,)]
    left = repr([lantern.shop(f"SELECT * FROM {table}") for table in ("customers", "orders", "chats", "sent")])
    assert NEW not in left
    assert OLD not in left
    assert "that it is ready" in left  # the chat is nobody's own: only her address went
    assert lantern.of_charlie() == charlie
    document, _ = desk.certificate(erased.id)
    told = json.dumps(document["stores"])
    assert '"shop.orders"' in told, told
    assert '"public.contacts"' in told
    desk.close()
