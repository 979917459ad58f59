"""Every way to a column of personal data that the declared matrix does not allow. Pure: live rights in, ways out.

A way is a role that reaches a column by a grant, an inherited role, ownership, a view with its owner's rights, a
materialized view, a table above it, a routine, trigger or rule with its owner's rights, or by a power over the server
(`powers`). A pair role may reach exactly what the matrix says; a declared custodian may go round; anything else is a way round.

Refuses to reason about what a role could make itself later (a role that may create roles is named as a limit). A routine
that builds its statements as it runs is no way that can be read: `opaque_routines` names those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from avow.datamap.model import Custodian, StoreMap
from avow.prove.live import Live, LiveRole, LiveRoutine, LiveView
from avow.prove.powers import by_power, over_the_server, predefined_ways
from avow.prove.routines import shown_through, speaks_of, whole_text, why_opaque
from avow.prove.scene import PairRights
from avow.prove.scope import Field, named_columns
from avow.prove.way import READ, TEST, WRITE, Way, is_allowed


@dataclass(frozen=True)
class Judged:
    """`open` ways break a promise; `declared` says by which custodians it may be gone round; `expired` of those whose
    declaration has ended are open, too."""

    open: tuple[Way, ...]
    declared: tuple[str, ...]


def find_ways(live: Live, rights: Iterable[PairRights], fields: Iterable[Field]) -> tuple[Way, ...]:
    """Every way to any of `fields` that no pair's rights allow, custodians included."""
    wanted = frozenset(fields)
    by_role = {r.role: r for r in rights if r.role}
    owners = _view_owners(live, by_role)
    found = [
        *_by_rights(live, by_role, owners, wanted),
        *_by_tables_above(live, {**owners, **by_role}, wanted),
        *_by_views(live, by_role, wanted),
        *_by_writing_views(live, {**owners, **by_role}, wanted),
        *_by_routines(live, by_role, wanted),
        *_by_fired(live, {**owners, **by_role}, wanted),
        *_by_mastery(live, wanted),
        *by_power(live, wanted),
    ]
    found += _by_becoming(live, by_role, found, wanted)
    away = shut_out(live) - over_the_server(live)
    return tuple(sorted(w for w in set(found) if w.role not in away and not _is_predefined(w.role)))


def _is_predefined(role: str) -> bool:
    return role.startswith("pg_")


def _by_becoming(
    live: Live, by_role: Mapping[str, PairRights], ways: Iterable[Way], wanted: frozenset[Field]
) -> Iterator[Way]:
    """Whoever may become a role that has a way has it, too: a custodian's declaration speaks of one role, not of others."""
    by_group: dict[str, set[tuple[Field, str]]] = {}
    for way in ways:
        if way.role not in by_role:
            by_group.setdefault(way.role, set()).add((way.field, way.privilege))
    for group in {m.granted for m in live.members if _is_predefined(m.granted)}:
        by_group.setdefault(group, set()).update(predefined_ways(live, group, wanted))
    for role in live.roles.values():
        for group in (live.groups_of(role.name) & by_group.keys()) if role.can_login and not role.superuser else ():
            how, repair = f"because it may become `{group}`", f"REVOKE {group} FROM {role.name}"
            yield from (Way(role.name, how, one, privilege, repair) for one, privilege in by_group[group])


def shut_out(live: Live) -> frozenset[str]:
    """Logins that may not connect to this database and that nobody who may connect can become."""
    outside = {r.name for r in live.roles.values() if r.can_login and not r.can_connect and not r.superuser}
    inside = {r.name for r in live.roles.values() if r.can_login and r.name not in outside}
    reached = {group for name in inside for group in live.groups_of(name)}
    return frozenset(outside - reached)


