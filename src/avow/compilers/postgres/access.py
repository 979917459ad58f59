"""Rights as PostgreSQL objects: column grants, row policies and the views of a pair's schema.

Promises: a column is granted only where all its categories are permitted; a column that the map does not know is never
granted; where columns of one table are permitted on different rows, one barrier view shows each of them only there; a pair that
only reads changes nothing, a column that holds nothing personal (a source, a clock, a key of a case) included.
A pair's other views belong to a role that nobody can take: it may read whole tables, under the pair's own row policies, so that
a statement is checked once for the view instead of once for each column; the view's columns are the pair's.
Refuses writes through such a view (a named gate), and pairs whose writable columns share no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from avow.compilers.formula import Formula
from avow.compilers.plan import Gate
from avow.compilers.postgres.contracts import contract_condition
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, names, table_ident
from avow.compilers.postgres.rendering import formula_sql
from avow.compilers.postgres.survey import Relation
from avow.compilers.reach import Right
from avow.datamap.holds import categories_of
from avow.datamap.model import Table
from avow.errors import CompileRefused, Diagnostic


@dataclass(frozen=True)
class Access:
    """One right on one live relation. `shown` are the view's columns in the table's order; `granted` is
    {privilege: columns} on the table itself; `barrier` tells that only the view may read."""

    right: Right
    table: Table
    relation: Relation
    role: str
    view_role: str
    schema: str
    shown: tuple[str, ...]
    granted: dict[str, tuple[str, ...]]
    barrier: bool

    @property
    def by_view_role(self) -> bool:
        """The view reads with the rights of the role that owns it: only where row policies hold that role, too."""
        return self.has_rows and not self.barrier and bool(self.shown)

    @property
    def viewed(self) -> dict[str, tuple[str, ...]]:
        """{privilege: columns} as far as the view shows them."""
        shown = set(self.shown)
        kept = {p: tuple(c for c in columns if c in shown) for p, columns in self.granted.items()}
        return {p: columns for p, columns in kept.items() if columns or p == "DELETE"}

    @property
    def has_rows(self) -> bool:
        """Row policies can carry the right: an ordinary table, read directly."""
        return self.relation.kind in ("r", "p")

    @property
    def view(self) -> str:
        return f"{self.schema}.{self.table.name.split('.', 1)[1]}"

    @property
    def changed_rows(self) -> Formula:
        """The rows that may be changed: those of which every writable column may be written; where nothing is, those read."""
        return self.right.written if self.right.write else self.right.rows


def accesses(target: Target) -> list[Access]:
    """Every right of the matrix on its live relation. Raises CompileRefused with every table that is missing, or with every
    one that a firm could read after its contract."""
    missing = [t for t in target.governed if t.name not in target.survey.relations]
    if missing:
        raise CompileRefused([_missing(table, target) for table in missing])
    found = [
        _access(target, table, right)
        for table in target.governed
        for right in sorted(target.matrix.of_table(table.name), key=lambda r: str(r.pair))
    ]
    refused = [_unclosed(a, target) for a in found if a is not None and _stays_open(target, a)]
    if refused:
        raise CompileRefused(refused)
    return [access for access in found if access is not None]


def access_objects(target: Target, found: list[Access]) -> Iterator[Wanted]:
    """Grants, views, policies and row security for the accesses."""
    secured = secured_tables(target, found)
    for access in found:
        if access.granted:
            yield _grant(access)
        if access.by_view_role:
            yield _view_role_grant(access)
        if access.shown and not (access.barrier and not target.enforced):
            yield _view(target, access)
        if access.table.name in secured and access.granted:
            yield from _policies(target, access)
    for name in sorted(secured):
        yield from _secured(target, name, found)


def secured_tables(target: Target, found: list[Access]) -> set[str]:
    """Tables where some pair does not reach every row, so that row security is needed."""
    if not target.enforced:
        return set()
    return {
        a.table.name
        for a in found
        if a.has_rows
        and a.granted
        and (contract_condition(target, a.right.pair) or not (a.right.rows.always and a.changed_rows.always))
    }


def expected_grant(granted: Mapping[str, tuple[str, ...]]) -> str:
    """The grant as the catalogue spells it."""
    words = [f"{p}:{column}" for p, columns in granted.items() for column in columns]
    return " ".join(sorted(words + [p for p, columns in granted.items() if not columns]))


def _stays_open(target: Target, access: Access) -> bool:
    """A firm's contract ends by a row policy or within a view of ours: what is no table and is read directly has neither."""
    direct = bool(access.granted) and not access.has_rows
    return bool(target.enforced) and direct and contract_condition(target, access.right.pair) != ""


