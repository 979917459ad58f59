"""Views of groups and measures for permits of form aggregate, with small groups left out.

Promises: a group is shown only when it counts at least as many distinct subjects as the permit asks for; the pair reads
the view and never the rows behind it. Refuses a view over categories that no aggregate permit of the pair covers, and
counts only rows of the people whom the permit is about that hold none of its deny marks.
"""

from __future__ import annotations

from collections.abc import Iterator

from avow.compilers.formula import NEVER, Formula, all_of, any_of, mark_absent, mark_present, negated, row_fact
from avow.compilers.plan import Gate
from avow.compilers.postgres.contracts import contract_condition
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, literal, table_ident
from avow.compilers.postgres.rendering import formula_sql
from avow.compilers.reach import Terms
from avow.datamap.holds import categories_of
from avow.datamap.model import Aggregate, Group, Pair, RecordKind, Table
from avow.policy.promise import Owed, Rule


def aggregate_objects(target: Target, terms: Terms) -> Iterator[Wanted]:
    """One view per pair and aggregate that a permit covers."""
    for aggregate in target.store_map.aggregates:
        table = target.store_map.find_table(aggregate.table)
        if table is None or table.name not in target.survey.relations:
            continue
        for pair in target.store_map.pairs:
            permit = _permit(target, terms, aggregate, table, pair)
            if permit is not None:
                yield _view(target, terms, aggregate, table, pair, permit)


def _permit(target: Target, terms: Terms, aggregate: Aggregate, table: Table, pair: Pair) -> Rule | None:
    """The strictest aggregate permit that covers every category shown of some kind of row; None where there is none, or a
    prohibition stands."""
    categories = _categories(target, aggregate, table)
    uses = [r for r in target.version.rules if r.form == "aggregate" and r.kind == "permit" and _names(terms, r, pair)]
    covering = [
        rule
        for rule in uses
        if "read" in rule.do
        and all(_reaches(target, terms, rule, category) for category in categories)
        and any(_is_of(terms, rule, record) for record in table.records)
    ]
    forbids = [r for r in target.version.rules if r.kind == "forbid" and _forbids(terms, r, pair, categories)]
    if not covering or not categories:
        return None
    permit = max(covering, key=lambda r: r.at_least)
    older = next((o.version for o in target.version.owed if not _permitted_then(o, terms, pair, categories)), "")
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


def _permitted_then(owed: Owed, terms: Terms, pair: Pair, categories: set[str]) -> bool:
    """Whether an earlier version permitted groups of it without a condition, and forbade nothing of it."""
    free = [r for r in owed.rules if r.kind == "permit" and not (r.when or r.unless) and _names(terms, r, pair)]
    permitted = any("read" in r.do and all(_any(terms, r.data, c) for c in categories) for r in free)
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


def _reaches(target: Target, terms: Terms, permit: Rule, category: str) -> bool:
    """An `any.*` permit does not reach a category that another permit of the version names more narrowly."""
    if _any(terms, tuple(term for term in permit.data if term == category or not term.startswith("any.")), category):
        return True
    permits = (rule for rule in target.version.rules if rule.kind == "permit")
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


def _rows(target: Target, terms: Terms, permit: Rule, table: Table) -> Formula:
    parts = {"state_absent": mark_absent, "state_present": mark_present}
    met = [all_of(map(parts[c.kind], c.values)) if c.kind in parts else row_fact(c.name, c.values) for c in permit.when]
    spared = [
        negated(all_of(map(parts[c.kind], c.values)) if c.kind in parts else row_fact(c.name, c.values))
        for c in permit.unless
    ]
    formula = all_of([*met, *spared, _kinds(terms, permit, table)])
    known = {f"deny {m}" for m in formula.absent} | {f"admit {m}" for m in formula.present}
    return formula if known <= set(target.bits) else NEVER


def _view(target: Target, terms: Terms, aggregate: Aggregate, table: Table, pair: Pair, permit: Rule) -> Wanted:
    name, role = f"{target.schema(pair)}.{aggregate.name}", target.role(pair)
    view, rows = table_ident(name), _rows(target, terms, permit, table)
    closing = contract_condition(target, pair)  # the view reads with its owner's rights: no row policy is asked
    told = "" if rows.always else formula_sql(rows, table, target.bits)
    where = " WHERE " + " AND ".join(f"({one})" for one in (told, closing) if one) if told or closing else ""
    joins, groups = [f"(SELECT * FROM {table_ident(table.name)}{where}) t"], []
    for number, group in enumerate(aggregate.groups, 1):
        groups.append(_group(group, number, joins))
    measures = [_measure(kind.kind, kind.column) for kind in aggregate.measures]
    by = f" GROUP BY {', '.join(str(n) for n in range(1, len(groups) + 1))}" if groups else ""
    having = f" HAVING count(DISTINCT t.{ident(aggregate.subject)}) >= {max(permit.at_least, 1)}"
    query = f"SELECT {', '.join([*groups, *measures])} FROM {' '.join(joins)}{by}{having}"
    create = [
        f"DROP VIEW IF EXISTS {view}",
        f"CREATE VIEW {view} WITH (security_barrier=true) AS {query}",
        f"GRANT SELECT ON {view} TO {ident(role)}",
        f"COMMENT ON VIEW {view} IS {literal(f'groups of at least {permit.at_least}')}",
    ]
    says = f"show {pair} {aggregate.name} in groups of at least {permit.at_least}"
    return Wanted(
        f"view:{name}", "switch", ";\n".join(create), f"DROP VIEW IF EXISTS {view}", says, (permit.promise,), role=role
    )


def _group(group: Group, number: int, joins: list[str]) -> str:
    at = "t"
    for index, step in enumerate(group.via):
        alias = f"g{number}_{index}"
        joins.append(
            f"LEFT JOIN {table_ident(step.to_table)} {alias} ON {alias}.{ident(step.to_column)} = {at}.{ident(step.column)}"
        )
        at = alias
    return f"{at}.{ident(group.column)}"


def _measure(kind: str, column: str) -> str:
    if kind == "count":
        return "count(*) AS count"
    return f"{kind}(t.{ident(column)}) AS {ident(f'{kind}_{column}')}"