def _view_owners(live: Live, by_role: Mapping[str, PairRights]) -> dict[str, PairRights]:
    """{owner of a pair's own views: that pair}, where the owner is no way by itself: nobody can log in as it or take it."""
    found: dict[str, PairRights] = {}
    for view in live.views:
        rights = by_role.get(view.role)
        if rights is not None and view.schema_name == rights.schema and _is_sealed(live, view.owner):
            found[view.owner] = rights
    return found


def _is_sealed(live: Live, name: str) -> bool:
    role = live.roles.get(name)
    if (
        role is None
        or role.can_login
        or role.superuser
        or role.bypass_row_security
        or role.create_role
        or role.predefined
    ):
        return False
    return name not in live.owners and name not in live.taken


def judge(ways: Iterable[Way], store: StoreMap, today: date) -> Judged:
    """Parts the ways into open ones and those of declared custodians whose declaration has not ended."""
    declared = {c.role: c for c in store.custodians}
    open_ways: list[Way] = []
    excepts: set[str] = set()
    for way in ways:
        custodian = declared.get(way.role)
        if custodian is None:
            open_ways.append(way)
        elif _ended(custodian, today):
            open_ways.append(
                Way(way.role, f"{way.how}; its declaration ended on {custodian.expires}", way.field, way.privilege)
            )
        else:
            excepts.add(
                f"custodian `{custodian.role}` ({custodian.holder}: {custodian.reason}) until {custodian.expires}"
            )
    return Judged(tuple(open_ways), tuple(sorted(excepts)))


def say_ways(ways: Iterable[Way], most: int = 4) -> str:
    """One sentence: roles, columns, how; roles with the same way are said together; no value of any row."""
    fields: dict[tuple[str, str, str], set[Field]] = {}
    for way in ways:
        fields.setdefault((way.role, way.verb, way.how), set()).add(way.field)
    roles: dict[tuple[str, str, frozenset[Field]], list[str]] = {}
    for (role, verb, how), reached in fields.items():
        roles.setdefault((verb, how, frozenset(reached)), []).append(role)
    parts = [
        f"{_name_roles(names)} {verb} {named_columns(reached)} {how}" for (verb, how, reached), names in roles.items()
    ]
    rest = f"; and {len(parts) - most} more ways" if len(parts) > most else ""
    return "; ".join(parts[:most]) + rest


def _name_roles(names: list[str], most: int = 3) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more roles"


def membership_faults(live: Live, store: StoreMap, rights: Iterable[PairRights]) -> tuple[Way, ...]:
    """Logins whose memberships are not exactly the pairs that the map gives them, or that inherit a pair's rights;
    custodians among them are for `judge` to tell apart."""
    by_role = {r.role: r for r in rights if r.role}
    mapped = {login.name: login for login in store.logins}
    found: list[Way] = []
    for member in live.members:
        pair_rights = by_role.get(member.granted)
        role = live.roles.get(member.member)
        if pair_rights is None or role is None or role.superuser:
            continue
        login = mapped.get(member.member)
        if login is None or pair_rights.pair not in login.pairs:
            how = f"because it may take the pair `{pair_rights.pair}`, which the map does not give it"
        elif member.inherits:
            how = f"without asking: it inherits the pair `{pair_rights.pair}`"
        else:
            continue
        repair = f"REVOKE {member.granted} FROM {member.member}"
        found += [
            Way(member.member, how, Field(table, column), READ, repair)
            for table, granted in pair_rights.tables.items()
            for column in granted.read
        ]
    return tuple(found)


def free_writes(live: Live, rights: Iterable[PairRights], free: Iterable[Field]) -> tuple[Way, ...]:
    """Columns that hold nothing personal and that a pair may change although it only reads their table: a source, a clock or the
    key of a case decides who may use a row, and until when. `free` as `free_fields` gives them."""
    wanted = frozenset(free)
    by_role = {r.role: r for r in rights if r.role}
    found: list[Way] = []
    for role, whose in {**by_role, **_view_owners(live, by_role)}.items():
        how = f"although the pair `{whose.pair}` only reads there"
        for _, table, column, privilege in live.reach_by_role.get(role, ()):
            granted = whose.tables.get(table)
            if privilege in WRITE and granted is not None and not granted.write:
                fields = _fields_hit(wanted, table, column)
                found += [Way(role, how, one, privilege, _revoke(role, one, privilege)) for one in fields]
    return tuple(sorted(set(found)))


