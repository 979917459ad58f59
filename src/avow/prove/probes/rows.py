"""Tries row rules with synthetic rows: the row that must be seen is seen, the one that must not is not. Rolled back.

One transaction of a credential that may insert and take the pair's role: insert a synthetic row, become the pair, count by
its key, roll back. Marks ("objected:...") are set through `avow.set_state`, the only door to them, and cases are
opened and ended through `avow.open_case` and `avow.end_case`. Refuses tables with
triggers of others that nobody declared harmless, and never reads a row of a real person.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from avow.datamap.model import OwnerPath, StoreMap, Table
from avow.policy.promise import Rule
from avow.prove.canaries import planted
from avow.prove.inquiry import CannotTell, Finding, Inquiry, Outcome, broke, could_not, get_opener, held
from avow.prove.probes.access import _some, governed
from avow.prove.queries import load_query
from avow.prove.scene import Connection, PairRights, RowRule, StoreScene
from avow.prove.scope import tables_of
from avow.prove.synthetic import NOBODY, Maker, Row, fitting, fixed_for


def probe_rows_tried(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """One trial per store in which a pair may see only some rows of the rule's tables; canaries where they are consented to."""
    found: list[Outcome] = []
    for store in governed(inquiry):
        if not any(True for _ in ruled_tables(inquiry, store, rule)):
            continue
        found.append(inquiry.attempt("rows-trial", "trial", partial(_probe_store, inquiry, store, rule)))
        if "canary" in store.levels and "deny" in _kinds(inquiry, store, rule):
            found.append(inquiry.attempt("rows-canary", "canary", partial(_probe_canaries, inquiry, store, rule)))
    return tuple(found)


def _kinds(inquiry: Inquiry, store: StoreScene, rule: Rule) -> set[str]:
    """Whether any pair of the rule depends on denying marks: only then a canary shows more than a trial."""
    rules = [r for rights, table in ruled_tables(inquiry, store, rule) for r in rights.tables[table.name].rows]
    return {"deny"} if any(r.deny for r in rules) else set()


