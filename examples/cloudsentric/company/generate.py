"""Makes CloudSentric's database: schema, people, logins with far too many rights. For the demo, tests and benchmarks.

Doors: `create_company(superuser_dsn, database, scale=10_000, prefix="cs_") -> {login: dsn}` and
`drop_company(superuser_dsn, database, prefix, control)`; `read_for_prefix(file, prefix)` for a map of its logins.
Deterministic: the same scale and seed give the same rows.
Refuses to replace a database that exists, and to make, change or drop what does not carry this example's comment.
Run: `PYTHONPATH=examples python -m cloudsentric.company.generate --dsn SUPERUSER_DSN --database NAME [--scale N]`.
"""

from __future__ import annotations

import argparse
import re
import secrets
import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ours import check_ours, drop_all, make_login

from . import words
from .rows import COLUMNS, Block, Rows, Size

HERE = Path(__file__).parent
SEED = 2019
MARK = "login of the example company CloudSentric; disposable"
OUTSIDE = (
    "northline",
    "brightwire",
    "harrow",
)  # firms under contract: each sees what its pair shows it and nothing else
# What each login was once given, "to be safe". The backup role reads everything and goes round row security.
LOGINS = (
    "app",
    "support",
    "finance",
    "credit",
    "delivery",
    "install",
    "web",
    "network",
    "marketing",
    "analyst",
    "resellerone",
    "resellertwo",
    "backup",
)
AVOW_LOGINS = ("survey", "apply", "probe", "plant", "duty", "control")  # made by `avow_logins`, dropped here
DESK_LOGINS = ("centre", "console")  # in Avow's own database alone, for its two web processes
SUPERUSERS_OWN = ("owner", "backup")
READERS = ("analyst", "marketing", "resellerone", "resellertwo", "backup")


def create_company(
    superuser_dsn: str, database: str, scale: int = 10_000, prefix: str = "cs_", password: str | None = None
) -> dict[str, str]:
    """Creates the database and its logins, fills it with `scale` people; returns a DSN for "owner" and each of LOGINS and OUTSIDE.

    Raises psycopg.errors.DuplicateDatabase if the database exists, ValueError if a login exists that is not this example's."""
    secret = password or secrets.token_hex(12)
    with psycopg.connect(superuser_dsn, autocommit=True) as conn:
        _create_logins(conn, prefix, secret)
        conn.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(prefix + "owner"))
        )
    with psycopg.connect(make_conninfo(superuser_dsn, dbname=database)) as conn:
        _fill(conn, Rows(Size(scale), SEED), prefix)
    with psycopg.connect(make_conninfo(superuser_dsn, dbname=database), autocommit=True) as conn:
        conn.execute("ANALYZE")
    return {
        login: make_conninfo(superuser_dsn, dbname=database, user=prefix + login, password=secret)
        for login in ("owner", *LOGINS, *OUTSIDE)
    }


def drop_company(superuser_dsn: str, database: str, prefix: str = "cs_", control: str = "") -> None:
    """Drops the database, `control` (Avow's own, if named), their logins, and the roles that Avow made for the database.
    Nothing there: nothing done.

    Raises ours.NotOurs, with nothing dropped, if one of them does not carry this example's comment."""
    logins = [prefix + login for login in (*LOGINS, *OUTSIDE, *AVOW_LOGINS, *DESK_LOGINS, "owner")]
    with psycopg.connect(superuser_dsn, autocommit=True) as conn:
        drop_all(conn, MARK, [database, *([control] if control else [])], logins)


def read_for_prefix(file: Path, prefix: str) -> str:
    """The text of datamap.yaml or custodians.yaml with the logins of a company that was made under another prefix."""
    return re.sub(r"\bcs_(?=[a-z]+\b)", prefix, file.read_text(encoding="utf-8"))


def _create_logins(conn: psycopg.Connection, prefix: str, secret: str) -> None:
    names = {prefix + login: login for login in ("owner", *LOGINS, *OUTSIDE)}
    check_ours(conn, MARK, names)
    for name, login in names.items():
        # The owner made the other logins, so it administers them; nobody but a superuser can make one go round row security.
        conn.execute(
            sql.SQL("RESET ROLE" if login in SUPERUSERS_OWN else "SET ROLE {}").format(sql.Identifier(prefix + "owner"))
        )
        rights = sql.SQL({"owner": "CREATEROLE", "backup": "BYPASSRLS"}.get(login, ""))
        make_login(conn, MARK, name, sql.SQL("LOGIN PASSWORD {} {}").format(sql.Literal(secret), rights))
    conn.execute("RESET ROLE")


