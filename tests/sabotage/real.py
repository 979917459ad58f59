"""The example company with the controls that `apply` really made, for tests that spoil and heal them.

Refuses any company but the one that it generates itself, under a prefix of its own.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from avow.compilers import apply_plan, doctor, pair_roles, reach
from avow.datamap.detect import find_categories
from avow.datamap.model import Custodian, StoreMap
from avow.datamap.read import read_custodians, read_datamap
from avow.policy import PolicyVersion, read_versions
from avow.prove import Scene, StoreScene, check
from avow.prove.matrix import declared_groups, rights_of
from avow.prove.scene import Drift
from avow.prove.verdict import StatementVerdict
from avow.stores.postgres import open_postgres
from avow.vocabulary import Vocabulary, load_vocabulary

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "examples" / "cloudsentric"
sys.path.insert(0, str(ROOT / "examples"))

from cloudsentric.company.generate import create_company, drop_company, read_for_prefix  # noqa: E402


@dataclass(frozen=True)
class Governed:
    """The example with its controls. `role(purpose)` is the database role of the first pair with that purpose."""

    dsn: str
    prefix: str
    version: PolicyVersion
    terms: Vocabulary
    map: StoreMap

    @contextmanager
    def open(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            yield connection

    def run(self, statement: str, **names: str) -> None:
        with self.open() as connection:
            connection.execute(sql.SQL(statement).format(**{k: sql.Identifier(v) for k, v in names.items()}))

    @property
    def database(self) -> str:
        return str(psycopg.conninfo.conninfo_to_dict(self.dsn)["dbname"])

    def role(self, purpose: str) -> str:
        with self.open() as connection:
            return next(role for pair, (role, _) in pair_roles(connection).items() if pair.purpose == purpose)

    def schema(self, purpose: str) -> str:
        with self.open() as connection:
            return next(schema for pair, (_, schema) in pair_roles(connection).items() if pair.purpose == purpose)

    def heal(self) -> None:
        apply_plan(self.dsn, self.version, self.terms, self.map)

    def look(self, statement: str) -> StatementVerdict:
        return self.look_at(statement)[statement]

    def look_at(self, *statements: str) -> dict[str, StatementVerdict]:
        promises = tuple(p for p in self.version.promises if p.id in statements)
        with self.open() as connection:
            roles = pair_roles(connection)
            drift = tuple(Drift(d.key, d.found) for d in doctor(connection, self.version, self.terms, self.map))
        port = open_postgres(self.dsn)
        description = port.describe()
        matrix = reach(self.version, self.terms, self.map)
        groups = declared_groups(self.version, self.terms, self.map)
        views = frozenset(t.name for t in description.tables if t.kind != "table")
        store = StoreScene(
            self.map, description, rights_of(matrix, self.map.pairs, roles, groups, views), {}, self.open, self.open,
            port.sample, disposable=True, drift=drift, applied=True,
        )  # fmt: skip
        try:
            scene = Scene(
                replace(self.version, promises=promises), self.terms, (store,), find_categories=find_categories
            )
            return {s.id: s for s in check(scene).statements}
        finally:
            port.close()


@pytest.fixture(scope="module")
def governed(_server: Any) -> Iterator[Governed]:
    prefix, database = f"real{secrets.token_hex(2)}_", f"real_{secrets.token_hex(4)}"
    create_company(_server.dsn, database, 300, prefix)
    with psycopg.connect(_server.dsn, autocommit=True) as connection:
        logins = connection.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", (prefix,)).fetchall()
        granted = sql.SQL(", ").join(sql.Identifier(name) for (name,) in logins)
        strangers = sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database))
        connection.execute(strangers)  # other tests' logins on a shared server are no part of this company
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), granted))
        supers = [r for (r,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolsuper")]
    terms = load_vocabulary()
    version = max(read_versions(PROJECT, "cloudsentric", terms), key=lambda v: v.published)
    datamap = read_datamap(read_for_prefix(PROJECT / "datamap.yaml", prefix), terms)
    store = read_custodians(read_for_prefix(PROJECT / "custodians.yaml", prefix), datamap).stores[0]
    known = {c.role for c in store.custodians}
    store = replace(store, custodians=store.custodians + tuple(
        Custodian(r, "Dana", "the test server's own", "its log", "2099-01-01") for r in supers if r not in known
    ))  # fmt: skip
    made = Governed(psycopg.conninfo.make_conninfo(_server.dsn, dbname=database), prefix, version, terms, store)
    made.heal()
    yield made
    drop_company(_server.dsn, database, prefix)