def _unclosed(access: Access, target: Target) -> Diagnostic:
    kinds = {"v": "view", "m": "materialised view", "f": "foreign table"}
    name, kind = access.table.name, kinds.get(access.relation.kind, "relation that is no table")
    return Diagnostic(
        access.table.place, "compile.contract-not-enforceable",
        f"`{access.right.pair}` reads the {kind} `{name}`, which would stay open to a firm after its contract ends",
        f"map the tables behind `{name}` for this firm, or take its data out of the firm's rules",
        f"{target.survey.target} has no row policies on a {kind}: nothing is planned",
    )  # fmt: skip


def _missing(table: Table, target: Target) -> Diagnostic:
    return Diagnostic(
        table.place, "compile.table-missing",
        f"the data map names the table `{table.name}`, which `{target.store_map.name}` does not have",
        "correct `datamap.yaml`, or create the table first",
        "nothing is planned for this store until the map fits it",
    )  # fmt: skip


def _access(target: Target, table: Table, right: Right) -> Access | None:
    relation = target.survey.relations[table.name]
    live = [c for c in relation.columns if table.find_column(c) is not None]
    free = {c.name for c in table.columns if not categories_of(c)}
    right = _reachable(target, table, relation, right)
    shown = tuple(c for c in live if right.read and (c in right.read or c in free))
    ordinary = relation.kind in ("r", "p") or right.rows.always
    barrier = bool(right.read) and not (right.rectangular and ordinary)
    writes = tuple(c for c in live if c in right.write or c in free)
    granted: dict[str, tuple[str, ...]] = {}
    if right.read and not barrier:
        granted["SELECT"] = shown
    if right.write and not barrier:
        granted |= {"UPDATE": writes} if right.read else {}
        granted["INSERT"] = writes
        granted |= {"DELETE": ()} if right.read else {}
    if right.write and barrier:
        target.gates.append(
            Gate(
                right.promises[0],
                f"writes of {right.pair} on {table.name}, where columns have different rows",
                target.survey.target,
            )
        )
    granted = {p: columns for p, columns in granted.items() if columns or p == "DELETE"}
    roles = target.role(right.pair), target.view_role(right.pair)
    return Access(right, table, relation, *roles, target.schema(right.pair), shown, granted, barrier)


def _reachable(target: Target, table: Table, relation: Relation, right: Right) -> Right:
    """The right on columns that are live; marks only where the relation can carry a mask. Refuses writes that share no row."""
    read = {c: f for c, f in right.read.items() if c in relation.columns and _carries(relation, f)}
    write = {c: f for c, f in right.write.items() if c in relation.columns and _carries(relation, f)}
    if len(read) + len(write) < sum(c in relation.columns for c in (*right.read, *right.write)):
        target.gates.append(
            Gate(right.promises[0], f"state of a person on {table.name}, which is no table", target.survey.target)
        )
    kept = Right(right.pair, right.table, read, write, right.why)
    if write and kept.written.never:
        raise CompileRefused(
            Diagnostic(
                table.place,
                "compile.not-rectangular",
                f"`{right.pair}` may write {len(write)} columns of `{table.name}`, but no row on which it may write all of them",
                "give the record kinds tables of their own, or permit one purpose the write for one record kind only",
                f"{target.survey.target} cannot enforce the writes of this pair: nothing is planned",
            )
        )
    return kept


def _carries(relation: Relation, formula: Formula) -> bool:
    return relation.kind in ("r", "p") or not (formula.absent or formula.present)


