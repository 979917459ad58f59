"""Reads and writes Avow's own records. One connection, short transactions, every write idempotent.

Refuses to take anything of a schema `control` away; what this release needs and the database lacks is added
when it is opened (`migrating`). Personal data never passes here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from avow.control.migrating import bring_up_to_date
from avow.errors import Diagnostic, Place, PolicyError, StoreError


@dataclass(frozen=True)
class RegisteredVersion:
    """A policy version as it was when it was first checked or applied. `digest` is sha256 hex of the file's bytes."""

    version: str
    digest: str
    published: date
    reason: str
    registered_at: datetime


@dataclass(frozen=True)
class CanaryRow:
    """One committed row of a synthetic person, to be removed again."""

    id: UUID
    store: str
    table_name: str
    key_column: str
    key_value: str


class Control:
    """The door to the control database for one company."""

    def __init__(self, connection: psycopg.Connection[Any], company: str) -> None:
        self._connection = connection
        self.company = company

    def record_version(self, version: str, digest: str, published: date, reason: str, text: str) -> None:
        """Registers a version once. Raises PolicyError `policy.version-changed` if it stands there with another digest."""
        row = self._connection.execute(
            "INSERT INTO control.policy_version (company, version, digest, published, reason, text) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (company, version) DO NOTHING RETURNING digest",
            (self.company, version, digest, published, reason, text),
        ).fetchone()
        if row is None and self._digest_of(version) != digest:
            raise PolicyError(
                Diagnostic(
                    Place(f"policy/{version}.md"),
                    "policy.version-changed",
                    f"version `{version}` was registered with other words: a published version never changes",
                    "restore the file from Git, or publish the new words as a new version with a reason",
                    "until then nobody can say which words the company promised on which day",
                )
            )

    def _digest_of(self, version: str) -> str:
        row = self._connection.execute(
            "SELECT digest FROM control.policy_version WHERE company = %s AND version = %s",
            (self.company, version),
        ).fetchone()
        return str(row[0]) if row else ""

    def versions(self) -> tuple[RegisteredVersion, ...]:
        """Every registered version of the company, oldest publication first."""
        with self._connection.cursor(row_factory=class_row(RegisteredVersion)) as cursor:
            cursor.execute(
                "SELECT version, digest, published, reason, registered_at FROM control.policy_version "
                "WHERE company = %s ORDER BY published, version",
                (self.company,),
            )
            return tuple(cursor)

    def find_text(self, version: str) -> str | None:
        """The words of a registered version, readable for as long as the database stands."""
        row = self._connection.execute(
            "SELECT text FROM control.policy_version WHERE company = %s AND version = %s",
            (self.company, version),
        ).fetchone()
        return str(row[0]) if row else None

    def try_to_change_version(self, version: str) -> str:
        """Tries to change a registered version, in a transaction that is always rolled back. Returns the SQLSTATE
        of the refusal, or "" if the database let it through."""
        try:
            with self._connection.transaction(force_rollback=True):
                self._connection.execute(
                    "UPDATE control.policy_version SET text = text || ' ' WHERE company = %s AND version = %s",
                    (self.company, version),
                )
        except psycopg.Error as refusal:
            return refusal.sqlstate or "unknown"
        return ""

    def record_check(self, policy_version: str, checked_at: datetime, report: dict[str, Any]) -> None:
        self._connection.execute(
            "INSERT INTO control.check_run (company, policy_version, checked_at, report) VALUES (%s, %s, %s, %s)",
            (self.company, policy_version, checked_at, json.dumps(report)),
        )

    def record_canary(self, row: CanaryRow, expires_at: datetime) -> None:
        """Registers a canary row. Committed before the row is planted, so that the next run can remove it."""
        self._connection.execute(
            "INSERT INTO control.canary (id, store, table_name, key_column, key_value, expires_at) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            (row.id, row.store, row.table_name, row.key_column, row.key_value, expires_at),
        )

    def canaries(self, store: str) -> Sequence[CanaryRow]:
        """What is registered and not yet removed, newest first: children were registered after their parents."""
        with self._connection.cursor(row_factory=class_row(CanaryRow)) as cursor:
            cursor.execute(
                "SELECT id, store, table_name, key_column, key_value FROM control.canary "
                "WHERE store = %s AND owner = '' AND removed_at IS NULL ORDER BY planted_at DESC, id",
                (store,),
            )
            return cursor.fetchall()

    def record_canary_removed(self, canary: UUID) -> None:
        self._connection.execute("UPDATE control.canary SET removed_at = clock_timestamp() WHERE id = %s", (canary,))


@contextmanager
def open_control(dsn: str, company: str) -> Iterator[Control]:
    """Opens the control database and brings its schema up to date. Raises StoreError (`control.unreachable`,
    `control.newer`, `control.not-updated`)."""
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=5)
    except psycopg.Error as error:  # also a connection string that cannot be read
        raise StoreError(
            Diagnostic(
                Place("AVOW_CONTROL_DSN"),
                "control.unreachable",
                f"Avow's own database does not answer ({type(error).__name__})",
                "start it or correct AVOW_CONTROL_DSN; without that setting Avow starts a server of its own",
                "nothing was checked, planned or applied",
            )
        ) from error
    with connection:
        bring_up_to_date(connection, PARTS)
        yield Control(connection, company)


# The schema as a new database gets it. A change to a table that stands in released databases also needs a numbered file in
# `migrations/`; a new table or index only stands here.
PARTS: tuple[str, ...] = (
    "schema.sql",
    "sql/people.sql",
    "sql/rights.sql",
    "sql/outbox.sql",
    "sql/staff.sql",
    "sql/shopping.sql",
    "sql/choices.sql",
    "sql/campaigns.sql",
    "sql/disclosures.sql",
    "sql/notices.sql",
    "sql/duty_cases.sql",
    "sql/breaches.sql",
    "sql/vault.sql",
    "sql/intakes.sql",
    "sql/retention.sql",
    "sql/duty_reviews.sql",
)