def _probe_canaries(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    """Committed synthetic people: seen by the pair through a connection of its own until they object."""
    wrong: list[str] = []
    without: set[str] = set()
    counted = 0
    for rights, table in ruled_tables(inquiry, store, rule):
        if not rights.role or not any(r.deny for r in rights.tables[table.name].rows):
            continue
        if not is_harmless(inquiry, store, table):
            raise CannotTell(f"no canary was planted in {table.name}: triggers there are not declared harmless")
        if not _has_one_key(store, table) or _of_its_own(rights, table):
            without.add(table.name)  # what cannot be named cannot be removed: only tried, and rolled back
            continue
        key = ("canary", store.name, rights.role, table.name)
        wrong += inquiry.once(key, partial(_try_canary, inquiry, store, rights, table))
        counted += 1
    if wrong:
        return broke(
            f"in store `{store.name}`: {_some(wrong)}", ("run avow apply: it restores the row policies and marks",)
        )
    names = ", ".join(sorted(without))
    limits = (f"in {names} nobody stayed planted: there it was tried and rolled back",) if without else ()
    seen = f"in store `{store.name}`: {counted} planted people were seen before they were marked and not afterwards"
    return held(seen, limits=limits)


def _of_its_own(rights: PairRights, table: Table) -> bool:
    """Whose rows a login may call its own is given to the login that plants for a moment, never to one that stays."""
    return any(rule.own for rule in rights.tables[table.name].rows)


def _has_one_key(store: StoreScene, table: Table) -> bool:
    info = store.description.find_table(table.name) if store.description else None
    return info is not None and len(info.primary_key) == 1


def _try_canary(inquiry: Inquiry, store: StoreScene, rights: PairRights, table: Table) -> list[str]:
    found: list[str] = []
    opener = store.open_plant
    if opener is None:
        raise CannotTell(f"store `{store.name}` has no credential that may plant canaries")
    alternative = next(r for r in rights.tables[table.name].rows if r.deny)
    with (
        opener() as connection,
        get_opener(store)() as eyes,
        planted(inquiry, store, connection, table, alternative) as row,
    ):
        opened = [_case_subject(connection, store.map, table, row, kind) for kind in sorted(alternative.cases)]
        open_cases(connection, store.map, table, row, alternative)
        for mark in sorted(alternative.admit):
            admit(connection, table, row, mark)
        if not sees(eyes, rights, row):
            found.append(f"`{rights.pair}` does not see a planted person in {table.name} who did not object")
        for mark in sorted(alternative.deny):
            set_mark(connection, table, row, mark, True)
            if sees(eyes, rights, row):
                found.append(f"`{rights.pair}` sees a planted person in {table.name} in spite of {_marks([mark])}")
            set_mark(connection, table, row, mark, False)
        for about in opened:
            connection.execute(load_query("drop_cases"), about)
    return found


def ruled_tables(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Iterator[tuple[PairRights, Table]]:
    """Pair and table, for every table of the rule of which the pair may see only some rows."""
    for table in tables_of(rule, store.map, inquiry.scene.terms):
        for rights in store.rights:
            granted = rights.tables.get(table.name)
            if granted is not None and granted.some_rows:
                yield rights, table


def _probe_store(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    if "trial" not in store.levels:
        raise CannotTell(f"store `{store.name}` does not consent to trials (levels in avow.toml)")
    if store.open_plant is None or store.description is None:
        raise CannotTell(f"store `{store.name}` has no credential that may try synthetic rows")
    wrong: list[str] = []
    unsafe: set[str] = set()
    counted = 0
    for rights, table in ruled_tables(inquiry, store, rule):
        if not rights.role:
            raise CannotTell(f"the pair `{rights.pair}` has no role in store `{store.name}`: nothing was applied")
        if not is_harmless(inquiry, store, table):
            unsafe.add(table.name)
            continue
        wrong += inquiry.once(("rows", store.name, rights.role, table.name), partial(_try_table, store, rights, table))
        counted += 1
    if wrong:
        return broke(
            f"in store `{store.name}`: {_some(wrong)}", ("run avow apply: it restores the row policies and marks",)
        )
    if unsafe:
        names = ", ".join(sorted(unsafe)[:5])
        return could_not(
            f"rows were not tried on {names}: triggers there are not declared harmless",
            (f"declare `harmless: true` on {sorted(unsafe)[0]}, if its triggers do nothing outside the store",),
        )
    return held(f"in store `{store.name}`: synthetic rows were seen and hidden as promised in {counted} cases")


def is_harmless(inquiry: Inquiry, store: StoreScene, table: Table) -> bool:
    there = inquiry.live(store).tables.get(table.name)
    return table.harmless or (there is not None and not there.triggers)


def _try_table(store: StoreScene, rights: PairRights, table: Table) -> list[str]:
    assert store.open_plant is not None
    assert store.description is not None
    found: list[str] = []
    with store.open_plant() as connection:
        for alternative in rights.tables[table.name].rows:
            maker = Maker(store.map, store.description)
            found += _try_cases(connection, store, rights, table, alternative)
            found += _try_seen(connection, maker, rights, table, alternative)
            found += _try_other_values(connection, store, rights, table, alternative)
            found += _try_older(connection, store, rights, table, alternative)
    return found


def _fixed(rights: PairRights, table: Table, alternative: RowRule) -> dict[str, Any]:
    """Column values of a row that fits this alternative; where another one admits by the day of collection, an older row."""
    days = [rule.since for rule in rights.tables[table.name].rows if rule.since]
    if alternative.since or not days or not table.clock:
        return fitting(table, alternative)
    return fitting(table, alternative) | {table.clock: _day_before(min(days))}


def _day_before(day: str) -> date:
    return date.fromisoformat(day) - timedelta(days=1)


def _try_seen(
    connection: Connection, maker: Maker, rights: PairRights, table: Table, alternative: RowRule
) -> list[str]:
    """A row that fits is seen; with a denying mark it is not; without an admitting mark it is not."""
    found: list[str] = []
    with connection.transaction(force_rollback=True):
        row = maker.insert(connection, table.name, _fixed(rights, table, alternative))
        open_cases(connection, maker.store, table, row, alternative)
        _give_own(connection, table, alternative, row)
        if alternative.admit and sees(connection, rights, row):
            found.append(f"`{rights.pair}` sees a row of {table.name} without {_marks(alternative.admit)}")
        for mark in sorted(alternative.admit):
            admit(connection, table, row, mark)
        if not sees(connection, rights, row):
            found.append(f"`{rights.pair}` does not see a row of {table.name} that it may see")
        for mark in sorted(alternative.deny):
            with connection.transaction(force_rollback=True):  # quicker than to take the mark back
                set_mark(connection, table, row, mark, True)
                if sees(connection, rights, row):
                    found.append(f"`{rights.pair}` sees a row of {table.name} in spite of {_marks([mark])}")
                found += _try_new_row(connection, maker, rights, table, alternative, row, mark)
    return found


def _try_cases(
    connection: Connection, store: StoreScene, rights: PairRights, table: Table, alternative: RowRule
) -> list[str]:
    """Without an open case the row is not seen; with an expired or an ended one neither."""
    assert store.description is not None
    found: list[str] = []
    for kind in sorted(alternative.cases):
        with connection.transaction(force_rollback=True):
            maker = Maker(store.map, store.description)
            row = maker.insert(connection, table.name, _fixed(rights, table, alternative))
            for mark in sorted(alternative.admit):
                admit(connection, table, row, mark)
            others = replace(alternative, cases=alternative.cases - {kind})
            open_cases(connection, store.map, table, row, others)
            words = f"`{rights.pair}` sees a row of {table.name}"
            end_cases(connection, store.map, table, row, kind)
            found += [f"{words} although no case of kind {kind} is open"] * sees(connection, rights, row)
            only = replace(alternative, cases=frozenset({kind}))
            for hours, state in ((-1, "has expired"), (1, "was ended")):
                open_cases(connection, store.map, table, row, only, hours)
                if hours > 0:
                    end_cases(connection, store.map, table, row, kind)
                found += [f"{words} although its case of kind {kind} {state}"] * sees(connection, rights, row)
    return found


def _try_new_row(
    connection: Connection, maker: Maker, rights: PairRights, table: Table, alternative: RowRule, row: Row, mark: str
) -> list[str]:
    """A row that comes after the person's choice must start hidden. Only where rows belong to a person elsewhere."""
    steps = table.owners[0].steps if table.owners else ()
    if not steps:
        return []
    owner = {steps[0].column: _column(connection, table.name, steps[0].column, row.key)}
    try:
        with connection.transaction():
            later = maker.insert(connection, table.name, _fixed(rights, table, alternative) | owner)
    except psycopg.errors.UniqueViolation:
        return []  # one row per person: there is no later one
    if not sees(connection, rights, later):
        return []
    return [f"`{rights.pair}` sees a row of {table.name} that was added after {_marks([mark])}"]


def _try_older(
    connection: Connection, store: StoreScene, rights: PairRights, table: Table, alternative: RowRule
) -> list[str]:
    """A row from the day before the use was added, of a person who was told nothing, is not seen."""
    assert store.description is not None
    if not (alternative.since and table.clock):
        return []
    before = _day_before(alternative.since)
    with connection.transaction(force_rollback=True):
        maker = Maker(store.map, store.description)
        row = maker.insert(connection, table.name, fitting(table, alternative) | {table.clock: before})
        open_cases(connection, store.map, table, row, alternative)
        if not sees(connection, rights, row):
            return []
    return [f"`{rights.pair}` sees a row of {table.name} that was collected before {alternative.since}"]


def _try_other_values(
    connection: Connection, store: StoreScene, rights: PairRights, table: Table, alternative: RowRule
) -> list[str]:
    """A row whose attribute has a value that no alternative permits is not seen."""
    assert store.description is not None
    found: list[str] = []
    wrong = {name: _other_values(table, name, rights) for name in alternative.where}
    found += _try_others(connection, store, rights, table, alternative)
    wrong |= {name: sorted(values)[:3] for name, values in alternative.where_not.items() if name not in wrong}
    for name, others in wrong.items():
        for other in others:
            with connection.transaction(force_rollback=True):
                maker = Maker(store.map, store.description)
                fixed = _fixed(rights, table, alternative) | fixed_for(table, {name: (other,)})
                row = maker.insert(connection, table.name, fixed)
                open_cases(connection, store.map, table, row, alternative)
                _give_own(connection, table, alternative, row)  # so that the constant alone keeps it hidden
                for mark in sorted(alternative.admit):
                    admit(connection, table, row, mark)
                if sees(connection, rights, row):
                    found.append(f"`{rights.pair}` sees a row of {table.name} whose {name} is `{other}`")
    return found


def _try_others(
    connection: Connection, store: StoreScene, rights: PairRights, table: Table, alternative: RowRule
) -> list[str]:
    """A row that belongs to somebody else than whoever asks is not seen, and neither is it by a login without a key; a row that
    must not be the asker's own is not seen by its owner."""
    assert store.description is not None
    found: list[str] = []
    tries = [(name, key) for name in sorted(alternative.own) for key in (NOBODY, "")]
    for name, key in [*tries, *((name, None) for name in sorted(alternative.not_own))]:
        with connection.transaction(force_rollback=True):
            maker = Maker(store.map, store.description)
            row = maker.insert(connection, table.name, _fixed(rights, table, alternative))
            _give_own(connection, table, alternative, row)
            _call_own(connection, name, _key_in(connection, table, name, row) if key is None else key)
            if sees(connection, rights, row):
                whose = f"belongs to another {name}" if key is not None else f"is the own one of that {name}"
                found.append(f"`{rights.pair}` sees a row of {table.name} that {whose}")
    return found


def _give_own(connection: Connection, table: Table, alternative: RowRule, row: Row) -> None:
    """Where a pair sees its own rows alone, the row becomes the own row of this very login."""
    for name in sorted(alternative.own):
        _call_own(connection, name, _key_in(connection, table, name, row))


def _key_in(connection: Connection, table: Table, name: str, row: Row) -> str:
    attribute = table.find_attribute(name)
    return str(_column(connection, table.name, attribute.column, row.key)) if attribute else ""


def _call_own(connection: Connection, attribute: str, key: str) -> None:
    connection.execute("DELETE FROM avow.party WHERE login = session_user AND attribute = %s", (attribute,))
    if key:
        insert = "INSERT INTO avow.party (login, attribute, key) VALUES (session_user, %s, %s)"
        connection.execute(insert, (attribute, key))


def _other_values(table: Table, name: str, rights: PairRights) -> list[str]:
    """Values of the attribute that the map knows and no alternative permits: at most three."""
    attribute = table.find_attribute(name)
    permitted = {v for r in rights.tables[table.name].rows for v in r.where.get(name, ())}
    known = [word for word in (attribute.values if attribute else {}) if word not in permitted]
    records = {r.where[name] for r in table.records if name in r.where} - permitted
    return sorted({*known, *records})[:3] or [NOBODY]


def sees(connection: Connection, rights: PairRights, row: Row) -> bool:
    """Whether the pair's role finds the row by its key."""
    home, _, name = row.table.rpartition(".")
    conditions = [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in row.key]
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
        sql.Identifier(rights.schema or home, name), sql.SQL(" AND ").join(conditions)
    )
    with connection.transaction(force_rollback=True):
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(rights.role)))
        found = connection.execute(statement, list(row.key.values())).fetchone()
    return bool(found and found[0])


