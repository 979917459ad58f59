"""A small description of a PostgreSQL database for these tests: tables, columns, primary and foreign keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg

from avow.stores.port import ColumnInfo, ForeignKey, StoreDescription, TableInfo

_COLUMNS = """
SELECT n.nspname || '.' || c.relname, c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod),
       NOT a.attnotnull, a.attnum, coalesce(pg_get_expr(d.adbin, d.adrelid), '') || a.attidentity::text
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v', 'm') ORDER BY 1, 6
"""
_KEYS = """
SELECT con.conname, con.contype::text, con.conrelid::regclass::text,
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = con.conrelid AND attnum = ANY (con.conkey)),
       con.confrelid::regclass::text,
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = con.confrelid AND attnum = ANY (con.confkey))
  FROM pg_constraint con WHERE con.contype IN ('p', 'f') AND con.connamespace = 'public'::regnamespace
"""
_KINDS = {"r": "table", "v": "view", "m": "materialized view"}


def describe(connection: psycopg.Connection[Any]) -> StoreDescription:
    columns: dict[tuple[str, str], list[ColumnInfo]] = {}
    for table, kind, name, type_, nullable, position, default in connection.execute(_COLUMNS):
        columns.setdefault((table, _KINDS[kind]), []).append(ColumnInfo(name, type_, nullable, position, default))
    primary: dict[str, tuple[str, ...]] = {}
    foreign: dict[str, list[ForeignKey]] = {}
    for name, kind, table, own, to, others in connection.execute(_KEYS):
        if kind == "p":
            primary[f"public.{table}"] = tuple(own)
        else:
            foreign.setdefault(f"public.{table}", []).append(
                ForeignKey(name, tuple(own), f"public.{to}", tuple(others), False)
            )
    tables = tuple(
        TableInfo(name, kind, tuple(found), primary.get(name, ()), tuple(foreign.get(name, ())))
        for (name, kind), found in columns.items()
    )
    return StoreDescription("postgresql", "", "", tables)


def find_categories(values: Iterable[str]) -> Mapping[str, float]:
    """Cards and e-mail addresses, by their look."""
    texts = list(values)
    looks = {"payment.card_number": r"\b\d{4}([ -]?\d{4}){3}\b", "contact.email": r"[^\s@]+@[^\s@]+\.\w+"}
    return {c: sum(bool(re.search(p, t)) for t in texts) / len(texts) for c, p in looks.items()} if texts else {}
