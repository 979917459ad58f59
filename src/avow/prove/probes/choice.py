"""Probe of require.choice: can anything be completed before its person was asked, and does a no act at once?

*catalogue*: the triggers that keep it stand and fire. *trial*: by every way in that the table of the map knows, a synthetic row
whose person was not asked is refused at the commit; with each of the three outcomes it passes, the outcome is on record, and after
a no no pair of the named uses sees the person. All of it is rolled back. Rows from before Avow are counted, never judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from avow.datamap.model import Table
from avow.datamap.questions import shared_owners
from avow.policy.promise import Rule
from avow.prove.inquiry import CannotTell, Finding, Inquiry, Outcome, broke, could_not, counted_on, held, reading
from avow.prove.probes.access import _some, governed
from avow.prove.probes.rows import is_harmless, sees
from avow.prove.probes.unaltered import probe_unaltered
from avow.prove.queries import load_query
from avow.prove.scene import Connection, PairRights, StoreScene
from avow.prove.synthetic import Maker, Row

CHECKED = "23514"
_APPLY = ("run avow apply: it restores the question and what waits for its outcome",)
Asking = tuple[Table, Table]


def probe_choice(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """Catalogue and trial in every store where something waits for an answer."""
    found: list[Outcome] = []
    for store in governed(inquiry):
        asking = list(asking_tables(store))
        if asking:
            names = sorted({table.name for pair in asking for table in pair})
            found.append(
                inquiry.attempt("choice-catalogue", "catalogue", partial(_catalogue, inquiry, store, rule, asking))
            )
            found += probe_unaltered(inquiry, store, names)
            found.append(inquiry.attempt("choice-trial", "trial", partial(_trial, inquiry, store, rule, asking)))
    return tuple(found) or (inquiry.attempt("choice-catalogue", "catalogue", _nothing_asks),)


def _nothing_asks() -> Finding:
    help = "say in datamap.yaml which table `asks`, and where the `outcomes` stand"
    return could_not("no mapped table waits for the answer to a question", (help,))


def asking_tables(store: StoreScene) -> Iterator[Asking]:
    """(the table that waits, the table of answers)."""
    for table in store.map.tables:
        answers = store.map.find_table(table.asks.recorded_in) if table.asks else None
        if answers is not None and answers.outcomes is not None:
            yield table, answers


def _catalogue(inquiry: Inquiry, store: StoreScene, rule: Rule, asking: list[Asking]) -> Finding:
    wrong: list[str] = []
    with reading(store) as connection:
        for table, answers in asking:
            missing = set(rule.purposes) - set(answers.outcomes.purposes if answers.outcomes else ())
            wrong += [f"{answers.name} has no column for the answer about {purpose}" for purpose in sorted(missing)]
            for name, trigger in ((table.name, "zz_avow_asked"), (answers.name, "zz_avow_chosen")):
                given = {"table": name, "trigger": trigger}
                if connection.execute(load_query("firing"), given).fetchone() is None:
                    wrong.append(f"{trigger} does not stand, or does not fire, on {name}")
    unasked = sum(_count_unasked(inquiry, store, table, answers) for table, answers in asking)
    if wrong:
        return broke(f"in store `{store.name}`: {_some(wrong)}", _APPLY)
    told = f"{unasked} completed rows from before Avow have no outcome on record{counted_on(store)}"
    limits = (told,) if unasked else ()
    tables = ", ".join(table.name for table, _ in asking)
    return held(f"in store `{store.name}`: rows of {tables} wait for the recorded outcome", limits=limits)


def _count_unasked(inquiry: Inquiry, store: StoreScene, table: Table, answers: Table) -> int:
    paths = shared_owners(table, answers)
    if paths is None:
        raise CannotTell(f"no owner path leads from {table.name} to the people of {answers.name}")
    key, other = (sql.Identifier(path.steps[0].column) for path in paths)
    statement = sql.SQL("SELECT count(*) FROM {} o WHERE NOT EXISTS (SELECT FROM {} p WHERE p.{} = o.{})").format(
        _table(table.name), _table(answers.name), other, key
    )
    return inquiry.count_older(store, table.name, statement, f"rows of {table.name} from before the question")


def _trial(inquiry: Inquiry, store: StoreScene, rule: Rule, asking: list[Asking]) -> Finding:
    if "trial" not in store.levels:
        raise CannotTell(f"store `{store.name}` does not consent to trials (levels in avow.toml)")
    if store.open_plant is None or store.description is None:
        raise CannotTell(f"store `{store.name}` has no credential that may try synthetic rows")
    unsafe = [t.name for pair in asking for t in pair if not is_harmless(inquiry, store, t)]
    if unsafe:
        return could_not(f"rows were not tried on {', '.join(unsafe)}: triggers there are not declared harmless")
    wrong: list[str] = []
    tried = 0
    with store.open_plant() as connection:
        for table, answers in asking:
            for way in _ways(table):
                wrong += _try_way(connection, store, rule, (table, answers), way)
                tried += 1
    if wrong:
        return broke(f"in store `{store.name}`: {_some(wrong)}", _APPLY)
    return held(
        f"in store `{store.name}`: by each of {tried} ways in a row without a recorded outcome was refused, and one with yes, no or"
        " not answered was taken; after a no nobody of the uses saw the person, in the same transaction"
    )


def _ways(table: Table) -> list[dict[str, Any]]:
    """Column values for each way in that the map knows; one of no value where it knows none."""
    source = table.source
    return [{source.column: value} for value in source.values] if source and source.column and source.values else [{}]


def _try_way(
    connection: Connection, store: StoreScene, rule: Rule, asking: Asking, way: dict[str, Any]
) -> Iterator[str]:
    table, answers = asking
    assert store.description is not None
    assert answers.outcomes is not None
    said = f" by {next(iter(way.values()))}" if way else ""
    with connection.transaction(force_rollback=True):
        maker = Maker(store.map, store.description)
        row = maker.insert(connection, table.name, way)
        if not _refused(connection):
            yield f"{table.name} completed a row{said} whose person was never asked"
        for outcome, word in answers.outcomes.words.items():
            with connection.transaction(force_rollback=True):
                person = _answer(connection, maker, asking, row, word, way)
                yield from _judge(connection, store, rule, asking, outcome, said, person)


def _refused(connection: Connection) -> bool:
    """Whether the commit would be refused by the question."""
    try:
        with connection.transaction():
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        if error.sqlstate == CHECKED and error.diag.constraint_name == "avow_asked":
            return True
        raise
    return False


def _answer(
    connection: Connection, maker: Maker, asking: Asking, row: Row, word: str, way: dict[str, Any]
) -> tuple[str, str]:
    """Records one answer to every purpose about the person of `row`; gives the person's table and key."""
    table, answers = asking
    paths, outcomes = shared_owners(table, answers), answers.outcomes
    assert paths is not None
    assert outcomes is not None
    statement = sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.Identifier(paths[0].steps[0].column),
        _table(table.name),
        sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(c)) for c in row.key),
    )
    found = connection.execute(statement, list(row.key.values())).fetchone()
    assert found is not None  # it was inserted in this transaction
    asked = {outcomes.channel: next(iter(way.values()))} if outcomes.channel and way else {}
    fixed = {paths[1].steps[0].column: found[0], **dict.fromkeys(outcomes.purposes.values(), word), **asked}
    maker.insert(connection, answers.name, fixed)
    return paths[0].subject, str(found[0])