def set_mark(connection: Connection, table: Table, row: Row, mark: str, on: bool) -> None:
    """Sets or clears a mark of the row's first owner, through the one function that may."""
    subject, key = owner_of(connection, table, row)
    connection.execute("SELECT avow.set_state(%s, %s, %s, %s)", (subject, str(key), mark, on))


def admit(connection: Connection, table: Table, row: Row, mark: str) -> None:
    """Sets an admitting mark of everybody whom the row is about: a row of several people needs it from each."""
    for path in table.owners or (OwnerPath(table.name),):
        try:
            subject, key = _end_of(connection, path, table, row)
        except CannotTell:
            continue  # nobody stands at the end of this path
        connection.execute("SELECT avow.set_state(%s, %s, %s, true)", (subject, str(key), mark))


def open_cases(
    connection: Connection, store: StoreMap, table: Table, row: Row, alternative: RowRule, hours: int = 1
) -> None:
    """Opens a case of each kind that the alternative needs about the synthetic row, through the one function that may."""
    for kind in sorted(alternative.cases):
        subject, key = _case_subject(connection, store, table, row, kind)
        values = (f"probe {secrets.token_hex(8)}", kind, subject, key, timedelta(hours=hours))
        connection.execute("SELECT avow.open_case(%s, %s, %s, %s, statement_timestamp() + %s)", values)


