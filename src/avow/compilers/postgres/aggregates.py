"""Views of groups and measures for permits of form aggregate, with small groups left out.

Promises: a group is shown only when it counts at least as many distinct subjects as the permit asks for; the pair reads
the view and never the rows behind it. Refuses a view over categories that no aggregate permit of the pair covers, and
counts only rows of the people whom the permit is about that hold none of its deny marks. A personal value of another table
that a group shows stands in a row of such a person, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from avow.compilers.formula import Formula, all_of, any_of, mark_absent, mark_present, negated, row_fact
from avow.compilers.plan import Gate
from avow.compilers.postgres.contracts import contract_condition
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, literal, table_ident
from avow.compilers.postgres.rendering import formula_sql
from avow.compilers.reach import Terms
from avow.datamap.holds import categories_of
from avow.datamap.model import Aggregate, Group, Pair, RecordKind, Table
from avow.policy.promise import Owed, Rule


@dataclass(frozen=True)
class Counted:
    """One view of groups of one pair: the permit that it stands on, the rows that it counts, and for each group whose column
    holds something personal of another table the rows there that it may show."""

    aggregate: Aggregate
    table: Table
    pair: Pair
    permit: Rule
    rows: Formula
    homes: Mapping[int, tuple[Table, Formula]]

    @property
    def formulas(self) -> list[tuple[Table, Formula]]:
        return [(self.table, self.rows), *self.homes.values()]


def find_counted(target: Target, terms: Terms) -> Iterator[Counted]:
    """One per pair and aggregate that a permit covers and that the store can keep; what it cannot keep becomes a gate."""
    for aggregate in target.store_map.aggregates:
        table = target.store_map.find_table(aggregate.table)
        if table is None or not _stands(target, aggregate, table):
            words = (
                f"the aggregate {aggregate.name} of the data map names a table or a column that the store does not have"
            )
            target.warnings.append(f"{words}: it is left out")
            continue
        for pair in target.store_map.pairs:
            permit = _permit(target, terms, aggregate, table, pair)
            if permit is not None:
                found = _counted(target, terms, aggregate, table, pair, permit)
                if _carried(target, found):
                    yield found


def marks_of(counted: Iterable[Counted]) -> set[str]:
    """What must be known of people, as `Target.bits` names it."""
    formulas = [formula for one in counted for _, formula in one.formulas]
    return {f"deny {m}" for f in formulas for m in f.absent} | {f"admit {m}" for f in formulas for m in f.present}


def masks_of(counted: Iterable[Counted]) -> dict[str, tuple[str, ...]]:
    """The tables whose rows must carry the state of their people -> the promises that need it."""
    found: dict[str, set[str]] = {}
    for one in counted:
        for table, formula in one.formulas:
            if formula.absent or formula.present:
                found.setdefault(table.name, set()).add(one.permit.promise)
    return {name: tuple(sorted(promises)) for name, promises in found.items()}


def aggregate_objects(target: Target, counted: Iterable[Counted]) -> Iterator[Wanted]:
    """A view each. While every login is only observed nothing keeps the state of people, and no view hangs on it."""
    for one in counted:
        if target.enforced or not marks_of([one]):
            yield _view(target, one)


def _stands(target: Target, aggregate: Aggregate, table: Table) -> bool:
    """Whether all that the aggregate names is there."""
    named = [(table.name, aggregate.subject), *((table.name, m.column) for m in aggregate.measures if m.column)]
    named += [(g.via[-1].to_table if g.via else table.name, g.column) for g in aggregate.groups]
    named += [(step.to_table, step.to_column) for g in aggregate.groups for step in g.via]
    found = {name: target.survey.relations.get(name) for name, _ in named}
    return all((relation := found[name]) is not None and column in relation.columns for name, column in named)


def _counted(target: Target, terms: Terms, aggregate: Aggregate, table: Table, pair: Pair, permit: Rule) -> Counted:
    homes = {}
    for number, group in enumerate(aggregate.groups, 1):
        home = target.store_map.find_table(group.via[-1].to_table) if group.via else None
        column = home.find_column(group.column) if home else None
        if home and column and categories_of(column):
            homes[number] = (home, _rows(terms, permit, home))
    return Counted(aggregate, table, pair, permit, _rows(terms, permit, table), homes)


def _carried(target: Target, one: Counted) -> bool:
    """Whether every table that must carry the state of its people can; where one cannot, a gate says so."""
    for table, formula in one.formulas:
        relation = target.survey.relations[table.name]
        if (formula.absent or formula.present) and not (
            table.owners and table in target.governed and relation.kind in ("r", "p")
        ):
            words = f"groups of {one.aggregate.name}: the state of a person on {table.name}, which cannot carry it"
            target.gates.append(Gate(one.permit.id, words, target.survey.target))
            return False
    return True


def _permit(target: Target, terms: Terms, aggregate: Aggregate, table: Table, pair: Pair) -> Rule | None:
    """The strictest aggregate permit that covers every category shown of some kind of row; None where there is none, or a
    prohibition stands."""
    categories = _categories(target, aggregate, table)
    uses = [r for r in target.version.rules if r.form == "aggregate" and r.kind == "permit" and _names(terms, r, pair)]
    covering = [
        rule
        for rule in uses
        if "read" in rule.do
        and all(_reaches(target.version.rules, terms, rule, category) for category in categories)
        and any(_is_of(terms, rule, record) for record in table.records)
    ]
    forbids = [r for r in target.version.rules if r.kind == "forbid" and _forbids(terms, r, pair, categories)]
    if not covering or not categories:
        return None
    permit = max(covering, key=lambda r: r.at_least)
    counted = _counted(target, terms, aggregate, table, pair, permit)
    records = [r for t, _ in counted.formulas for r in t.records if _is_of(terms, permit, r)]
    older = next(
        (o.version for o in target.version.owed if not _permitted_then(o, terms, permit, pair, categories, records)), ""
    )
    if older:
        words = (
            f"groups of {aggregate.name}: version {older} did not permit them, and groups mix old rows with new ones"
        )
        target.gates.append(Gate(permit.id, words, target.survey.target))
        return None
    if forbids or any(c.kind not in ("state_absent", "state_present", "row") for c in (*permit.when, *permit.unless)):
        target.gates.append(
            Gate(permit.id, f"groups of {aggregate.name}: a prohibition or condition applies", target.survey.target)
        )
        return None
    return permit


def _permitted_then(
    owed: Owed, terms: Terms, permit: Rule, pair: Pair, categories: set[str], records: Iterable[RecordKind]
) -> bool:
    """Whether an earlier version permitted groups as small of it, about all whom the permit counts, without a condition, and
    forbade nothing of it."""
    free = [r for r in owed.rules if r.kind == "permit" and not (r.when or r.unless) and _names(terms, r, pair)]
    permitted = any(
        "read" in r.do
        and (r.form == "rows" or r.at_least <= permit.at_least)
        and all(_reaches(owed.rules, terms, r, category) for category in categories)
        and all(_is_of(terms, r, record) for record in records)
        for r in free
    )
    return permitted and not any(r.kind == "forbid" and _forbids(terms, r, pair, categories) for r in owed.rules)


def _categories(target: Target, aggregate: Aggregate, table: Table) -> set[str]:
    """Of everything shown; of the table's own columns where only counts are."""
    shown: set[str] = set()
    for group in aggregate.groups:
        home = target.store_map.find_table(group.via[-1].to_table) if group.via else table
        column = home.find_column(group.column) if home else None
        shown |= categories_of(column) if column else set()
    for measure in aggregate.measures:
        column = table.find_column(measure.column) if measure.column else None
        shown |= categories_of(column) if column else set()
    return shown or {c for column in table.columns for c in categories_of(column)}


