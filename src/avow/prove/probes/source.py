"""Probe of require.source: does every row say where it came from, out of the closed list, and is anything else refused?

*catalogue*: each table in scope has a source in the map, and the store refuses other values. *trial*: on tables without
triggers that act outside (or declared harmless), a synthetic row without a source and one with a source outside the list
are refused, one with a listed source is accepted; all rolled back. Rows from before Avow are counted, never guessed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from avow.datamap.model import Table
from avow.policy.promise import Rule
from avow.prove.inquiry import CannotTell, Finding, Inquiry, Outcome, broke, could_not, counted_on, held, reading
from avow.prove.probes.access import _few, _nothing_mapped, _some, governed
from avow.prove.probes.unaltered import probe_unaltered
from avow.prove.queries import load_query
from avow.prove.scene import Connection, StoreScene
from avow.prove.scope import tables_of
from avow.prove.synthetic import HANDLING, Maker, insert_statement, listed_handling

CHECKED = ("23514", "23502", "23503", "22P02")  # check, not null, foreign key, not a value of the type
OUTSIDE = "avow canary: no such source"


def probe_source(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """The source probes of one rule in every store that holds its data."""
    found: list[Outcome] = []
    for store in governed(inquiry):
        if not tables_of(rule, store.map, inquiry.scene.terms):
            continue
        found.append(inquiry.attempt("source-catalogue", "catalogue", partial(probe_catalogue, inquiry, store, rule)))
        found += probe_unaltered(inquiry, store, [t.name for t in tables_of(rule, store.map, inquiry.scene.terms)])
        found.append(inquiry.attempt("source-trial", "trial", partial(probe_trial, inquiry, store, rule)))
    return tuple(found) or (inquiry.attempt("source-catalogue", "catalogue", lambda: _nothing_mapped(rule)),)


def probe_catalogue(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    """Reads the map for sources outside the rule's list, and the store for what refuses a row without one."""
    wrong: list[str] = []
    repairs: list[str] = []
    tables = tables_of(rule, store.map, inquiry.scene.terms)
    with reading(store) as connection:
        for table in tables:
            wrong += _outside(inquiry, table, rule)
            if not _column_of(table) or not _refusals(connection, table):
                wrong.append(f"nothing in the store refuses a row of {table.name} without a source")
                repairs.append(f"give {table.name} a `source:` in datamap.yaml and run avow apply")
    unknown = _count_unknown(inquiry, store, [t for t in tables if _has_column(store, t)])
    if wrong:
        return broke(f"in store `{store.name}`: {_some(wrong)}", _few(repairs))
    limits = (f"{unknown} rows from before Avow have no known source{counted_on(store)}",) if unknown else ()
    return held(f"in store `{store.name}` {len(tables)} tables refuse rows without a listed source", limits=limits)


def _outside(inquiry: Inquiry, table: Table, rule: Rule) -> list[str]:
    """Sources that the map lets into the table and the rule does not list."""
    if table.source is None:
        return [f"{table.name} has no source in datamap.yaml"]
    named = {*table.source.values.values(), *([table.source.always] if table.source.always else [])}
    listed = rule.sources
    extra = [s for s in sorted(named) if not any(s == t or inquiry.scene.terms.covers(t, s) for t in listed)]
    return [f"{table.name} takes the source `{s}`, which the sentence does not name" for s in extra]


def _column_of(table: Table) -> str:
    if table.source is None:
        return ""
    return table.source.column or HANDLING


def _refusals(connection: Connection, table: Table) -> list[str]:
    """The live constraints on the source column: checks, foreign keys, not null with a check."""
    rows = connection.execute(load_query("constraints"), {"table": table.name, "column": _column_of(table)})
    return [str(name) for (name,) in rows]


def _has_column(store: StoreScene, table: Table) -> bool:
    info = store.description.find_table(table.name) if store.description else None
    return info is not None and info.find_column(_column_of(table)) is not None


