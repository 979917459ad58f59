"""Probe of permits on groups: the pair reads its aggregate views, groups under the limit are not shown, rows are not.

*trial*: as the pair, in a transaction that is rolled back. The number of groups that the pair sees is compared with the
number that may be shown, counted from the base rows: one group too many breaks the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from psycopg import sql

from avow.datamap.model import Aggregate
from avow.policy.promise import Rule
from avow.prove.inquiry import CannotTell, Finding, Inquiry, Outcome, broke, could_not, get_opener, held, reading
from avow.prove.probes.access import _some, governed
from avow.prove.queries import load_query
from avow.prove.scene import AggregateRights, Connection, PairRights, StoreScene
from avow.prove.scope import pairs_of


def probe_aggregates(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """One trial per governed store, for a permit whose form is aggregate."""
    if rule.form != "aggregate":
        return ()
    return tuple(
        inquiry.attempt("groups-trial", "trial", partial(_probe_store, inquiry, store, rule))
        for store in governed(inquiry)
    )


def _shown(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Iterator[tuple[PairRights, AggregateRights]]:
    for pair in pairs_of(rule, store.map, inquiry.scene.terms):
        rights = store.find_rights(pair)
        if rights is not None and rights.role:
            yield from ((rights, aggregate) for aggregate in rights.aggregates)


def _probe_store(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    if "trial" not in store.levels:
        raise CannotTell(f"store `{store.name}` does not consent to trials (levels in avow.toml)")
    wrong: list[str] = []
    seen = 0
    with get_opener(store)() as connection:
        for rights, aggregate in _shown(inquiry, store, rule):
            wrong += _try_view(connection, rights, aggregate, rule.at_least)
            wrong += [] if wrong else _count_groups(connection, store, rights, aggregate)
            seen += 1
    if wrong:
        return broke(f"in store `{store.name}`: {_some(wrong)}", ("run avow apply: it restores the views of groups",))
    if not seen:
        return could_not(
            f"no pair of this rule has a view of groups in store `{store.name}`", ("add `aggregates:` to datamap.yaml",)
        )
    return held(
        f"in store `{store.name}`: {seen} views of groups are readable and suppress groups under {rule.at_least} subjects"
    )


def _try_view(connection: Connection, rights: PairRights, aggregate: AggregateRights, at_least: int) -> list[str]:
    found: list[str] = []
    name = f"{rights.schema}.{aggregate.name}"
    row = connection.execute(load_query("view_definition"), {"view": name}).fetchone()
    if row is None:
        return [f"the view `{name}` of `{rights.pair}` is not there"]
    if aggregate.at_least < at_least or not _suppresses(str(row[0]), at_least):
        found.append(f"the view `{name}` shows groups under {at_least} subjects")
    with connection.transaction(force_rollback=True):
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(rights.role)))
        statement = sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(rights.schema, aggregate.name))
        connection.execute(statement)
    return found


def _count_groups(
    connection: Connection, store: StoreScene, rights: PairRights, aggregate: AggregateRights
) -> list[str]:
    """Counts the groups that the pair sees and those that are large enough in the rows behind them: numbers only."""
    mapped = next((a for a in store.map.aggregates if a.name == aggregate.name), None)
    if mapped is None:
        return []
    joined = {aggregate.table, *(step.to_table for group in mapped.groups for step in group.via)}
    with reading(store, joined) as behind:
        row = behind.execute(_large_groups(mapped, aggregate.at_least)).fetchone()
    large = int(row[0]) if row else 0
    with connection.transaction(force_rollback=True):
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(rights.role)))
        view = sql.Identifier(rights.schema, aggregate.name)
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(view)).fetchone()
    seen = int(row[0]) if row else 0
    if seen > large:
        return [f"`{rights.pair}` sees {seen} groups of {aggregate.name}, though only {large} are large enough"]
    return (
        []
        if seen or not large
        else [f"`{rights.pair}` sees no group of {aggregate.name}, though {large} are large enough"]
    )


def _large_groups(aggregate: Aggregate, at_least: int) -> sql.Composed:
    """Counts the groups of at least so many subjects, from the tables themselves."""
    joins = [sql.SQL("{} t").format(_table(aggregate.table))]
    columns = []
    for number, group in enumerate(aggregate.groups):
        at = "t"
        for hop, step in enumerate(group.via):
            here = f"g{number}_{hop}"
            joins.append(
                sql.SQL("LEFT JOIN {} {} ON {} = {}").format(
                    _table(step.to_table),
                    sql.Identifier(here),
                    sql.Identifier(here, step.to_column),
                    sql.Identifier(at, step.column),
                )
            )
            at = here
        columns.append(sql.Identifier(at, group.column))
    return sql.SQL("SELECT count(*) FROM (SELECT 1 FROM {} {} HAVING count(DISTINCT {}) >= {}) groups").format(
        sql.SQL(" ").join(joins),
        sql.SQL("GROUP BY ") + sql.SQL(", ").join(columns) if columns else sql.SQL(""),
        sql.Identifier("t", aggregate.subject),
        sql.Literal(at_least),
    )


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split(".", 1))


def _suppresses(definition: str, at_least: int) -> bool:
    """Whether the view keeps groups back unless they count at least so many different subjects."""
    import re

    limits = [int(n) for n in re.findall(r"HAVING.*?count\(DISTINCT [^)]*\)+ >= \(?'?(\d+)", definition, re.S | re.I)]
    return bool(limits) and max(limits) >= at_least
