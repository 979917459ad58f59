"""Probes of permit and forbid: who reaches the rule's data, and does each pair get exactly what it may have?

*catalogue*: every way to the columns is a declared custodian's or a pair's own; every mapped login is enforced; each
pair's memberships are those of the map. *trial*: forbidden columns refused, permitted ones readable (the positive
control: a promise that the permitted use no longer works is not kept, either).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from avow.client import find_unlogged_paths
from avow.datamap.model import Login, Pair
from avow.policy.promise import Rule
from avow.policy.versions import unread_before
from avow.prove.copying import copied_ways, opaque_copies
from avow.prove.inquiry import CannotTell, Finding, Inquiry, Outcome, broke, could_not, held
from avow.prove.live import Live
from avow.prove.planted import harmless, rights_as_found, unreadable
from avow.prove.probes.described import probe_described
from avow.prove.probes.trials import REFUSED, get_trials
from avow.prove.probes.unaltered import probe_unaltered
from avow.prove.scene import Scene, StoreScene
from avow.prove.scope import Field, fields_of, free_fields, named_columns, pairs_of, tables_of
from avow.prove.starts import start_faults, starts_without
from avow.prove.way import READ, Way
from avow.prove.ways import (
    Judged,
    find_ways,
    free_writes,
    judge,
    may_make_roles,
    membership_faults,
    opaque_routines,
    row_faults,
    say_ways,
    shut_out,
    statement_readers,
)


def governed_stores(scene: Scene) -> tuple[StoreScene, ...]:
    """The stores that a machine can look at; those of kind manual are a person's work."""
    return tuple(s for s in scene.stores if s.map.kind != "manual")


def governed(inquiry: Inquiry) -> tuple[StoreScene, ...]:
    return governed_stores(inquiry.scene)


