"""The plan of a PostgreSQL store: wanted objects against the live catalogue.

Promises: touches nothing; a store that stands as wanted gives an empty plan; an object that was altered, dropped or
rebuilt behind Avow's back is in the plan again. Refuses a database that is a copy of another governed one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from avow.compilers.plan import Plan, Statement
from avow.compilers.postgres.access import access_objects, accesses
from avow.compilers.postgres.aggregates import Counted, aggregate_objects, find_counted, marks_of, masks_of
from avow.compilers.postgres.cases import case_objects
from avow.compilers.postgres.choices import choice_objects
from avow.compilers.postgres.contracts import contract_objects
from avow.compilers.postgres.intakes import intake_objects
from avow.compilers.postgres.logins import closed_relations, closed_routines, core_objects, login_objects
from avow.compilers.postgres.objects import Target, Wanted, in_order, undo_order
from avow.compilers.postgres.provenance import handling_numbers, provenance_objects
from avow.compilers.postgres.quoting import load_sql
from avow.compilers.postgres.retention import retention_objects
from avow.compilers.postgres.state import state_objects
from avow.compilers.postgres.strangers import NOT_MADE, find_strangers
from avow.compilers.postgres.suppression import suppression_objects
from avow.compilers.postgres.survey import Recorded, Survey, get_survey
from avow.compilers.reach import Matrix, Terms, reach
from avow.datamap.model import StoreMap
from avow.errors import ApplyError, Diagnostic, Place
from avow.policy.promise import PolicyVersion


@dataclass(frozen=True)
class Difference:
    """One object that does not stand as wanted: missing, wanted otherwise, altered, gone, or no longer wanted."""

    key: str
    found: str
    says: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """A plan with the objects behind it."""

    target: Target
    wanted: tuple[Wanted, ...]  # what must be made
    dropped: tuple[Recorded, ...]  # what is no longer wanted
    everything: tuple[Wanted, ...]
    differences: tuple[Difference, ...]


def get_draft(conn: Connection[Any], version: PolicyVersion, vocabulary: Terms, store_map: StoreMap) -> Draft:
    """Compile and compare. Raises CompileRefused and ApplyError; reads the catalogue once."""
    with conn.transaction(), _plain_path(conn):
        return _draft(conn, version, vocabulary, store_map)


def _draft(conn: Connection[Any], version: PolicyVersion, vocabulary: Terms, store_map: StoreMap) -> Draft:
    survey = get_survey(conn)
    check_not_a_copy(survey)
    target = make_target(survey, version, reach(version, vocabulary, store_map), store_map)
    counted = _count_groups(target, vocabulary)
    everything = in_order(_every_object(target, vocabulary, counted))
    target.warnings += unindexable(conn, {one.table for one in everything if one.kind == "rls"})
    target.warnings += _unled(conn, target, {one.table for one in everything if one.key.endswith(":avow_mask")})
    live = read_live(conn, target)
    differences, wanted = [], []
    for one in everything:
        if found := one.difference(survey.recorded.get(one.key), one.find_in(live)):
            differences.append(Difference(one.key, found, one.says, one.why))
            wanted.append(one)
    if any(one.kind in ("column", "trigger") for one in wanted):
        known = {one.key for one in wanted}
        wanted = in_order([*wanted, *(one for one in everything if one.kind == "backfill" and one.key not in known)])
    keys = {one.key for one in everything}
    dropped = [r for r in undo_order(survey.recorded) if r.key not in keys and r.undo]
    differences += [Difference(r.key, "no longer wanted", "", tuple(r.why)) for r in dropped]
    return Draft(target, tuple(wanted), tuple(dropped), tuple(everything), tuple(differences))


@contextmanager
def _plain_path(conn: Connection[Any]) -> Iterator[None]:
    """The catalogue spells definitions by the search path: always read them under the same one."""
    before = conn.cursor(row_factory=tuple_row).execute("SELECT current_setting('search_path')").fetchone()
    conn.execute("SELECT set_config('search_path', 'pg_catalog', true)")
    yield
    conn.execute("SELECT set_config('search_path', %s, true)", before)


def plan_postgres(conn: Connection[Any], version: PolicyVersion, vocabulary: Terms, store_map: StoreMap) -> Plan:
    """The statements that would make the store keep the promises; empty where it does.

    Raises CompileRefused where a rule cannot be enforced here, ApplyError for a copy of another governed database."""
    return make_plan(get_draft(conn, version, vocabulary, store_map))


def doctor(
    conn: Connection[Any], version: PolicyVersion, vocabulary: Terms, store_map: StoreMap
) -> tuple[Difference, ...]:
    """Every object that does not stand as wanted, with what was found, and everything in Avow's own schemas that no apply made.
    Touches nothing."""
    draft = get_draft(conn, version, vocabulary, store_map)
    created = [(wanted.key, wanted.create) for wanted in draft.everything]
    created += [(recorded.key, recorded.create) for recorded in draft.target.survey.recorded.values()]
    strangers = find_strangers(conn, draft.target, created)
    says = "drop it, or take it back: it stands in a schema of Avow's own"
    return (*draft.differences, *(Difference(key, NOT_MADE, says, ()) for key in strangers))


def make_plan(draft: Draft) -> Plan:
    """A draft as the seam's value."""
    target = draft.target
    undone = [undoing(r) for r in draft.dropped]
    made = [
        Statement(w.phase, w.key, w.create, w.undo, w.why, w.says, w.lock, w.table, w.rows, w.transactional)
        for w in draft.wanted
    ]
    gates = sorted({*target.matrix.gates, *target.gates}, key=lambda g: (g.rule, g.construct))
    statements = sorted([*undone, *made], key=lambda s: ("prepare", "switch", "settle").index(s.phase))
    warnings = tuple(dict.fromkeys(target.warnings))
    return Plan(
        target.store_map.name, target.survey.target, target.version.version, tuple(statements), tuple(gates), warnings
    )


