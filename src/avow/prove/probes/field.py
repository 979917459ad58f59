"""Probe of require.field: is a row without the attribute refused? Synthetic rows, rolled back; older rows are counted."""

from __future__ import annotations

from functools import partial

import psycopg
from psycopg import sql

from avow.datamap.model import Attribute, Table
from avow.policy.promise import Rule
from avow.prove.inquiry import CannotTell, Finding, Inquiry, Outcome, broke, could_not, counted_on, held, reading
from avow.prove.probes.access import _nothing_mapped, _some, governed
from avow.prove.probes.rows import is_harmless
from avow.prove.probes.source import CHECKED
from avow.prove.probes.unaltered import probe_unaltered
from avow.prove.queries import load_query
from avow.prove.scene import Connection, StoreScene
from avow.prove.scope import tables_of
from avow.prove.synthetic import Maker, fixed_for, insert_statement


def probe_field(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """Catalogue and trial in every store with a table of the rule that has the attribute."""
    found: list[Outcome] = []
    for store in governed(inquiry):
        if tables_of(rule, store.map, inquiry.scene.terms):
            found.append(inquiry.attempt("field-catalogue", "catalogue", partial(_catalogue, inquiry, store, rule)))
            found += probe_unaltered(inquiry, store, [t.name for t in tables_of(rule, store.map, inquiry.scene.terms)])
            found.append(inquiry.attempt("field-trial", "trial", partial(_trial, inquiry, store, rule)))
    return tuple(found) or (inquiry.attempt("field-catalogue", "catalogue", lambda: _nothing_mapped(rule)),)


def _with_attribute(inquiry: Inquiry, store: StoreScene, rule: Rule) -> list[tuple[Table, Attribute]]:
    name = str(rule.detail.get("attribute", ""))
    tables = tables_of(rule, store.map, inquiry.scene.terms)
    found = [(t, a) for t in tables if (a := t.find_attribute(name)) is not None]
    if not found:
        raise CannotTell(f"no table with data of this rule maps the attribute `{name}`")
    return found


def _catalogue(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    wrong: list[str] = []
    pairs = _with_attribute(inquiry, store, rule)
    with reading(store) as connection:
        for table, attribute in pairs:
            given = {"table": table.name, "column": attribute.column}
            refusing = connection.execute(load_query("field_constraints"), given).fetchall()
            if not refusing:
                wrong.append(f"nothing refuses a row of {table.name} without {attribute.column}")
    missing = sum(_count_missing(inquiry, store, table, attribute, rule) for table, attribute in pairs)
    if wrong:
        return broke(f"in store `{store.name}`: {_some(wrong)}", ("run avow apply: it adds the check",))
    limits = (f"{missing} older rows lack the attribute{counted_on(store)}",) if missing else ()
    return held(f"in store `{store.name}` {len(pairs)} tables refuse rows without the attribute", limits=limits)


def _count_missing(inquiry: Inquiry, store: StoreScene, table: Table, attribute: Attribute, rule: Rule) -> int:
    home, _, name = table.name.rpartition(".")
    where = _row_values(table, rule)
    conditions = [sql.SQL("{} IS NULL").format(sql.Identifier(attribute.column))]
    conditions += [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in where]
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
        sql.Identifier(home, name), sql.SQL(" AND ").join(conditions)
    )
    what = f"older rows of {table.name} without {attribute.column}"
    return inquiry.count_older(store, table.name, statement, what, list(where.values()))


def _row_values(table: Table, rule: Rule) -> dict[str, object]:
    """The rule's row conditions as column values, with the first value of each."""
    named = {c.name: c.values[:1] for c in rule.when if c.kind == "row"}
    placed = {name: values for name, values in named.items() if table.find_attribute(name) is not None}
    return {
        **fixed_for(table, placed),
        **_source_value(table, named.get("source", ()) if "source" not in placed else ()),
    }


def _source_value(table: Table, wanted: tuple[str, ...]) -> dict[str, object]:
    """A condition on the source, as the value of the table's source column; {} where the map has none."""
    source = table.source
    if not wanted or source is None or not source.column:
        return {}
    known = [k for k, v in source.values.items() if wanted[0] in (k, v)]
    return {source.column: known[0]} if known else {}


def _trial(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    if "trial" not in store.levels:
        raise CannotTell(f"store `{store.name}` does not consent to trials (levels in avow.toml)")
    if store.open_plant is None or store.description is None:
        raise CannotTell(f"store `{store.name}` has no credential that may try synthetic rows")
    pairs = _with_attribute(inquiry, store, rule)
    unsafe = [t.name for t, _ in pairs if not is_harmless(inquiry, store, t)]
    if unsafe:
        return could_not(f"rows were not tried on {', '.join(unsafe)}: triggers there are not declared harmless")
    wrong: list[str] = []
    with store.open_plant() as connection:
        for table, attribute in pairs:
            maker = Maker(store.map, store.description)
            fixed = _row_values(table, rule) | {attribute.column: None}
            if _accepted(connection, maker, table, fixed):
                wrong.append(f"{table.name} accepted a row without {attribute.column}")
    if wrong:
        return broke(f"in store `{store.name}`: {_some(wrong)}", ("run avow apply: it adds the check",))
    return held(f"in store `{store.name}`: rows without the attribute were refused in {len(pairs)} tables")


def _accepted(connection: Connection, maker: Maker, table: Table, fixed: dict[str, object]) -> bool:
    with connection.transaction(force_rollback=True):
        values = maker.values_for(connection, table.name, fixed)
        try:
            with connection.transaction():
                connection.execute(insert_statement(table.name, values), list(values.values()))
        except psycopg.Error as error:
            if error.sqlstate in CHECKED:
                return False
            raise
    return True