def _grant(access: Access) -> Wanted:
    says = f"let {access.right.pair} use {len(access.shown)} of {len(access.relation.columns)} columns of {access.table.name}"
    return _grant_to(access, access.role, access.granted, says)


def _view_role_grant(access: Access) -> Wanted:
    """Reading is granted on the whole table, or each statement would be checked column by column; writing by column."""
    says = f"let the views of {access.right.pair} read {access.table.name}"
    return _grant_to(access, access.view_role, {**access.viewed, "SELECT": ()}, says)


def _grant_to(access: Access, name: str, granted: Mapping[str, tuple[str, ...]], says: str) -> Wanted:
    table, role = table_ident(access.table.name), ident(name)
    undo = f"REVOKE ALL ON {table} FROM {role}"
    return Wanted(
        f"grant:{access.table.name}:{name}", "switch", ";\n".join([undo, *_grants(granted, table, role)]), undo,
        says, access.right.promises, "none", access.table.name, name, access.relation.rows, expect=expected_grant(granted),
    )  # fmt: skip


def _grants(granted: Mapping[str, tuple[str, ...]], on: str, role: str) -> list[str]:
    return [
        f"GRANT {privilege}{f' ({names(columns)})' if columns else ''} ON {on} TO {role}"
        for privilege, columns in sorted(granted.items())
    ]


def _view(target: Target, access: Access) -> Wanted:
    view, role = table_ident(access.view), ident(access.role)
    options = "" if access.by_view_role else f" WITH (security_{'barrier' if access.barrier else 'invoker'}=true)"
    made = [f"DROP VIEW IF EXISTS {view}", f"CREATE VIEW {view}{options} AS {_select(target, access)}"]
    if access.by_view_role:
        # The whole view where all its columns are meant: one check instead of one for each column.
        granted = {p: () if columns == access.shown else columns for p, columns in access.viewed.items()}
        made += [*_grants(granted, view, role), *_handed_over(access)]
    else:
        made.append(f"GRANT SELECT{'' if access.barrier else ', INSERT, UPDATE, DELETE'} ON {view} TO {role}")
    create = ";\n".join(made)
    says = f"show {access.right.pair} its columns of {access.table.name}"
    return Wanted(
        f"view:{access.view}", "switch", create, f"DROP VIEW IF EXISTS {view}",
        f"{says}, each only on the rows where it is permitted" if access.barrier else says,
        access.right.promises, role=access.role, rows=access.relation.rows,
    )  # fmt: skip


def _handed_over(access: Access) -> list[str]:
    """The view gets its owner, who needs the right to make views in the schema for that one moment."""
    view, owner, schema = table_ident(access.view), ident(access.view_role), ident(access.schema)
    return [
        f"GRANT {owner} TO CURRENT_USER",
        f"GRANT CREATE ON SCHEMA {schema} TO {owner}",
        f"ALTER VIEW {view} OWNER TO {owner}",
        f"REVOKE CREATE ON SCHEMA {schema} FROM {owner}",
        f"REVOKE {owner} FROM CURRENT_USER",
    ]


def _select(target: Target, access: Access) -> str:
    source = f"FROM {table_ident(access.table.name)}"
    if not access.barrier:
        return f"SELECT {names(access.shown)} {source}"
    rows = access.right.rows
    shown = [_guarded(target, access, column, rows) for column in access.shown]
    where = _rows_sql(target, access, rows)
    if closing := contract_condition(target, access.right.pair):
        where = (
            f"({where}) AND {closing}"  # row policies are not asked for the owner, with whose rights this view reads
        )
    return f"SELECT {', '.join(shown)} {source} WHERE {where}"


def _guarded(target: Target, access: Access, column: str, rows: Formula) -> str:
    formula = access.right.read.get(column, rows)
    if formula == rows:
        return ident(column)
    return f"CASE WHEN {_rows_sql(target, access, formula)} THEN {ident(column)} END AS {ident(column)}"