def probe_access(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """The access probes of one permit or forbid in every store that holds its data."""
    terms = inquiry.scene.terms
    found: list[Outcome] = []
    for store in governed(inquiry):
        if not fields_of(rule, store.map, terms):
            continue
        if store.map.kind != "postgresql":
            found += probe_described(inquiry, store, rule)
            continue
        found.append(inquiry.attempt("access-catalogue", "catalogue", partial(probe_catalogue, inquiry, store, rule)))
        found.append(inquiry.attempt("access-trial", "trial", partial(probe_trial, inquiry, store, rule)))
        found += probe_unaltered(inquiry, store, {f.table for f in fields_of(rule, store.map, terms)})
        if _has_row_rules(store, rule, inquiry):
            found.append(inquiry.attempt("rows-catalogue", "catalogue", partial(probe_rows, inquiry, store, rule)))
    if not found:
        found.append(inquiry.attempt("access-catalogue", "catalogue", lambda: _nothing_mapped(rule)))
    return tuple(found)


def _nothing_mapped(rule: Rule) -> Finding:
    words = ", ".join(f"`{d}`" for d in rule.data) or "personal data"
    return could_not(f"no mapped column holds {words}", ("map the columns that hold it in datamap.yaml",))


def probe_catalogue(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    """Reads every effective right on the rule's columns and compares it with the matrix."""
    live = inquiry.live(store)
    fields = fields_of(rule, store.map, inquiry.scene.terms)
    gone = [f for f in fields if f.table not in live.tables]
    if gone:
        return could_not(f"mapped columns are not there: {named_columns(gone)}")
    known = inquiry.once(
        ("ways", store.name), lambda: _by_field(find_ways(live, rights_as_found(store), _every_field(store)))
    )
    ways = [*_of(known, fields), *_stage_ways(live, store, fields)]
    ways += _of(inquiry.once(("memberships", store.name), lambda: _memberships(live, store)), fields)
    ways += start_faults(live, store.map, store.rights, fields)
    written = inquiry.once(("free writes", store.name), lambda: _free_writes(live, store))
    ways += _of(written, free_fields(tables_of(rule, store.map, inquiry.scene.terms)))
    covers = inquiry.scene.terms.covers
    ways += _of(inquiry.once(("copies", store.name), lambda: _copies(live, store, covers)), fields)
    judged = judge(_without_doubles(ways), store.map, inquiry.scene.today)
    if judged.open:
        repairs = tuple(dict.fromkeys(w.repair for w in judged.open if w.repair))
        if not any(r.role for r in store.rights):
            repairs = ("run avow plan and avow apply: no control stands in this store yet", *repairs)
        return broke(f"in store `{store.name}`: {say_ways(judged.open)}", _few(repairs), judged.declared)
    if unread := unreadable(store):
        return could_not(f"in store `{store.name}` {unread}", ("drop it, or take it back: avow doctor names it",))
    unmapped = _unmapped_tables(store)
    if unmapped:
        return could_not(
            f"store `{store.name}` has tables that nobody mapped: {', '.join(unmapped[:5])}",
            tuple(f"map {name} in datamap.yaml, or say there why it holds no personal data" for name in unmapped[:3]),
        )
    opaque = opaque_routines(live, store.map, fields, inquiry.scene.today)
    if opaque.open:
        return _opaque(store, opaque)
    if hidden := opaque_copies(live, store.map, fields):
        words = f"in store `{store.name}` {_some(list(hidden))}: where it puts what it is given cannot be read"
        return could_not(
            words, ("write out which tables it writes, or declare it below `custodians:` with `routine:`",)
        )
    declared = tuple(sorted({*judged.declared, *opaque.declared}))
    counts = f"{len(live.roles)} roles on {len(fields)} columns"
    words = f"in store `{store.name}` the effective rights of {counts} equal the declared matrix"
    older = unread_before(inquiry.scene.versions, inquiry.scene.version)
    limits = [
        f"version {name} names no use to compare with: rows from before its end count like later ones" for name in older
    ]
    return held(words, declared, (*_limits(live, store), *limits))


# Every way is looked for once, and then by field: rules share most of their columns.


def _every_field(store: StoreScene) -> tuple[Field, ...]:
    return tuple(Field(table.name, column.name) for table in store.map.tables for column in table.columns)


def _memberships(live: Live, store: StoreScene) -> dict[Field, list[Way]]:
    return _by_field(membership_faults(live, store.map, store.rights))


def _free_writes(live: Live, store: StoreScene) -> dict[Field, list[Way]]:
    return _by_field(free_writes(live, store.rights, free_fields(store.map.tables)))


def _copies(live: Live, store: StoreScene, covers: Callable[[str, str], bool]) -> dict[Field, list[Way]]:
    return _by_field(copied_ways(live, store.map, store.rights, _every_field(store), covers))


def _by_field(ways: Iterable[Way]) -> dict[Field, list[Way]]:
    found: dict[Field, list[Way]] = {}
    for way in ways:
        found.setdefault(way.field, []).append(way)
    return found


def _of(known: dict[Field, list[Way]], fields: Iterable[Field]) -> list[Way]:
    return sorted(way for one in fields for way in known.get(one, ()))


def _opaque(store: StoreScene, found: Judged) -> Finding:
    """What a routine reaches that nobody can see through is not known: neither kept nor seen to be broken."""
    callers: dict[str, list[str]] = {}
    for way in found.open:
        callers.setdefault(way.how, []).append(f"`{way.role}`")
    words = _some([f"{', '.join(who[:3])} may {_use(how)} {how}" for how, who in callers.items()])
    repairs = [way.repair for way in found.open]
    return could_not(
        f"in store `{store.name}` {words}: what it reaches cannot be read",
        _few(dict.fromkeys([*repairs, "or declare it below `custodians:` with `routine:` instead of `role:`"])),
    )


def _use(how: str) -> str:
    return "execute" if how.startswith("the routine") else "set off"


def _stage_ways(live: Live, store: StoreScene, fields: Iterable[Field]) -> list[Way]:
    """Mapped logins that still hold rights because their stage is observe are named as such."""
    observed = {login.name: login for login in store.map.logins if login.stage == "observe"}
    wanted = set(fields)
    return [
        Way(
            role,
            "because its stage is still observe: not enforced yet",
            Field(table, column),
            READ,
            _enforce(observed[role]),
        )
        for observer in sorted(observed)
        for role, table, column, privilege in live.reach_by_role.get(observer, ())
        if privilege == READ and Field(table, column) in wanted
    ]


def _enforce(login: Login) -> str:
    return f"set `stage: enforce` for login `{login.name}` in datamap.yaml and run avow apply"


def _without_doubles(ways: Iterable[Way]) -> list[Way]:
    """A login in stage observe is named once, as such."""
    found = list(ways)
    staged = {(w.role, w.field, w.privilege) for w in found if "stage is still observe" in w.how}
    return [w for w in found if (w.role, w.field, w.privilege) not in staged or "stage is still observe" in w.how]


def _unmapped_tables(store: StoreScene) -> list[str]:
    if store.description is None:
        raise CannotTell(f"store `{store.name}` was not described")
    mapped = {t.name for t in store.map.tables}
    kinds = ("table", "foreign table", "partition", "materialized view")
    return sorted(t.name for t in store.description.tables if t.kind in kinds and t.name not in mapped)


def _limits(live: Live, store: StoreScene) -> tuple[str, ...]:
    found: list[str] = []
    makers = [role.name for role in may_make_roles(live, store.map)]
    if makers and live.version < 16:
        names = ", ".join(f"`{name}`" for name in makers[:3]) + (
            f" and {len(makers) - 3} more" if len(makers) > 3 else ""
        )
        found.append(f"on PostgreSQL {live.version} {names} may create roles and could take any of them")
    unmodified = [login.name for login in store.map.logins if login.unmodified and len(login.pairs) > 1]
    if unmodified:
        names = ", ".join(f"`{name}`" for name in unmodified[:3])
        found.append(f"which of its pairs {names} acts in is the application's claim")
    if unlogged := _unlogged(live, store):
        found.append(f"reads by {unlogged} are not logged")
    if readers := statement_readers(live, store.map):
        found.append(f"{readers} may read the statements of others, with the values that stand in them")
    if live.large_objects:
        found.append(f"{live.large_objects} large objects stand outside the data map and were not looked into")
    if without := starts_without(live, store.map, store.rights):
        names = ", ".join(f"`{name}`" for name in without[:3])
        found.append(f"sessions of {names} start without their pair and are refused until avow doctor --repair")
    return (*found, *harmless(store))


def _unlogged(live: Live, store: StoreScene, most: int = 6) -> str:
    """Names of logins whose reads no ledger sees: without the client, custodians, logins that nobody mapped."""
    away = shut_out(live)
    paths = find_unlogged_paths(store.map, store.description)
    names = [path.login for path in paths if path.login in live.roles and path.login not in away]
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more (`avow plan` names them)"


def probe_trial(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    """Tries the rule's columns as every pair."""
    tried = get_trials(inquiry, store)
    fields = fields_of(rule, store.map, inquiry.scene.terms)
    free = free_fields(tables_of(rule, store.map, inquiry.scene.terms))
    if not any(r.role for r in store.rights):
        raise CannotTell(f"store `{store.name}` has no pair roles yet: nothing was applied")
    wrong: list[str] = []
    repairs: list[str] = []
    counted = {"refused": 0, "worked": 0}
    for rights in store.rights:
        for one in fields:
            granted = rights.tables.get(one.table)
            for verb, may in (
                ("read", granted is not None and one.column in granted.read),
                ("write", granted is not None and one.column in granted.write),
            ):
                state = tried.find(rights.pair, one, verb)
                if state is None:
                    continue
                if may and state:
                    wrong.append(f"`{rights.pair}` may {verb} {one} but cannot [{state}]")
                    repairs.append("run avow apply: a permitted use no longer works")
                elif not may and state != REFUSED:
                    wrong.append(f"`{rights.pair}` may not {verb} {one}, but the store let it")
                    repairs.append(f"run avow apply: `{rights.pair}` has more than its promises permit")
                counted["worked" if may else "refused"] += 1
        for one in free:
            state = tried.find(rights.pair, one, "change")
            if state == "":
                wrong.append(f"`{rights.pair}` only reads {one.table}, but the store let it change {one.column}")
                repairs.append(f"run avow apply: `{rights.pair}` has more than its promises permit")
            counted["refused"] += state is not None
    if wrong:
        return broke(f"in store `{store.name}`: {_some(wrong)}", _few(dict.fromkeys(repairs)))
    return _complete(inquiry, store, rule, counted)


def _complete(inquiry: Inquiry, store: StoreScene, rule: Rule, counted: dict[str, int]) -> Finding:
    """A permit without any pair that uses it shows nothing: its positive control is missing."""
    if rule.kind == "permit" and not _permitted_pairs(inquiry, store, rule):
        words = f"no pair of the map for {', '.join(rule.purposes)} / {', '.join(rule.recipients)} reaches data of this rule"
        return could_not(f"{words}: the permitted use was never tried", ("map a login to such a pair in datamap.yaml",))
    tries = f"{counted['refused']} forbidden uses refused, {counted['worked']} permitted uses worked"
    return held(f"in store `{store.name}`: {tries}")


def _permitted_pairs(inquiry: Inquiry, store: StoreScene, rule: Rule) -> list[Pair]:
    fields = fields_of(rule, store.map, inquiry.scene.terms)
    found = []
    for pair in pairs_of(rule, store.map, inquiry.scene.terms):
        rights = store.find_rights(pair)
        if rights is None or not rights.role:
            continue
        reads = any(f.table in rights.tables and f.column in rights.tables[f.table].read for f in fields)
        if reads or (rule.form == "aggregate" and rights.aggregates):
            found.append(pair)
    return found


def _has_row_rules(store: StoreScene, rule: Rule, inquiry: Inquiry) -> bool:
    return any(True for _ in _row_ruled(store, rule, inquiry))


def _row_ruled(store: StoreScene, rule: Rule, inquiry: Inquiry) -> Iterable[tuple[Pair, str]]:
    names = {t.name for t in tables_of(rule, store.map, inquiry.scene.terms)}
    for rights in store.rights:
        for table, granted in rights.tables.items():
            if table in names and granted.some_rows and not granted.barrier:
                yield rights.pair, table


def probe_rows(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    """Reads whether row security and the pair's policies stand on every table where only some rows are permitted."""
    live = inquiry.live(store)
    faults: list[str] = []
    counted = 0
    for pair, table in _row_ruled(store, rule, inquiry):
        rights = store.find_rights(pair)
        if rights is None or not rights.role:
            return could_not(f"the pair `{pair}` has no role in store `{store.name}`: nothing was applied")
        faults += row_faults(live, rights, table)
        faults += _open_marks(live, store, table)
        counted += 1
    if faults:
        return broke(
            f"in store `{store.name}`: {_some(list(dict.fromkeys(faults)))}",
            ("run avow apply: it restores row security",),
        )
    return held(f"in store `{store.name}`: row security is on with a policy for the pair on {counted} tables")


def _open_marks(live: Live, store: StoreScene, table: str) -> list[str]:
    """The mark column decides who sees the row: nobody but a custodian may write it."""
    custodians = {c.role for c in store.map.custodians}
    rights = live.reach_by_table.get(table, ())
    writers = {role for role, _, column, privilege in rights if column == "avow_mask" and privilege == "UPDATE"}
    return [f"`{role}` may change the marks on {table}" for role in sorted(writers - custodians)]


def _some(words: list[str], most: int = 4) -> str:
    rest = f"; and {len(words) - most} more" if len(words) > most else ""
    return "; ".join(words[:most]) + rest


def _few(words: Iterable[str], most: int = 6) -> tuple[str, ...]:
    return tuple(words)[:most]