def _by_rights(
    live: Live, by_role: Mapping[str, PairRights], owners: Mapping[str, PairRights], wanted: frozenset[Field]
) -> Iterator[Way]:
    everyone = {(table, column, privilege) for _, table, column, privilege in live.reach_by_role.get("PUBLIC", ())}
    rights = (one for table in {f.table for f in wanted} for one in live.reach_by_table.get(table, ()))
    for role, table, column, privilege in rights:
        if role != "PUBLIC" and (table, column, privilege) in everyone:
            continue
        for one in _fields_hit(wanted, table, column):
            # What the owner of a pair's views may read counts where it is shown: `_by_views` looks at each of its views.
            behind_views = role in owners and (privilege == READ or is_allowed(owners[role], one, privilege))
            if not behind_views and not is_allowed(by_role.get(role), one, privilege):
                how, repair = _explain(live, by_role, role, one, privilege)
                yield Way(role, how, one, privilege, repair)


def _fields_hit(wanted: frozenset[Field], table: str, column: str) -> Iterator[Field]:
    if column:
        if Field(table, column) in wanted:
            yield Field(table, column)
        return
    yield from (f for f in wanted if f.table == table)


def _explain(live: Live, by_role: Mapping[str, PairRights], role: str, one: Field, privilege: str) -> tuple[str, str]:
    """How the role came to the right, and what would take it away."""
    if role in by_role:
        return f"although the pair `{by_role[role].pair}` is not permitted it", _revoke(role, one, privilege)
    owner = live.tables[one.table].owner if one.table in live.tables else ""
    if role == owner:
        return "as the owner of the table", f"declare `{role}` in custodians.yaml with holder, reason and expiry"
    for column in (one.column, ""):
        if (role, one.table, column, privilege) in live.grants:
            return "by a grant of its own", _revoke(role, one if column else Field(one.table, ""), privilege)
    predefined = live.roles[role].predefined if role in live.roles else []
    if predefined:
        return f"through `{predefined[0]}`", f"REVOKE {predefined[0]} FROM {role}"
    groups = sorted(live.groups_of(role))
    via = next((g for g in groups if (g, one.table, one.column, privilege) in live.reach), "")
    return f"through the role `{via}`" if via else "by inherited rights", f"REVOKE {via or 'the role'} FROM {role}"


def _revoke(role: str, one: Field, privilege: str) -> str:
    columns = f" ({one.column})" if one.column and privilege in WRITE | {READ, TEST} else ""
    return f"REVOKE {privilege}{columns} ON {one.table} FROM {role}"


def _by_views(live: Live, by_role: Mapping[str, PairRights], wanted: frozenset[Field]) -> Iterator[Way]:
    for view in live.views:
        one = Field(view.table_name, view.column_name)
        if one not in wanted or view.role == view.owner or _own_view(live, view, one, by_role.get(view.role)):
            continue
        what = "a materialized view, which holds a copy" if view.holds_copy else "which reads with its owner's rights"
        yield Way(
            view.role,
            f"through the view `{view.view}`, {what}",
            one,
            READ,
            f"REVOKE SELECT ON {view.view} FROM {view.role}",
        )


def _by_writing_views(live: Live, pairs: Mapping[str, PairRights], wanted: frozenset[Field]) -> Iterator[Way]:
    """A view with its owner's rights writes what its owner may, whoever uses it, and whether or not he may read it."""
    for view in live.view_writes:
        one = Field(view.table_name, view.column_name)
        if one in wanted and view.role != view.owner and not is_allowed(pairs.get(view.role), one, view.privilege):
            how = f"through the view `{view.view}`, which writes with its owner's rights"
            yield Way(view.role, how, one, view.privilege, f"REVOKE {view.privilege} ON {view.view} FROM {view.role}")