def _fill(conn: psycopg.Connection, rows: Rows, prefix: str) -> None:
    conn.execute("SET synchronous_commit = off")
    conn.execute("SET client_min_messages = warning")
    conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(prefix + "owner")))
    conn.execute((HERE / "schema.sql").read_text())
    _copy(conn, _fixed(rows.size, rows))
    for block in rows.blocks():
        _copy(conn, block)
    conn.execute((HERE / "keys.sql").read_text())
    conn.execute((HERE / "sequences.sql").read_text())
    _grant(conn, prefix)
    conn.execute("RESET ROLE")


def _copy(conn: psycopg.Connection, block: Block) -> None:
    for table, lines in block.items():
        columns = COLUMNS.get(table, "").split()
        target = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Identifier, columns))) if columns else sql.SQL("")
        with (
            conn.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} {} FROM STDIN").format(sql.Identifier(table), target)) as copy,
        ):
            for first in range(0, len(lines), 2000):
                copy.write("\n".join(lines[first : first + 2000]) + "\n")


def _fixed(size: Size, rows: Rows) -> Block:
    """The small tables whose rows hang on nothing."""
    staff = []
    for number in range(1, size.staff + 1):
        name = rows.name()
        email = f"{name.lower().replace(' ', '.')}{number}@cloudsentric.example"
        staff.append(f"{number}\t{1 + number % len(words.DEPARTMENTS)}\t{name}\t{email}\tGB")
    return {
        "departments": [f"{n}\t{name}\tGB" for n, name in enumerate(words.DEPARTMENTS, 1)],
        "staff": staff,
        "brokers": [f"{n}\t" + "\t".join(broker) for n, broker in enumerate(words.BROKERS, 1)],
        "events": [f"{n}\t" + "\t".join(event) for n, event in enumerate(words.EVENTS, 1)],
        "resellers": [f"{n}\t{words.FIRM_HEAD[n % 25]} Resale {n}\t2018-04-01" for n in range(1, size.resellers + 1)],
        "products": ["\t".join(product) for product in words.PRODUCTS],
    }


def _grant(conn: psycopg.Connection, prefix: str) -> None:
    for login in LOGINS:
        what = "SELECT" if login in READERS else "ALL"
        role = sql.Identifier(prefix + login)
        conn.execute(sql.SQL("GRANT {} ON ALL TABLES IN SCHEMA public TO {}").format(sql.SQL(what), role))
        conn.execute(sql.SQL("GRANT {} ON ALL SEQUENCES IN SCHEMA public TO {}").format(sql.SQL(what), role))
    # The nightly dump reads whatever the owner adds later too. Not by pg_read_all_data: that reaches the whole cluster.
    for what in ("USAGE ON SCHEMAS", "SELECT ON TABLES", "SELECT ON SEQUENCES"):
        grant = sql.SQL("ALTER DEFAULT PRIVILEGES GRANT {} TO {}").format(
            sql.SQL(what), sql.Identifier(prefix + "backup")
        )
        conn.execute(grant)
    conn.execute("GRANT SELECT ON contacts_2019, customer_overview TO PUBLIC")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Makes the example company's database.")
    parser.add_argument("--dsn", required=True, help="superuser of the cluster that gets the database")
    parser.add_argument("--database", default="cloudsentric")
    parser.add_argument("--scale", type=int, default=10_000, help="people: 10000 to 1000000")
    parser.add_argument("--prefix", default="cs_", help="prefix of the login names")
    parser.add_argument("--drop", action="store_true", help="drop the database and its logins instead")
    chosen = parser.parse_args(arguments)
    if chosen.drop:
        drop_company(chosen.dsn, chosen.database, chosen.prefix)
        return 0
    start = time.monotonic()
    create_company(chosen.dsn, chosen.database, chosen.scale, chosen.prefix)
    print(f"{chosen.database}: {chosen.scale} people in {time.monotonic() - start:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
