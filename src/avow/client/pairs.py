"""Which role and schema stand for a pair in one governed database, and what the pair's views are called.

Promises what `avow.pair` and the catalogue say, read once per database and again when something is not found.
Refuses a pair that is not applied or that this login may not take, naming those that it may (`client.pair-not-allowed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg

from avow.errors import ClientError, Diagnostic, Place
from avow.ledger import Kind

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class View:
    """A view of a pair's schema: `tables` are the base tables, comma-separated; `columns` by their number."""

    tables: str
    columns: Mapping[int, str]


@dataclass(frozen=True)
class PairRole:
    """`role` and `schema` as they stand in `avow.pair`; `views` by oid, `names` by the name a query uses."""

    text: str
    role: str
    schema: str
    allowed: bool
    views: dict[int, View] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    seen: dict[str, tuple[Kind, str, str] | tuple[()]] = field(default_factory=dict)  # by query text, bounded


@cache
def read_sql(name: str) -> bytes:
    return files("avow.client").joinpath(f"sql/{name}.sql").read_bytes()


_known: dict[tuple[object, ...], dict[str, PairRole]] = {}


def find_pairs(conn: Connection, again: bool = False) -> dict[str, PairRole]:
    """ "purpose/recipient" -> its role, for this database and login. Raises ClientError when nothing is applied."""
    info = conn.info
    key = (info.host, info.port, info.dbname, info.user)
    if again or key not in _known:
        try:
            rows = conn.execute(read_sql("pairs")).fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as error:
            raise ClientError(_not_applied()) from error
        _known[key] = {f"{r[0]}/{r[1]}": PairRole(f"{r[0]}/{r[1]}", r[2], r[3], r[4]) for r in rows}
    return _known[key]


def get_pair(conn: Connection, pair: str) -> PairRole:
    """Raises ClientError `client.pair-not-allowed`."""
    found = find_pairs(conn).get(pair)
    if found is None or not found.allowed:
        found = find_pairs(conn, again=True).get(pair)
    if found is None or not found.allowed:
        raise not_allowed(conn, pair)
    return found


def get_only_pair(conn: Connection, purpose: str) -> PairRole:
    """The one pair of the purpose that the login may take. Raises ClientError `client.recipient-needed` where there are several,
    `client.pair-not-allowed` where there is none."""
    for again in (False, True):
        fitting = [r for text, r in find_pairs(conn, again).items() if r.allowed and text.startswith(f"{purpose}/")]
        if len(fitting) > 1:
            raise recipient_needed(purpose, [role.text for role in fitting])
        if fitting:
            return fitting[0]
    raise not_allowed(conn, purpose)


def load_views(conn: Connection, pair: PairRole) -> None:
    """Reads names and columns of the pair's views, and of whatever else the session may read, as they are now."""
    pair.seen.clear()
    for oid, name, tables, columns in conn.execute(read_sql("shape"), {"schema": pair.schema}).fetchall():
        clean = ",".join(clean_name(t) for t in tables.split(","))
        pair.views[oid] = View(clean, {int(n): clean_name(c) for n, c in (columns or {}).items()})
        pair.names.setdefault(name, clean)  # the pair's own views come first


def clean_name(name: str) -> str:
    """A name as the ledger takes it: what is not a word character becomes `_`."""
    parts = (re.sub(r"[^A-Za-z0-9_$]", "_", part) for part in name.split("."))
    return ".".join(part if part[:1].isalpha() or part[:1] == "_" else f"_{part}" for part in parts)


def not_allowed(conn: Connection, pair: str) -> ClientError:
    may = sorted(text for text, role in find_pairs(conn).items() if role.allowed)
    return ClientError(
        Diagnostic(
            Place("client"),
            "client.pair-not-allowed",
            f"the login `{conn.info.user}` may not take the pair `{pair}`",
            f"use one of {', '.join(f'`{p}`' for p in may) or 'none at all'}, or map the login to it and apply",
            "nothing was read: the purpose is not one that a promise permits this login",
        )
    )


def recipient_needed(purpose: str, pairs: Iterable[str]) -> ClientError:
    return ClientError(
        Diagnostic(
            Place("client"),
            "client.recipient-needed",
            f"several pairs have the purpose `{purpose}`: {', '.join(f'`{pair}`' for pair in sorted(pairs))}",
            "say which department or recipient uses the data: `recipient=`",
            "nothing was read: the ledger would not know for whom",
        )
    )


def _not_applied() -> Diagnostic:
    return Diagnostic(
        Place("client"),
        "client.not-applied",
        "this database has no table `avow.pair` that the login may read",
        "run `avow apply` on it with the login in the data map, or connect to the governed database",
        "nothing was read: without pair roles a purpose would be only a word",
    )