def _by_tables_above(live: Live, pairs: Mapping[str, PairRights], wanted: frozenset[Field]) -> Iterator[Way]:
    """A query of a table above reads the rows of those below: no right on them is asked for, and no row policy of theirs."""
    for right in live.above:
        one, there = Field(right.table_name, right.column_name), Field(right.above, right.column_name)
        if one in wanted and not is_allowed(pairs.get(right.role), there, right.privilege):
            how = f"through the table `{right.above}` above it, whose queries reach its rows"
            yield Way(right.role, how, one, right.privilege, _revoke(right.role, there, right.privilege))


def _own_view(live: Live, view: LiveView, one: Field, rights: PairRights | None) -> bool:
    """Three kinds of view in a pair's own schema read with their owner's rights on purpose: views of groups, which show no
    row, views that show each column only on its rows, and views of a sealed role that is held to the pair's own row policies.
    A column that such a view only tests is not shown by it."""
    if rights is None or view.schema_name != rights.schema:
        return False
    bare = view.view.removeprefix(f"{rights.schema}.")
    if any(a.name == bare for a in rights.aggregates):
        return True
    granted = rights.tables.get(one.table)
    if granted is None or one.table.rpartition(".")[2] != bare:
        return False
    own = granted.barrier or (_is_sealed(live, view.owner) and _same_rows(live, one.table, view.owner, view.role))
    return own and (one.column not in view.shown or is_allowed(rights, one, READ))


def _same_rows(live: Live, table: str, owner: str, pair: str) -> bool:
    """Row security holds both roles to the same policies for every command that both may use."""
    mine, theirs = (
        {(p.command, p.permissive, p.using_expression, p.check_expression) for p in live.policies_of(table, role)}
        for role in (owner, pair)
    )
    return mine <= theirs and {p for p in theirs if p[0] in ("r", "*")} <= mine


def _by_routines(live: Live, by_role: Mapping[str, PairRights], wanted: frozenset[Field]) -> Iterator[Way]:
    through = shown_through(live)
    for routine in live.routines:
        text = whole_text(live, routine)
        for one in wanted:
            if speaks_of(text, one, through) and _owner_reaches(live, routine, one):
                for caller in _callers(routine.callers, routine.owner):
                    how = f"through the routine `{routine.name}`, which runs with its owner's rights"
                    yield Way(caller, how, one, READ, f"REVOKE EXECUTE ON FUNCTION {routine.name} FROM {caller}")


def _by_fired(live: Live, pairs: Mapping[str, PairRights], wanted: frozenset[Field]) -> Iterator[Way]:
    """What a trigger or a rule does with its owner's rights reaches whoever sets it off or reads what it left; a pair that may read
    the column on every row learns nothing by it."""
    through = shown_through(live)
    for routine in live.fired:
        text = whole_text(live, routine)
        for one in wanted:
            if speaks_of(text, one, through) and _owner_reaches(live, routine, one):
                for caller in _callers(routine.callers, routine.owner):
                    rights = pairs.get(caller)
                    if not is_allowed(rights, one, READ) or (rights and rights.tables[one.table].some_rows):
                        how = f"through {routine.said}, which acts with its owner's rights"
                        yield Way(caller, how, one, READ, _unfire(routine))


def _unfire(routine: LiveRoutine) -> str:
    if routine.fired_by.startswith("the rule"):
        return f"drop {routine.fired_by}"
    return f"ALTER FUNCTION {routine.name} SECURITY INVOKER"


def _by_mastery(live: Live, wanted: frozenset[Field]) -> Iterator[Way]:
    """Whoever owns what others run on a table can have it do what they may do."""
    for owner, routine, table in live.masters:
        how = f"as the owner of the routine `{routine}`, which runs there with the rights of others"
        yield from (Way(owner, how, one, READ, f"ALTER ROUTINE {routine} OWNER TO {live.tables[table].owner}")
                    for one in wanted if one.table == table)  # fmt: skip