def end_cases(connection: Connection, store: StoreMap, table: Table, row: Row, kind: str) -> None:
    """Ends every open case of the kind about the synthetic row: also one that inserting its parents opened."""
    values = (kind, *_case_subject(connection, store, table, row, kind))
    connection.execute(load_query("end_cases"), values)


def _case_subject(connection: Connection, store: StoreMap, table: Table, row: Row, kind: str) -> tuple[str, str]:
    case, column = store.find_case(kind), store.find_case_path(table, kind)
    if case is None or column is None:
        raise CannotTell(f"the map leads from {table.name} to no case of kind {kind}")
    return case.subject, str(_column(connection, row.table, column, row.key))


def owner_of(connection: Connection, table: Table, row: Row) -> tuple[str, Any]:
    """The subject table and key that the row's first owner path leads to. Raises CannotTell without a path."""
    path = next(iter(table.owners), OwnerPath(table.name) if table.key else None)
    if path is None:
        raise CannotTell(f"no owner path leads from {table.name} to a person")
    return _end_of(connection, path, table, row)


def people_of(connection: Connection, store: StoreMap, table: Table, row: Row) -> set[tuple[str, str]]:
    """(subject table, key) of each natural person that the synthetic row is about."""
    found = set()
    for path in (*table.owners, *([OwnerPath(table.name)] if table.key else ())):
        subject = store.find_table(path.subject)
        if subject is None or subject.organisation:
            continue
        try:
            found.add((path.subject, str(_end_of(connection, path, table, row)[1])))
        except CannotTell:
            continue  # nobody stands at the end of this path
    return found


def _end_of(connection: Connection, path: OwnerPath, table: Table, row: Row) -> tuple[str, Any]:
    if not path.steps:
        return path.subject, _column(connection, row.table, table.key, row.key)
    here, key = row.table, dict(row.key)
    value: Any = None
    for step in path.steps:
        value = _column(connection, here, step.column, key)
        here, key = step.to_table, {step.to_column: value}
    return path.subject, value


def _column(connection: Connection, table: str, column: str, key: Mapping[str, Any]) -> Any:
    home, _, name = table.rpartition(".")
    conditions = [sql.SQL("{} = %s").format(sql.Identifier(one)) for one in key]
    statement = sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.Identifier(column), sql.Identifier(home, name), sql.SQL(" AND ").join(conditions)
    )
    found = connection.execute(statement, list(key.values())).fetchone()
    if found is None or found[0] is None:
        raise CannotTell(f"the synthetic row of {table} has no owner by {column}")
    return found[0]


def _marks(marks: Any) -> str:
    return ", ".join(f"`{mark}`" for mark in sorted(marks))
