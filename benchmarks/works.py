"""The statements that are measured. Each work runs a slice of one kind on one connection; writes are rolled back.

The raw and our variants send the same words; the hand-written one adds the predicate that a careful team would write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks.measure import Work

MASK = "AND (avow_mask & 1) = 0"


@dataclass(frozen=True)
class Load:
    """How much one slice does; `subjects` is the number of customers in the table."""

    subjects: int
    points: int = 2_000
    writes: int = 1_000


def point_reads(load: Load, by_hand: str = "") -> Work:
    """One customer by key, prepared, in pipeline mode: no network to hide behind."""
    return _many(f"SELECT id, name, email, region FROM customers WHERE id = %s {by_hand}", load, load.points)


def rows_of_one(load: Load, by_hand: str = "") -> Work:
    """The orders of one customer, through the index on the key."""
    return _many(f"SELECT id, product, amount FROM orders WHERE customer_id = %s {by_hand}", load, load.points)


def updates(load: Load, by_hand: str = "") -> Work:
    return _many(f"UPDATE customers SET visits = visits + 1 WHERE id = %s {by_hand}", load, load.writes, undo=True)


def inserts(load: Load, table: str) -> Work:
    """New rows by an application that knows nothing of Avow."""
    if table.startswith("deliveries"):
        statement = f"INSERT INTO {table} (street, postcode, parcel) VALUES ('1 High Street', 'LS1', %s)"
    else:
        columns = "name, email, region, segment, opened, balance, visits, score"
        values = "'Alice', 'alice@customer.example', 1, 2, '2026-01-01', 0, 0, %s"
        statement = f"INSERT INTO {table} ({columns}) VALUES ({values})"
    return _many(statement, load, load.writes, undo=True)


def scan(by_hand: str = "") -> Work:
    """Every row, two aggregates over one early column: nothing for an index to help with."""
    return _once(f"SELECT sum(region), max(segment) FROM customers WHERE true {by_hand}")


def indexed_scan(by_hand: str = "") -> Work:
    """An aggregate over columns that the partial covering index holds."""
    return _once(f"SELECT segment, count(*) FROM customers WHERE region = 3 {by_hand} GROUP BY segment")


def export(by_hand: str = "") -> Work:
    def work(connection: psycopg.Connection[Any]) -> None:
        statement = f"COPY (SELECT id, name, email, region FROM customers WHERE true {by_hand}) TO STDOUT"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for _ in copy:
                pass
        connection.rollback()

    return work


def _many(statement: str, load: Load, times: int, undo: bool = False) -> Work:
    def work(connection: psycopg.Connection[Any]) -> None:
        with connection.pipeline(), connection.cursor() as cursor:
            for number in range(times):
                cursor.execute(statement, (1 + (number * 104_729) % load.subjects,), prepare=True)
        connection.rollback()

    return work


def _once(statement: str) -> Work:
    def work(connection: psycopg.Connection[Any]) -> None:
        connection.execute(statement, prepare=True).fetchall()
        connection.rollback()

    return work