def _judge(
    connection: Connection,
    store: StoreScene,
    rule: Rule,
    asking: Asking,
    outcome: str,
    said: str,
    person: tuple[str, str],
) -> Iterator[str]:
    table, _ = asking
    if _refused(connection):
        yield f"{table.name} refuses a row{said} although the outcome `{outcome}` is on record"
    newest = {
        purpose: word for purpose, word in connection.execute(load_query("newest_choices"), list(person)).fetchall()
    }
    for purpose in rule.purposes:
        if newest.get(purpose) != outcome:
            yield f"the outcome `{outcome}` about {purpose}{said} is not on record as what it was"
    uses = tuple(_uses(store, rule.purposes, person[0]))
    if not uses:
        raise CannotTell(
            f"no pair of {', '.join(rule.purposes)} may read anything of {person[0]}: there is nobody to look as"
        )
    for rights in uses:
        seen = _sees_person(connection, store, rights, person)
        if outcome == "refused" and seen:
            yield f"`{rights.pair}` sees a person{said} who answered no"
        if outcome != "refused" and not seen:
            yield f"`{rights.pair}` does not see a person{said} who did not answer no"


def _uses(store: StoreScene, purposes: Iterable[str], people: str) -> Iterator[PairRights]:
    """The pairs of these purposes that may read something of these people."""
    wanted = set(purposes)
    for rights in store.rights:
        granted = rights.tables.get(people)
        if rights.role and rights.pair.purpose in wanted and granted is not None and granted.read:
            yield rights


def _sees_person(connection: Connection, store: StoreScene, rights: PairRights, person: tuple[str, str]) -> bool:
    mapped = store.map.find_table(person[0])
    assert mapped is not None  # owner paths end on mapped tables
    return sees(connection, rights, Row(person[0], {f"{mapped.key}": person[1]}))


def _table(name: str) -> sql.Identifier:
    home, _, table = name.rpartition(".")
    return sql.Identifier(home, table)