def _names(terms: Terms, rule: Rule, pair: Pair) -> bool:
    return _any(terms, rule.purposes, pair.purpose) and _any(terms, rule.recipients, pair.recipient)


def _reaches(version: Iterable[Rule], terms: Terms, permit: Rule, category: str) -> bool:
    """An `any.*` permit does not reach a category that another permit of the version names more narrowly."""
    if _any(terms, tuple(term for term in permit.data if term == category or not term.startswith("any.")), category):
        return True
    permits = (rule for rule in version if rule.kind == "permit")
    narrow = tuple(term for rule in permits for term in rule.data if not term.startswith("any."))
    return _any(terms, permit.data, category) and not _any(terms, narrow, category)


def _is_of(terms: Terms, permit: Rule, record: RecordKind) -> bool:
    """Whether everybody whom a kind of row may be about is among those whom the permit is about."""
    if not permit.subjects:
        return True
    return bool(record.subjects) and all(_any(terms, permit.subjects, subject) for subject in record.subjects)


def _kinds(terms: Terms, permit: Rule, table: Table) -> Formula:
    """Rows of some kind, and of no kind that may be about somebody else."""
    where = [
        (record, all_of(row_fact(name, [value]) for name, value in sorted(record.where.items())))
        for record in table.records
    ]
    others = [negated(rows) for record, rows in where if not _is_of(terms, permit, record)]
    return all_of([any_of(rows for _, rows in where), *others])


