"""Where rows come from, what a row must state, and what a JSON column may hold: closed lists kept by constraints.

Promises: a new row whose source is not on the list is refused; rows from before Avow keep the handling 0 ("source not
known") and stay usable; constraints are NOT VALID, so nothing old is judged or locked for long. Refuses to guess a source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from avow.compilers.formula import all_of, row_fact
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, literal, load_sql, role_list, table_ident
from avow.compilers.postgres.rendering import formula_sql
from avow.compilers.reach import Terms
from avow.datamap.holds import categories_of
from avow.datamap.model import Column, Table
from avow.policy.promise import Rule

SAID_BY_SESSION = "NULLIF(current_setting('avow.handling', true), '')"


def provenance_objects(target: Target, terms: Terms) -> Iterator[Wanted]:
    """Handlings, source columns and closed lists for every governed table that a requirement reaches."""
    if not target.enforced:
        return
    yield from _handlings(target)
    for table in target.governed:
        relation = target.survey.relations[table.name]
        if relation.kind in ("r", "p"):
            yield from _sources(target, table, terms)
            yield from _fields(target, table, terms)
            yield from _places(target, table, terms)
            inventories = _about(target.version.rules, "require.inventory", table, terms)
            if inventories:
                yield from _json_lists(table, relation.types, relation.columns, _promises(inventories))


def handling_numbers(target: Target, recorded: dict[str, int]) -> dict[str, int]:
    """Every source term in use -> its handling id; recorded ids stay, 0 is "not known"."""
    wanted = {t.source.always for t in target.governed if t.source} | {x.source for x in target.store_map.logins}
    wanted |= {source for rule in target.version.rules if rule.kind == "require.source" for source in rule.sources}
    numbers = dict(recorded)
    for source in sorted(wanted - {""}):
        numbers.setdefault(source, max(numbers.values(), default=0) + 1)
    return numbers


def _handlings(target: Target) -> Iterator[Wanted]:
    numbers = target.handlings
    if not numbers:
        return
    rows = [f"(0, '', {literal('collected before Avow, source not known')})"]
    rows += [
        f"({number}, {literal(source)}, '')" for source, number in sorted(numbers.items(), key=lambda item: item[1])
    ]
    create = f"INSERT INTO avow.handling (id, source, ground) VALUES {', '.join(rows)} ON CONFLICT DO NOTHING"
    yield Wanted("bit:handlings", "prepare", create, "", f"number the {len(numbers)} sources that rows may come from")
    readers = {
        *(target.role(p) for p in target.numbers),
        *(x.name for x in target.store_map.logins if x.name in target.survey.roles),
    }
    yield Wanted(
        "function:avow.refuse_unknown_source",
        "prepare",
        load_sql("source"),
        "",
        "let sessions say where their rows come from",
    )
    if readers:
        grant = f"GRANT EXECUTE ON FUNCTION avow.set_source(text) TO {role_list(sorted(readers))}"
        yield Wanted("member:avow.source", "switch", grant, "", "let the pairs say where their rows come from")


def _about(rules: Sequence[Rule], kind: str, table: Table, terms: Terms) -> list[Rule]:
    """Rules of a kind whose data and subjects the table holds; `any.*` gives way to a narrower rule of the same kind."""
    categories = {c for column in table.columns for c in categories_of(column)}
    subjects = {s for record in table.records for s in record.subjects}
    found = []
    for rule in (r for r in rules if r.kind == kind):
        reached = {c for c in categories if not rule.data or _any(terms, rule.data, c)}
        whose = not rule.subjects or any(_any(terms, rule.subjects, s) for s in subjects)
        if reached and whose:
            found.append(rule)
    narrow = [r for r in found if any(not d.startswith("any.") for d in r.data)]
    return narrow or found


def _any(terms: Terms, generals: Sequence[str], special: str) -> bool:
    return any(g == special or terms.covers(g, special) for g in generals)


def _promises(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(sorted({rule.promise for rule in rules}))


def _sources(target: Target, table: Table, terms: Terms) -> Iterator[Wanted]:
    rules = _about(target.version.rules, "require.source", table, terms)
    if not rules or table.source is None:
        return
    allowed = {s for s in _stated(target, table) if all(_any(terms, rule.sources, s) for rule in rules)}
    if not allowed:
        target.warnings.append(f"no source of {table.name} is one that its promises name: nothing is checked there")
    elif table.source.column:
        yield _listed_column(table, sorted(allowed), rules)
    else:
        yield from _handled(target, table, sorted(allowed), rules)


def _stated(target: Target, table: Table) -> set[str]:
    """The source terms that rows of the table may state."""
    if table.source is None:
        return set()
    if table.source.column:
        return set(table.source.values.values())
    return {table.source.always} if table.source.always else set(target.handlings)


def _listed_column(table: Table, allowed: list[str], rules: Sequence[Rule]) -> Wanted:
    assert table.source is not None
    column = ident(table.source.column)
    values = ", ".join(literal(value) for value, term in sorted(table.source.values.items()) if term in allowed)
    says = f"a row of {table.name} states one of {len(allowed)} sources"
    return check(table, "source", f"{column} IS NOT NULL AND {column} IN ({values})", says, _promises(rules))


def _handled(target: Target, table: Table, allowed: list[str], rules: Sequence[Rule]) -> Iterator[Wanted]:
    assert table.source is not None
    name, numbers, why = table_ident(table.name), target.handlings, _promises(rules)
    first = numbers[table.source.always] if table.source.always else 0
    create = f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS avow_handling int NOT NULL DEFAULT {first}"
    if not table.source.always:
        create += f";\nALTER TABLE {name} ALTER COLUMN avow_handling SET DEFAULT {_default_source(target)}"
    yield Wanted(
        f"column:{table.name}:avow_handling", "switch", create, f"ALTER TABLE {name} DROP COLUMN IF EXISTS avow_handling",
        f"append to {table.name} where each row comes from", why, "access exclusive", table.name,
        rows=target.survey.relations[table.name].rows,
    )  # fmt: skip
    ids = sorted({first, *(numbers[source] for source in allowed)})
    listed = ", ".join(map(str, ids))
    yield check(
        table,
        "source",
        f"avow_handling = ANY (ARRAY[{listed}])",
        f"a row of {table.name} comes from a listed source",
        why,
    )
    if not table.source.always:
        create = (
            f"CREATE OR REPLACE TRIGGER zz_avow_source BEFORE INSERT ON {name} FOR EACH ROW"
            " WHEN (NEW.avow_handling = 0) EXECUTE FUNCTION avow.refuse_unknown_source()"
        )
        yield Wanted(
            f"trigger:{table.name}:zz_avow_source", "switch", create, f"DROP TRIGGER IF EXISTS zz_avow_source ON {name}",
            f"a new row of {table.name} without a source is refused", why, "access exclusive", table.name,
        )  # fmt: skip


def _default_source(target: Target) -> str:
    """What the session says, else the source that the map gives its login, else 0.

    The login's own source stands in the expression: since PostgreSQL 15 only a superuser may give a role a setting of
    our own (`ALTER ROLE ... SET avow.handling`), and an apply must not need one."""
    known = sorted(
        (x.name, target.handlings[x.source]) for x in target.store_map.logins if x.source in target.handlings
    )
    logins = " ".join(f"WHEN {literal(name)} THEN '{number}'" for name, number in known)
    otherwise = f"CASE session_user {logins} ELSE '0' END" if known else "'0'"
    return f"COALESCE({SAID_BY_SESSION}, {otherwise})::int"


def _fields(target: Target, table: Table, terms: Terms) -> Iterator[Wanted]:
    for rule in _about(target.version.rules, "require.field", table, terms):
        attribute = table.find_attribute(str(rule.detail.get("attribute", "")))
        facts = [c for c in rule.when if c.kind == "row" and table.find_attribute(c.name)]
        if attribute is None or len(facts) < len(rule.when):
            continue
        formula = all_of(row_fact(c.name, c.values) for c in facts)
        column = ident(attribute.column)
        condition = f"({formula_sql(formula, table, target.bits)}) IS NOT TRUE OR ({column} IS NOT NULL AND {column}::text <> '')"
        yield check(
            table,
            f"field_{attribute.name}",
            condition,
            f"a row of {table.name} states its {attribute.name}",
            (rule.promise,),
        )


def _places(target: Target, table: Table, terms: Terms) -> Iterator[Wanted]:
    attribute = table.find_attribute("place")
    rules = _about(target.version.rules, "require.place", table, terms)
    if attribute is None or not rules:
        return
    stored = [
        attribute.values.get(word, word)
        for word in attribute.values or sorted({p for rule in rules for p in rule.places})
        if all(_any(terms, rule.places, word) for rule in rules)
    ]
    if stored:
        values = ", ".join(map(literal, stored))
        says = f"a row of {table.name} lies in an allowed place"
        yield check(table, "place", f"{ident(attribute.column)} IN ({values})", says, _promises(rules))


def _json_lists(table: Table, types: Sequence[str], columns: Sequence[str], why: tuple[str, ...]) -> Iterator[Wanted]:
    kinds = dict(zip(columns, types, strict=True))
    for column in table.columns:
        if column.keys and kinds.get(column.name) in ("json", "jsonb"):
            yield _json_list(table, column, why)


def _json_list(table: Table, column: Column, why: tuple[str, ...]) -> Wanted:
    says = f"{table.name}.{column.name} holds only the {len(column.keys)} mapped keys"
    condition = closed_keys(f"{ident(column.name)}::jsonb", column.keys)
    return check(table, f"keys_{column.name}", f"{ident(column.name)} IS NULL OR ({condition})", says, why)


def closed_keys(value: str, keys: Iterable[str]) -> str:
    """The condition under which a jsonb is an object of these keys and no others, at every depth: `a.b` is the key b of the object
    (or of the objects in the list) under a, and what is listed without keys of its own holds no object."""
    children: dict[tuple[str, ...], set[str]] = {}
    listed = {tuple(key.split(".")) for key in keys}
    for path in listed:
        for depth in range(len(path)):
            children.setdefault(path[:depth], set()).add(path[depth])
    names = ", ".join(map(literal, sorted(children.get((), ()))))
    conditions = [f"jsonb_typeof({value}) = 'object'", f"{value} - ARRAY[{names}]::text[] = '{{}}'::jsonb"]
    for path in sorted(listed | children.keys() - {()}):
        conditions += [f"NOT jsonb_path_exists({value}, {literal(one)})" for one in _strays(path, listed, children)]
    return " AND ".join(conditions)


def _strays(
    path: tuple[str, ...], listed: set[tuple[str, ...]], children: dict[tuple[str, ...], set[str]]
) -> Iterator[str]:
    """JSON paths that lead to what must not be there."""
    at = "$" + "".join(f".{json.dumps(name)}[*]" for name in path)
    if path not in children:
        yield f'{at} ? (@.type() == "object")'
        return
    others = " && ".join(f"@.key != {json.dumps(name)}" for name in sorted(children[path]))
    yield f'{at} ? (@.type() == "object").keyvalue() ? ({others})'
    if path not in listed:
        yield f'{at} ? (@.type() != "object" && @.type() != "null")'


def check(table: Table, name: str, condition: str, says: str, why: tuple[str, ...]) -> Wanted:
    """One constraint on new and changed rows; what stands already is not judged."""
    constraint, target = ident(f"avow_{name}"), table_ident(table.name)
    drop = f"ALTER TABLE {target} DROP CONSTRAINT IF EXISTS {constraint}"
    create = f"{drop};\nALTER TABLE {target} ADD CONSTRAINT {constraint} CHECK ({condition}) NOT VALID"
    return Wanted(f"check:{table.name}:avow_{name}", "switch", create, drop, says, why, "access exclusive", table.name)
