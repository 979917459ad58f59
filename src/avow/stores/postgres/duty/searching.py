"""Searches every column of every table of the database for what should be gone: one pass for many people.

Promises: ordinary tables, partitions, materialized views and tables that nobody mapped are read, each once; a relation that
could not be read raises instead of counting as clean. Whole values and words are met by hashing, whatever the number of
people; only needles of several words are looked for one by one. Refuses to show what it found: only counts leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Literal

from avow.stores.duty import Identifier, Residual
from avow.stores.identifying import FEWEST_DIGITS, FEWEST_IN_NUMBER, digits_of, find_forms, like_literal
from avow.stores.postgres.duty.catalogue import Catalogue, LiveColumn, LiveTable, template
from avow.stores.postgres.duty.spelling import T, as_text, ident

Connection = psycopg.Connection[tuple[Any, ...]]
_SEARCHED = ("S", "A", "I", "E")  # type categories: texts, arrays, addresses of networks, enums
_SEARCHED_TYPES = ("json", "jsonb", "xml", "hstore", "citext", "uuid")
_DIALLED = ("int4", "int8", "numeric", "float8")  # wide enough for a telephone number, without its leading zero
_FEW = 32  # up to so many forms of a kind a value is looked over before it is taken apart; a telephone number has six
_NUMBER = re.compile(r"[+(]?[0-9][0-9 ()/-]*[0-9]")
_ADDRESS = re.compile(r"[\w.%+-]+@[\w.-]*[^\W_]")
_WORD = re.compile(r"[^\W_][\w-]*")


def search(
    connection: Connection, catalogue: Catalogue, needles: Mapping[str, Sequence[str]], calling_code: str
) -> tuple[Residual, ...]:
    """Where needles stand: one line per item, table and column, sorted. Call it in one read-only transaction."""
    items = list(needles)
    words, phrases = _needles(needles, calling_code)
    if not words and not phrases:
        return ()
    columns = [list(column) for column in zip(*words, strict=True)] or [[], [], []]
    connection.execute("DELETE FROM avow_form")
    connection.execute(
        "INSERT INTO avow_form (n, kind, form) SELECT * FROM unnest(%s::int[], %s::text[], %s::text[])", columns
    )
    connection.execute("ANALYZE avow_form")
    forms = {
        kind: [form for _, found, form in words if found == kind] for kind in sorted({kind for _, kind, _ in words})
    }
    found = [
        Residual(items[n], table.name, column, rows)
        for table in catalogue.tables.values()
        if table.kind in "rm" and table.filled
        for n, column, rows in _search_table(connection, table, forms, phrases)
    ]
    return tuple(sorted(found, key=lambda r: (r.item, r.table, r.column)))


def _needles(
    needles: Mapping[str, Sequence[str]], code: str
) -> tuple[list[tuple[int, str, str]], list[tuple[int, str]]]:
    """(person, kind, form) met by hashing, and (person, phrase) looked for inside the texts."""
    words: dict[tuple[int, str, str], None] = {}
    phrases: dict[tuple[int, str], None] = {}
    for n, values in enumerate(needles.values()):
        for value in (v.strip().lower() for v in values if v.strip()):
            if _NUMBER.fullmatch(value) and len(digits_of(value)) >= FEWEST_DIGITS:
                words |= {(n, "phone", form): None for form in find_forms(Identifier("phone", value), code)}
            elif _ADDRESS.fullmatch(value):
                words[n, "email", value] = None
            elif _WORD.fullmatch(value):
                words[n, "word", value] = None
            else:
                phrases[n, " ".join(value.split())] = None
    return list(words), list(phrases)


def _is_text(column: LiveColumn) -> bool:
    return column.category in _SEARCHED or column.base in _SEARCHED_TYPES or column.is_text


def _holds(column: LiveColumn, kind: str) -> bool:
    """Whether a needle of the kind can stand in the column: an address of the network holds no telephone number, though its
    digits may be the same."""
    if kind == "number":
        return column.base in _DIALLED
    return _is_text(column) and not (kind == "phone" and column.category == "I")


def _search_table(
    connection: Connection, table: LiveTable, forms: Mapping[str, Sequence[str]], phrases: Iterable[tuple[int, str]]
) -> list[tuple[int, str, int]]:
    kinds = [*forms, *(["number"] if "phone" in forms else [])]
    arms = [
        template(f"search_{kind}").format(near=_near(kind, forms.get(kind, ())), **named)
        for kind in kinds
        if (named := _named(table, kind))
    ]
    texts = _named(table, "phrase")
    for n, phrase in phrases if texts else ():
        quoted = ("".join(c if c.isalnum() else "\\" + c for c in word) for word in phrase.split())
        spelled = Literal("[[:space:]]+".join(quoted))
        arms.append(template("search_phrase").format(n=Literal(n), phrase=spelled, **texts))
    if not arms:
        return []
    return connection.execute(template("search").format(arms=SQL(" UNION ALL ").join(arms))).fetchall()


def _named(table: LiveTable, kind: str) -> dict[str, Composable]:
    """What a query for needles of the kind is filled with; nothing where no column can hold one."""
    columns = [c for c in table.columns.values() if _holds(c, kind)]
    values = SQL(", ").join(SQL("({}, {})").format(Literal(c.name), as_text(T, c.name)) for c in columns)
    return {"table": ident(table.name), "values": values, "fewest": Literal(FEWEST_IN_NUMBER)} if columns else {}


def _near(kind: str, forms: Sequence[str]) -> Composable:
    """A condition more where few forms are looked for: values in which none of them can stand are not taken apart."""
    if not forms or len(forms) > _FEW:
        return SQL("")
    if kind == "phone":
        return SQL(" AND w.v LIKE ANY ({})").format(Literal([f"%{'%'.join(form)}%" for form in forms]))
    return SQL(" AND lower(w.v) LIKE ANY ({})").format(Literal([f"%{like_literal(form)}%" for form in forms]))