def _rows_sql(target: Target, access: Access, formula: Formula) -> str:
    return formula_sql(formula, access.table, target.bits, target.store_map)


def _policies(target: Target, access: Access) -> Iterator[Wanted]:
    rows, changed = access.right.rows, access.changed_rows
    clauses = {
        "SELECT": ("USING", rows),
        "UPDATE": ("USING", changed),
        "INSERT": ("WITH CHECK", access.right.written),
        "DELETE": ("USING", changed),
    }
    for command, (clause, formula) in clauses.items():
        if command in access.granted:
            yield _policy(target, access, command, f"{clause} ({_rows_sql(target, access, formula)})")
    if closing := contract_condition(target, access.right.pair):
        both = [access.role, access.view_role] if access.by_view_role else [access.role]  # the view reads as its owner
        yield policy(
            access.table.name, f"{access.schema}_contract",
            f"AS RESTRICTIVE TO {', '.join(map(ident, both))} USING ({closing})",
            f"close {access.table.name} for firms outside whose contract has ended", access.right.promises, access.role,
        )  # fmt: skip


def _policy(target: Target, access: Access, command: str, condition: str) -> Wanted:
    name = f"{access.schema}_{command.lower()}"
    roles = (
        [access.role, access.view_role]
        if access.by_view_role and command in {**access.viewed, "SELECT": ()}
        else [access.role]
    )
    return policy(
        access.table.name, name, f"FOR {command} TO {', '.join(map(ident, roles))} {condition}",
        f"keep {access.right.pair} to its rows of {access.table.name} ({command.lower()})", access.right.promises, access.role,
    )  # fmt: skip


def policy(table: str, name: str, clauses: str, says: str, why: tuple[str, ...], role: str = "") -> Wanted:
    """One row policy, made anew where it exists."""
    drop = f"DROP POLICY IF EXISTS {ident(name)} ON {table_ident(table)}"
    create = f"{drop};\nCREATE POLICY {ident(name)} ON {table_ident(table)} {clauses}"
    return Wanted(f"policy:{table}:{name}", "switch", create, drop, says, why, "access exclusive", table, role)


def _secured(target: Target, name: str, found: list[Access]) -> Iterator[Wanted]:
    relation = target.survey.relations[name]
    why = tuple(sorted({p for a in found if a.table.name == name for p in a.right.promises}))
    others = _others(target, relation)
    if others:
        to = ", ".join(map(ident, others))
        yield policy(
            name,
            "avow_others",
            f"TO {to} USING (true) WITH CHECK (true)",
            f"leave {len(others)} roles that are not enforced yet as they are on {name}",
            why,
        )
    if target.store_map.duty in target.survey.roles:
        says = f"let the duties see and erase every row of {name}"
        yield policy(name, "avow_duty", f"TO {ident(target.store_map.duty)} USING (true) WITH CHECK (true)", says, why)
    on, off = (
        f"ALTER TABLE {table_ident(name)} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table_ident(name)} DISABLE ROW LEVEL SECURITY",
    )
    recorded = target.survey.recorded.get(f"rls:{name}")
    undo = recorded.undo if recorded else "" if relation.row_security else off
    yield Wanted(
        f"rls:{name}",
        "switch",
        on,
        undo,
        f"turn row security on for {name}",
        why,
        "access exclusive",
        name,
        rows=relation.rows,
        expect="true",
    )
    if relation.open_policies:
        target.warnings.append(
            f"{name} has row policies of its own for every role ({', '.join(relation.open_policies)}): they widen what a pair sees"
        )


def _others(target: Target, relation: Relation) -> list[str]:
    """Roles with a grant of their own that are neither the owner nor enforced nor ours."""
    ours = {
        *target.login_names,
        relation.owner,
        "public",
        target.store_map.duty,
        *(target.role(p) for p in target.numbers),
    }
    found = {g.grantee for g in target.survey.grants if g.object == relation.name and g.kind in ("table", "column")}
    return sorted(
        role
        for role in found - ours
        if role in target.survey.roles and not role.startswith(f"av_{target.survey.install}_")
    )