def undoing(recorded: Recorded) -> Statement:
    """The statement that takes back something applied earlier."""
    return Statement(
        "switch", recorded.key, recorded.undo, recorded.create, tuple(recorded.why), f"take back {recorded.key}"
    )


def make_target(survey: Survey, version: PolicyVersion, matrix: Matrix, store_map: StoreMap) -> Target:
    """Numbers for pairs and bits: those recorded stay, new ones follow in sorted order, none is used twice."""
    numbers = _numbered([str(p) for p in store_map.pairs], survey.pairs, 1)
    marks = {mark for t in store_map.tables for mark in _effects(matrix, t.name)}
    bits = _numbered(sorted(marks), survey.bits, 0)
    target = Target(survey, store_map, version, matrix, {p: numbers[str(p)] for p in store_map.pairs}, bits)
    target.handlings = handling_numbers(target, survey.handlings)
    return target


def read_live(conn: Connection[Any], target: Target) -> Mapping[str, str]:
    """The live definition of every object by key."""
    revoked = [*(r.name for r in closed_relations(target)), *closed_routines(target)]
    cur = conn.cursor(row_factory=tuple_row)
    cur.execute(
        load_sql("live").encode(),
        {
            "prefix": f"av\\_{target.survey.install}\\_%", "governed": [t.name for t in target.governed],
            "enforced": target.login_names, "logins": [login.name for login in target.store_map.logins], "revoked": revoked,
            "custodians": [c.role for c in target.store_map.custodians],
        },
    )  # fmt: skip
    live = {key: definition or "" for key, definition in cur.fetchall()}
    live |= {f"pair:{name}": str(number) for name, number in target.survey.pairs.items()}
    return live | {f"bit:{name}": str(number) for name, number in target.survey.bits.items()}


def unindexable(conn: Connection[Any], tables: set[str]) -> list[str]:
    """Indexes that row security keeps some operators from using, in words."""
    cur = conn.cursor(row_factory=tuple_row)
    rows = cur.execute(load_sql("unindexable").encode(), {"tables": sorted(tables)}).fetchall()
    return [
        f"row security on {table} keeps what asks with these from the index {index}: {operators}"
        for table, index, operators in rows
    ]


def _unled(conn: Connection[Any], target: Target, masked: set[str]) -> list[str]:
    """Columns of owner paths without an index: every change of a person's state would read the whole table."""
    steps = {(t.name, s.column) for t in target.governed if t.name in masked for p in t.owners for s in p.steps[:1]}
    steps |= {
        (before.to_table, step.column)
        for t in target.governed
        if t.name in masked
        for p in t.owners
        for before, step in zip(p.steps, p.steps[1:], strict=False)
    }
    ordered = sorted(steps)
    cur = conn.cursor(row_factory=tuple_row)
    rows = cur.execute(
        load_sql("unled").encode(), [[name for name, _ in ordered], [column for _, column in ordered]]
    ).fetchall()
    return [
        f"no index leads with {table}.{column}: a change of a person's state reads all of {table}"
        for table, column in rows
    ]


def check_not_a_copy(survey: Survey) -> None:
    """A restored copy carries the roles' names of its origin: never plan there."""
    if survey.recorded_oid != survey.oid:
        raise ApplyError(
            Diagnostic(
                Place(f"database {survey.database}"),
                "apply.restored-copy",
                "this database is a copy of another governed one: it carries the installation of its origin",
                "as its owner, drop the schema `avow` and the schemas `av_p…` in the copy, then plan again",
                "roles are shared by the whole cluster: applying here would change the rights of the origin",
            )
        )


def _count_groups(target: Target, vocabulary: Terms) -> list[Counted]:
    """The views of groups; what they must know of people is numbered and kept in the rows like what rights hang on."""
    counted = list(find_counted(target, vocabulary))
    target.bits = _numbered(sorted(marks_of(counted)), target.bits, 0)
    target.grouped = masks_of(counted)
    return counted


def _every_object(target: Target, vocabulary: Terms, counted: list[Counted]) -> list[Wanted]:
    found = accesses(target)
    return [
        *core_objects(target),
        *state_objects(target, found),
        *suppression_objects(target, found),
        *choice_objects(target),
        *case_objects(target, found),
        *access_objects(target, found),
        *provenance_objects(target, vocabulary),
        *intake_objects(target),
        *aggregate_objects(target, counted),
        *login_objects(target),
        *contract_objects(target),
        *retention_objects(target, vocabulary),
    ]


def _effects(matrix: Matrix, table: str) -> set[str]:
    deny, admit = matrix.marks(table)
    return {f"deny {mark}" for mark in deny} | {f"admit {mark}" for mark in admit}


def _numbered(wanted: list[str], recorded: Mapping[str, int], first: int) -> dict[str, int]:
    result = dict(recorded)
    following = max(recorded.values(), default=first - 1) + 1
    for name in wanted:
        if name not in result:
            result[name], following = following, following + 1
    return result