def _count_unknown(inquiry: Inquiry, store: StoreScene, tables: list[Table]) -> int:
    """Rows whose source nobody knows, counted within the budget."""
    found = 0
    for table in tables:
        column = _column_of(table)
        home, _, name = table.name.rpartition(".")
        missing = sql.SQL("{} = 0") if column == HANDLING else sql.SQL("{} IS NULL")
        statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
            sql.Identifier(home, name), missing.format(sql.Identifier(column))
        )
        found += inquiry.count_older(store, table.name, statement, f"rows of {table.name} without a known source")
    return found


def probe_trial(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    """Inserts synthetic rows with, without and with a wrong source; every one is rolled back."""
    if "trial" not in store.levels:
        raise CannotTell(f"store `{store.name}` does not consent to trials (levels in avow.toml)")
    if store.open_plant is None or store.description is None:
        raise CannotTell(f"store `{store.name}` has no credential that may try synthetic rows")
    live = inquiry.live(store)
    wrong: list[str] = []
    unsafe: list[str] = []
    tables = [t for t in tables_of(rule, store.map, inquiry.scene.terms) if t.source is not None]
    with store.open_plant() as connection:
        for table in tables:
            there = live.tables.get(table.name)
            if there is not None and there.triggers and not table.harmless:
                unsafe.append(table.name)
                continue
            wrong += try_sources(connection, store, table)
    if wrong:
        return broke(
            f"in store `{store.name}`: {_some(wrong)}", ("run avow apply: it restores the closed list of sources",)
        )
    if unsafe:
        names = ", ".join(unsafe[:5])
        return could_not(
            f"refused rows were not tried on {names}: triggers there are not declared harmless",
            tuple(
                f"declare `harmless: true` on {name} in datamap.yaml, if its triggers do nothing outside"
                for name in unsafe[:3]
            ),
        )
    return held(
        f"in store `{store.name}`: rows without a listed source were refused in {len(tables)} tables, listed ones accepted"
    )


def try_sources(connection: Connection, store: StoreScene, table: Table) -> list[str]:
    """What is wrong with how one table takes sources."""
    column = _column_of(table)
    found: list[str] = []
    good = _try_insert(connection, store, table, _good(connection, table))
    if good:
        found.append(f"{table.name} refuses a row with a listed source [{good}]")
    for says, fixed in _bad(table, column):
        state = _try_insert(connection, store, table, fixed)
        if not state:
            found.append(f"{table.name} accepted a row {says}")
    return found


def _good(connection: Connection, table: Table) -> dict[str, Any]:
    source = table.source
    if source is not None and source.handling and not source.always:
        return listed_handling(connection, table.name)
    return {source.column: next(iter(source.values))} if source and source.column and source.values else {}


def _bad(table: Table, column: str) -> list[tuple[str, dict[str, Any]]]:
    """Handling 0 is what a row gets from a session that did not say where its rows come from."""
    if column != HANDLING:
        return [("without a source", {column: None}), ("with a source outside the list", {column: OUTSIDE})]
    unsaid = None if table.source is not None and table.source.always else 0
    return [("without a source", {column: unsaid}), ("with a source outside the list", {column: -1})]


def _try_insert(connection: Connection, store: StoreScene, table: Table, fixed: dict[str, Any]) -> str:
    """SQLSTATE of the refusal of one synthetic row, "" if it was taken. Raises where something else stood in the way."""
    assert store.description is not None
    maker = Maker(store.map, store.description)
    with connection.transaction(force_rollback=True):
        values = maker.values_for(connection, table.name, fixed)
        try:
            with connection.transaction():
                connection.execute(insert_statement(table.name, values), list(values.values()))
        except psycopg.Error as error:
            if error.sqlstate in CHECKED or error.sqlstate == "22001":
                return error.sqlstate or "refused"
            raise
    return ""