def _owner_reaches(live: Live, routine: LiveRoutine, one: Field) -> bool:
    owner = live.roles.get(routine.owner)
    return owner is not None and (owner.superuser or (routine.owner, one.table, one.column, READ) in live.reach)


def opaque_routines(live: Live, store: StoreMap, fields: Iterable[Field], today: date) -> Judged:
    """Routines with their owner's rights that nobody can see through, where the owner reaches any of `fields`: `open`
    for callers that no custodian's declaration covers, `declared` for routines that are declared themselves."""
    declared = {c.routine: c for c in store.custodians if c.routine}
    known, away = {c.role for c in store.custodians}, shut_out(live)
    wanted, ways, excepts = sorted(fields), [], set()
    for routine in (*live.routines, *live.fired):
        callers = [c for c in _callers(routine.callers, routine.owner) if c not in known and c not in away]
        reached = next((one for one in wanted if _owner_reaches(live, routine, one)), None)
        why = why_opaque(live, routine) if callers and reached else ""
        custodian = declared.get(routine.name)
        if reached is None or not why:
            continue
        if custodian is not None and not _ended(custodian, today):
            excepts.add(f"routine `{routine.name}` ({custodian.holder}: {custodian.reason}) until {custodian.expires}")
            continue
        ended = f"; its declaration ended on {custodian.expires}" if custodian else ""
        how = f"{routine.said}, which runs with the rights of `{routine.owner}` and {why}{ended}"
        close = f"REVOKE EXECUTE ON ROUTINE {routine.name} FROM "
        ways += [Way(c, how, reached, READ, _unfire(routine) if routine.fired_by else close + c) for c in callers]
    return Judged(tuple(ways), tuple(sorted(excepts)))


def _callers(callers: list[str], owner: str) -> list[str]:
    return ["PUBLIC"] if "PUBLIC" in callers else [c for c in callers if c != owner]


def row_faults(live: Live, rights: PairRights, table: str) -> tuple[str, ...]:
    """What keeps the pair's row rules on `table` from being in force, as the catalogue has it."""
    found: list[str] = []
    live_table = live.tables.get(table)
    role = live.roles.get(rights.role)
    if live_table is None:
        return (f"{table} is not there",)
    if not live_table.row_security:
        found.append(f"row security is off on {table}")
    elif not [p for p in live.policies_of(table, rights.role) if p.permissive]:
        found.append(f"no row policy on {table} names the pair `{rights.pair}`, which therefore sees no row")
    if role is not None and (role.bypass_row_security or role.superuser):
        found.append(f"the role of the pair `{rights.pair}` goes round row security")
    return tuple(found)


def may_make_roles(live: Live, store: StoreMap) -> tuple[LiveRole, ...]:
    """Roles that may create roles and are no custodians: on PostgreSQL 15 such a role can take any other by itself."""
    return tuple(
        r
        for r in live.roles.values()
        if r.create_role and not r.superuser and r.can_login and r.can_connect and not _is_custodian(r.name, store)
    )


def statement_readers(live: Live, store: StoreMap) -> str:
    """Names of logins that see the texts of other sessions' statements and are no custodians; "" without any."""
    told = {"pg_read_all_stats", "pg_monitor"}
    names = [r.name for r in live.roles.values() if r.can_login and not r.superuser and live.groups_of(r.name) & told]
    found = sorted(name for name in names if not _is_custodian(name, store))
    return _name_roles(found) if found else ""


def _is_custodian(role: str, store: StoreMap) -> bool:
    return any(c.role == role for c in store.custodians)


def _ended(custodian: Custodian, today: date) -> bool:
    try:
        return date.fromisoformat(custodian.expires) < today
    except ValueError:
        return True