def _forbids(terms: Terms, rule: Rule, pair: Pair, categories: set[str]) -> bool:
    use = (not rule.purposes or _any(terms, rule.purposes, pair.purpose)) and (
        not rule.recipients or _any(terms, rule.recipients, pair.recipient)
    )
    return use and "read" in rule.do and any(not rule.data or _any(terms, rule.data, c) for c in categories)


def _any(terms: Terms, generals: tuple[str, ...], special: str) -> bool:
    return any(g == special or terms.covers(g, special) for g in generals)


def _rows(terms: Terms, permit: Rule, table: Table) -> Formula:
    parts = {"state_absent": mark_absent, "state_present": mark_present}
    known = [c for c in (*permit.when, *permit.unless) if c.kind in (*parts, "row")]
    told = {c: all_of(map(parts[c.kind], c.values)) if c.kind in parts else row_fact(c.name, c.values) for c in known}
    met, spared = [told[c] for c in permit.when if c in told], [negated(told[c]) for c in permit.unless if c in told]
    return all_of([*met, *spared, _kinds(terms, permit, table)])


def _view(target: Target, one: Counted) -> Wanted:
    aggregate, permit = one.aggregate, one.permit
    name, role = f"{target.schema(one.pair)}.{aggregate.name}", target.role(one.pair)
    view, names = table_ident(name), column_names(aggregate)
    joins, columns = [f"{_of_rows(target, one.table, one.rows, contract_condition(target, one.pair))} t"], []
    for number, group in enumerate(aggregate.groups, 1):
        columns.append(f"{_group(target, one, group, number, joins)} AS {ident(names[number - 1])}")
    columns += [
        f"{_measure(m.kind, m.column)} AS {ident(n)}"
        for m, n in zip(aggregate.measures, names[len(columns) :], strict=True)
    ]
    by = ", ".join(str(n) for n in range(1, len(aggregate.groups) + 1))
    having = f" HAVING count(DISTINCT t.{ident(aggregate.subject)}) >= {max(permit.at_least, 1)}"
    query = f"SELECT {', '.join(columns)} FROM {' '.join(joins)}{f' GROUP BY {by}' if by else ''}{having}"
    create = [
        f"DROP VIEW IF EXISTS {view}",
        f"CREATE VIEW {view} WITH (security_barrier=true) AS {query}",
        f"GRANT SELECT ON {view} TO {ident(role)}",
        f"COMMENT ON VIEW {view} IS {literal(f'groups of at least {permit.at_least}')}",
    ]
    says = f"show {one.pair} {aggregate.name} in groups of at least {permit.at_least}"
    return Wanted(
        f"view:{name}", "switch", ";\n".join(create), f"DROP VIEW IF EXISTS {view}", says, (permit.promise,), role=role
    )


def _of_rows(target: Target, table: Table, rows: Formula, closing: str = "") -> str:
    """The table's rows of the formula: the view reads with its owner's rights, so no row policy is asked."""
    told = "" if rows.always else formula_sql(rows, table, target.bits)
    where = " AND ".join(f"({one})" for one in (told, closing) if one)
    return f"(SELECT * FROM {table_ident(table.name)}{f' WHERE {where}' if where else ''})"


def _group(target: Target, one: Counted, group: Group, number: int, joins: list[str]) -> str:
    """What stands elsewhere in a row that the permit does not reach is shown as nothing."""
    at = "t"
    for index, step in enumerate(group.via):
        alias, read = f"g{number}_{index}", table_ident(step.to_table)
        if index == len(group.via) - 1 and number in one.homes:
            read = _of_rows(target, *one.homes[number])
        joins.append(f"LEFT JOIN {read} {alias} ON {alias}.{ident(step.to_column)} = {at}.{ident(step.column)}")
        at = alias
    return f"{at}.{ident(group.column)}"


def column_names(aggregate: Aggregate) -> list[str]:
    """The view's columns, groups first: each by its own name, or by the way to it where another one has that name."""
    wanted = [(g.column, f"{g.via[0].column}_{g.column}" if g.via else g.column) for g in aggregate.groups]
    wanted += [
        (name, name) for name in (m.kind if m.kind == "count" else f"{m.kind}_{m.column}" for m in aggregate.measures)
    ]
    plain = [name for name, _ in wanted]
    found: list[str] = []
    for name, longer in wanted:
        chosen = name if plain.count(name) == 1 else longer
        found.append(chosen if chosen not in found else f"{chosen}_{len(found) + 1}")
    return found


def _measure(kind: str, column: str) -> str:
    if kind == "count":
        return "count(*)"
    return f"{kind}(t.{ident(column)})"
