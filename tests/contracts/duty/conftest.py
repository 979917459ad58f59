"""The firm on each kind of store: PostgreSQL in every version found, and MariaDB."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pymysql
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import firm

from avow.stores.duty import DutyStore, Person, StoreSpec
from avow.stores.mariadb.duty import open_mariadb_duty
from avow.stores.postgres.duty import open_postgres_duty

_spec = importlib.util.spec_from_file_location("avow_mariadb_server", Path(__file__).parents[1] / "mariadb_server.py")
assert _spec is not None
assert _spec.loader is not None
mariadb_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mariadb_server)

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Firm:
    """A disposable database of one kind. `run` runs statements as its administrator; `rows` are all rows of every table,
    each as its driver gives it."""

    kind: str
    schema: str
    dsn: str
    run: Callable[[str], list[tuple[Any, ...]]]
    open: Callable[[StoreSpec], DutyStore]

    @property
    def spec(self) -> StoreSpec:
        return firm.spec(self.schema, self.kind)

    @property
    def alice(self) -> Person:
        return firm.alice(self.schema)

    def name(self, table: str) -> str:
        return f"{self.schema}.{table}"

    def rows(self, *tables: str) -> Rows:
        found = {}
        for table in tables or firm.TABLES:
            columns = [row[0] for row in self.run(_COLUMNS.format(schema=self.schema, table=table))]
            listed = ", ".join(f"CAST({c} AS char(400))" if self.kind == "mariadb" else f"{c}::text" for c in columns)
            found[table] = sorted(self.run(f"SELECT {listed} FROM {self.schema}.{table}"), key=repr)
        return found


_COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = '{schema}' AND table_name = '{table}'"
    " ORDER BY ordinal_position"
)


@pytest.fixture(scope="session")
def mariadb_socket() -> Iterator[str]:
    with mariadb_server.running() as socket:
        yield socket


@pytest.fixture
def postgres_firm(cluster: Any) -> Iterator[Firm]:
    dsn = cluster.create_database()
    with psycopg.connect(dsn, autocommit=True) as connection:

        def run(statement: str) -> list[tuple[Any, ...]]:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

        for statement in firm.SCHEMA + firm.ROWS:
            run(statement)
        yield Firm("postgresql", "public", dsn, run, lambda spec: open_postgres_duty(dsn, spec))


@pytest.fixture
def mariadb_firm(mariadb_socket: str) -> Iterator[Firm]:
    connection = pymysql.connect(unix_socket=mariadb_socket, user="root", autocommit=True)
    dsn = f"mariadb://root@localhost/firm?unix_socket={quote(mariadb_socket)}"

    def run(statement: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    run("DROP DATABASE IF EXISTS firm")
    run("CREATE DATABASE firm CHARACTER SET utf8mb4")
    run("USE firm")
    for statement in firm.SCHEMA + firm.ROWS:
        run(statement)
    yield Firm("mariadb", "firm", dsn, run, lambda spec: open_mariadb_duty(dsn, spec))
    run("DROP DATABASE firm")
    connection.close()


@pytest.fixture
def store(some_firm: Firm) -> Iterator[DutyStore]:
    opened = some_firm.open(some_firm.spec)
    yield opened
    opened.close()
