"""`avow check` with a MariaDB store: it is read, never governed; what logins hold beyond their pairs is broken, and nothing is kept
that only a trial could show."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
import pytest

_spec = importlib.util.spec_from_file_location(
    "avow_mariadb_server", Path(__file__).parents[1] / "contracts" / "mariadb_server.py"
)
assert _spec is not None
assert _spec.loader is not None
mariadb_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mariadb_server)

SHOP = """
CREATE DATABASE shop; USE shop;
CREATE TABLE invoices (id int PRIMARY KEY, amount int, address text);
CREATE TABLE contacts (id int PRIMARY KEY, email text);
CREATE VIEW everybody AS SELECT email FROM contacts;
CREATE USER finance; CREATE USER sales; CREATE ROLE office;
GRANT SELECT ON shop.invoices TO finance;
GRANT SELECT ON shop.contacts TO sales
"""
FILES = {
    "avow.toml": '[company]\nname = "shop"\n[policy]\nin_force = "2026-01"\n[stores.main]\nkind = "mariadb"\nlocation = "uk"\n',
    "policy/2026-01.md": "---\npublished: 2026-01-05\nlanguage: en\n---\n# Privacy\n\nFinance sends invoices. Sales answers you."
    " We hold nothing else.\n",
    "promises/2026-01.yaml": """
policy: "2026-01"
promises:
  - id: invoices
    quote: "Finance sends invoices"
    act: use
    modality: does
    rules:
      - permit: {data: [payment.invoice], purposes: [billing.invoice], recipients: [internal.finance]}
  - id: answers
    quote: "Sales answers you"
    act: use
    modality: does
    rules:
      - permit: {data: [contact.email], purposes: [enquiry.answer], recipients: [internal.sales]}
  - id: nothing-else
    quote: "We hold nothing else"
    act: collect
    modality: does
    rules:
      - require.inventory: {data: [payment.invoice, contact.email]}
""",
    "datamap.yaml": """
stores:
  main:
    kind: mariadb
    location: uk
    tables:
      shop.invoices:
        records: [{name: invoice, subjects: [customer]}]
        key: id
        columns: {id: link, amount: [payment.invoice], address: [payment.invoice]}
      shop.contacts:
        records: [{name: contact, subjects: [customer]}]
        key: id
        columns: {id: link, email: [contact.email]}
      shop.everybody:
        records: [{name: contact, subjects: [customer]}]
        columns: {email: [contact.email]}
    logins:
      finance: {pairs: [billing.invoice/internal.finance]}
      sales: {pairs: [enquiry.answer/internal.sales]}
""",
    "custodians.yaml": """
custodians:
  - {role: root@localhost, holder: Bob, reason: runs the server, seen_by: the log, expires: 2099-01-01}
  - {role: nobody@localhost, holder: Bob, reason: the server's own account, seen_by: the log, expires: 2099-01-01}
""",
}


@dataclass
class Shop:
    project: Path
    socket: str

    def run(self, statements: str) -> None:
        with pymysql.connect(unix_socket=self.socket, user="root", autocommit=True) as admin, admin.cursor() as cursor:
            for statement in statements.split(";"):
                cursor.execute(statement)

    def drop_other_roots(self) -> None:
        """The installer makes one for each name of this machine; a company would declare or drop them."""
        with pymysql.connect(unix_socket=self.socket, user="root", autocommit=True) as admin, admin.cursor() as cursor:
            cursor.execute("SELECT Host FROM mysql.user WHERE User = 'root' AND Host <> 'localhost'")
            for (host,) in cursor.fetchall():
                cursor.execute("DROP USER 'root'@%s", (host,))

    def avow(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "avow.cli.main", "--project", str(self.project), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env={**os.environ})

    def check(self) -> dict[str, Any]:
        done = self.avow("check", "--json")
        assert done.returncode in (0, 1), done.stderr
        return {s["id"]: s for s in json.loads(done.stdout)["statements"]}


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with mariadb_server.running() as socket:
        project = tmp_path / "shop"
        for name, text in FILES.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text)
        secrets = project / "avow.env"
        secrets.touch(0o600)
        secrets.write_text(
            f"AVOW_CONTROL_DSN={database}\nAVOW_STORE_MAIN_DSN=mariadb://root@localhost/shop?unix_socket={socket}\n"
        )
        made = Shop(project, socket)
        made.run(SHOP)
        made.drop_other_roots()
        yield made


def test_rights_beyond_the_pairs_are_broken_and_nothing_is_kept_that_was_not_tried(shop: Shop) -> None:
    before = shop.check()
    invoices = before["invoices"]
    assert (invoices["verdict"], before["answers"]["verdict"]) == ("unproven", "unproven"), invoices["reason"]
    assert [p["result"] for p in invoices["rules"][0]["probes"]] == ["held", "could_not"], invoices
    assert "is read, not governed" in invoices["reason"]
    assert before["nothing-else"]["verdict"] == "kept", before["nothing-else"]["reason"]

    shop.run("GRANT SELECT (address) ON shop.invoices TO sales")
    assert _broken(shop, "invoices", "`sales` can read shop.invoices (address) by a grant of its own")
    shop.run(
        "REVOKE SELECT (address) ON shop.invoices FROM sales; GRANT SELECT ON shop.contacts TO office; GRANT office TO finance"
    )
    assert _broken(shop, "answers", "`finance` can read shop.contacts (email) through the role `office`")
    shop.run("REVOKE office FROM finance; CREATE VIEW shop.secret AS SELECT email FROM shop.contacts")
    shop.run("GRANT SELECT ON shop.secret TO finance")
    assert _broken(shop, "answers", "through the view `shop.secret`")
    shop.run("DROP VIEW shop.secret; GRANT UPDATE ON shop.contacts TO sales")
    assert _broken(shop, "answers", "`sales` can write shop.contacts (email)")
    shop.run("REVOKE UPDATE ON shop.contacts FROM sales")
    assert shop.check()["answers"]["verdict"] == "unproven"


def test_lint_reads_the_store_and_names_what_nobody_mapped_and_rules_that_reach_nothing(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.survey (answer text); ALTER TABLE shop.contacts ADD COLUMN phone text")
    promises = shop.project / "promises" / "2026-01.yaml"
    promises.write_text(
        promises.read_text().replace(
            "recipients: [internal.sales]}", "recipients: [internal.sales], subjects: [staff]}"
        )
    )
    done = shop.avow("lint")
    told = done.stdout + done.stderr
    assert (done.returncode, "Traceback" in told) == (1, False), told
    assert "the table `shop.survey`, which is not in the map" in told
    assert "`shop.contacts` has the column `phone`, which is not in the map" in told
    assert "rule `answers/1` reaches nothing: no column of store `main` holds `contact.email` of `staff`" in told


def _broken(shop: Shop, statement: str, words: str) -> bool:
    found = shop.check()[statement]
    assert found["verdict"] == "broken", found["reason"]
    assert words in found["reason"], found["reason"]
    return True
