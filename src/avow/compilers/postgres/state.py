"""A person's state in the row: the mask column, what keeps it true, and what makes it cheap.

Promises: a new row carries the mask of its owners from its first moment, one whose owner changes from the end of that
statement (a pair that would lose sight of it is refused); a change of choice rewrites that person's rows in its own transaction
and waits for inserts under way; a row of several people carries the OR of their denies and the AND of their admits.
Refuses masks from callers: what an insert supplies is overwritten. No trigger before an update: it would lock every row twice.
A transaction that reads from an older snapshot (repeatable read) sees the state of its snapshot: `avow.refresh()` mends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from avow.compilers.formula import all_of
from avow.compilers.postgres.access import Access
from avow.compilers.postgres.identifiers import identifying, lists
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import digest, ident, literal, load_sql, table_ident
from avow.compilers.postgres.rendering import formula_sql, mask_expressions
from avow.compilers.postgres.survey import Relation
from avow.datamap.model import OwnerPath, Table

# Without a path of its own (setting one costs as much as the rest): everything in the body names its schema, operators too.
QUALIFIED = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $body$"
DEFINER = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$"
NOT_AGAIN = "keep the state of people in the rows that are about them"


@dataclass(frozen=True)
class Masked:
    """One table whose rows carry the mask; `why` are the promises that need it."""

    table: Table
    relation: Relation
    why: tuple[str, ...]
    deny: int = 0  # the bits that hide a row when one of its owners has them; all others count when all of them do
    admit: int = 0

    @property
    def suffix(self) -> str:
        """A name part that fits 63 bytes."""
        plain = self.table.name.replace(".", "_")
        return plain if len(plain.encode()) <= 40 else f"{plain[:30]}_{digest(plain)[:8]}"

    @property
    def firsts(self) -> list[str]:
        """The columns of the row that lead to its owners, the key for the person's own row."""
        return [path.steps[0].column if path.steps else self.table.key for path in self.table.owners]

    @property
    def subjects(self) -> str:
        return f"ARRAY[{', '.join(literal(path.subject) for path in self.table.owners)}]::text[]"

    @property
    def is_copy(self) -> bool:
        return bool(self.table.copy_of) and not self.table.key

    @property
    def listed(self) -> list[tuple[str, str]]:
        """(column, kind) of the addresses in a copy of people's rows: they count like owners."""
        return identifying(self.table, self.relation.columns) if self.is_copy else []

    @property
    def leading(self) -> list[str]:
        """The columns on which the mask of a row depends."""
        return list(dict.fromkeys([*self.firsts, *(column for column, _ in self.listed)]))

    def mask(self, row: str) -> str:
        """The mask of a row: of its owners, and for a copy of people's rows also of the addresses in it."""
        owners = self._of_owners(row)
        return f"({owners} | avow.suppressed_mask({lists(row, self.listed)}))" if self.listed else owners

    def _of_owners(self, row: str) -> str:
        """Written out in each statement, not in a function: PostgreSQL would plan the function anew for each row."""
        keys = self._keys(row)
        if len(keys) == 1:
            return _held(literal(self.table.owners[0].subject), keys[0])
        owners = ", ".join(f"({literal(p.subject)}, {k})" for p, k in zip(self.table.owners, keys, strict=True))
        return (
            f"(SELECT coalesce(bit_or(m.mask) & {self.deny}, 0) | coalesce(bit_and(m.mask) & {self.admit}, 0)"
            f" FROM (SELECT {_held('o.t', 'o.k')} AS mask FROM (VALUES {owners}) o (t, k) WHERE o.k IS NOT NULL) m)"
        )

    def share(self, row: str) -> str:
        """The locks to hold before a row's mask is read: first those of the list, then those of people, as everywhere."""
        found = f"  PERFORM avow.share_suppressed(avow.digests({lists(row, self.listed)}));\n" if self.listed else ""
        return f"{found}  PERFORM avow.share({self.subjects}, {self.keys(row)});\n"

    def keys(self, row: str) -> str:
        """The owners' keys of a row as a text array, in the order of `subjects`."""
        return f"ARRAY[{', '.join(self._keys(row))}]::text[]"

    def _keys(self, row: str) -> list[str]:
        owners = zip(self.table.owners, self.firsts, strict=True)
        return [_key_of(path, f"{row}{ident(first)}") for path, first in owners]


def _held(subject: str, key: str) -> str:
    """The mask of one person; 0 for somebody of whom nothing is known."""
    state = f"SELECT s.mask FROM avow.subject_state s WHERE s.subject_table = {subject} AND s.subject_key = {key}"
    return f"coalesce(({state}), 0)"


def state_objects(target: Target, found: list[Access]) -> Iterator[Wanted]:
    """Bits, masks, triggers, statistics and indexes for every table that depends on a person's state."""
    if not target.enforced:
        return
    yield from hot_indexes(target, found)
    masked = masked_tables(target, found)
    if not masked:
        return
    for name, number in sorted(target.bits.items(), key=lambda item: item[1]):
        effect, _, mark = name.partition(" ")
        create = f"INSERT INTO avow.bit VALUES ({number}, {literal(effect)}, {literal(mark)}) ON CONFLICT DO NOTHING"
        yield Wanted(f"bit:{name}", "prepare", create, "", f"number the mark {mark}", _why(masked), expect=str(number))
    yield _functions(target, masked)
    for one in masked:
        yield from _table_objects(target, one, found)
    yield from _moves(target, masked)
    tables = digest(" ".join(f"{m.table.name} {m.keys('')}" for m in masked) + str(sorted(target.bits)))[:12]
    yield Wanted(
        "backfill:masks", "prepare", f"CALL avow.refresh() /* {tables} */", "",
        "bring the state that is known already into the rows",
        _why(masked), transactional=False,
    )  # fmt: skip


def masked_tables(target: Target, found: list[Access]) -> list[Masked]:
    """Tables on which a right, or a view of groups, depends on marks, sorted by name."""
    deny, admit = (_bits_of(target, effect) for effect in ("deny", "admit"))
    result = []
    for table in target.governed:
        mine = [a for a in found if a.table.name == table.name]
        needing = [
            a for a in mine if any(f.absent or f.present for f in (*a.right.read.values(), *a.right.write.values()))
        ]
        grouped = target.grouped.get(table.name, ())
        if needing or grouped:
            why = tuple(sorted({*grouped, *(promise for a in needing for promise in a.right.promises)}))
            result.append(Masked(table, target.survey.relations[table.name], why, deny, admit))
    return result


def _bits_of(target: Target, effect: str) -> int:
    return sum(1 << n for name, n in target.bits.items() if name.startswith(f"{effect} "))


def hot_indexes(target: Target, found: list[Access]) -> Iterator[Wanted]:
    """Partial covering indexes whose predicate equals a pair's policy, where the data map asks for them."""
    done = set()
    for access in found:
        rows = access.right.rows
        fixed = access.has_rows and not rows.always and not access.barrier and not rows.cases
        fixed = fixed and not any(fact.own for term in rows.terms for fact in term.rows)  # constants alone fit an index
        for columns in access.table.hot if fixed else ():
            where = formula_sql(rows, access.table, target.bits)
            spec = f"{table_ident(access.table.name)} ({', '.join(map(ident, columns))}) WHERE {where}"
            if spec in done:
                continue
            done.add(spec)
            schema, name = access.table.name.split(".", 1)[0], f"avow_{digest(spec)[:12]}"
            drop = f"DROP INDEX CONCURRENTLY IF EXISTS {ident(schema, name)}"
            yield Wanted(
                f"index:{schema}.{name}", "prepare", f"{drop};\nCREATE INDEX CONCURRENTLY {ident(name)} ON {spec}",
                f"DROP INDEX IF EXISTS {ident(schema, name)}",
                f"an index with exactly the rows of {access.right.pair} in {access.table.name}",
                access.right.promises, "none", access.table.name, rows=access.relation.rows, transactional=False,
            )  # fmt: skip


def _why(masked: list[Masked]) -> tuple[str, ...]:
    return tuple(sorted({promise for one in masked for promise in one.why}))


def _functions(target: Target, masked: list[Masked]) -> Wanted:
    rewrites = _rewrites(target, masked)
    subjects = ", ".join(literal(t.name) for t in target.store_map.tables if t.key)
    create = load_sql("state").format(rewrites=rewrites, subjects=subjects)
    return Wanted(
        "function:avow.set_state",
        "prepare",
        create,
        "",
        "change a person's state and all rows about that person in one transaction",
        _why(masked),
    )


def _rewrites(target: Target, masked: Iterable[Masked]) -> str:
    """Every table again for the people named: by subject table, so that each list of people is taken apart once."""
    parts: dict[str, list[str]] = {}
    for one in masked:
        for path, first in zip(one.table.owners, one.firsts, strict=True):
            parts.setdefault(path.subject, []).append(_rewrite(target, one, path, first))
    return "".join(
        "  mine := ARRAY(SELECT DISTINCT k FROM unnest(person_tables, person_keys) u (t, k)"
        f" WHERE t = {literal(subject)});\n  IF mine <> '{{}}' THEN\n{''.join(updates)}  END IF;\n"
        for subject, updates in parts.items()
    )


def _rewrite(target: Target, one: Masked, path: OwnerPath, first: str) -> str:
    mask = one.mask("r.")
    return (
        f"    UPDATE {table_ident(one.table.name)} r SET avow_mask = {mask}\n"
        f"    WHERE {_rows_of(target, path, f'r.{ident(first)}', _key_type(one, path))} AND r.avow_mask <> {mask};\n"
        "    GET DIAGNOSTICS changed = ROW_COUNT;\n    total := total + changed;\n"
    )


def _key_type(one: Masked, path: OwnerPath) -> str:
    first = one.firsts[one.table.owners.index(path)]
    return one.relation.find_type(first) or "text"


def _rows_of(target: Target, path: OwnerPath, column: str, key_type: str) -> str:
    """The condition for rows about the people of `mine`, from the row inwards so that indexes on the keys are used."""
    if len(path.steps) <= 1:
        return f"{column} = ANY ({once('mine', key_type)})"
    last = target.survey.relations[path.steps[-2].to_table].find_type(path.steps[-1].column) or "text"
    reached = f"{ident(path.steps[-1].column)} = ANY ({once('mine', last)})"
    return f"{column} IN ({_inner(path, 1, reached)})"


def once(texts: str, key_type: str) -> str:
    """An array of texts as one of keys. By a query of its own: a cast in the condition is done again for every row."""
    return f"(SELECT {texts}::{key_type}[])::{key_type}[]"


def _inner(path: OwnerPath, index: int, condition: str) -> str:
    """Keys of step `index`'s table whose own steps lead to rows that meet `condition` on the last column."""
    step, before = path.steps[index], path.steps[index - 1]
    inner = (
        condition if index == len(path.steps) - 1 else f"{ident(step.column)} IN ({_inner(path, index + 1, condition)})"
    )
    return f"SELECT {ident(before.to_column)} FROM {table_ident(before.to_table)} WHERE {inner}"


def _key_of(path: OwnerPath, value: str) -> str:
    """The subject's key, as text, from the row's first column."""
    if len(path.steps) <= 1:
        return f"{value}::text"
    joins = [f"{table_ident(path.steps[0].to_table)} t1"]
    for n, (step, _) in enumerate(zip(path.steps[1:], path.steps[2:], strict=False), 1):
        joins.append(
            f"{table_ident(step.to_table)} t{n + 1} ON t{n + 1}.{ident(step.to_column)} = t{n}.{ident(step.column)}"
        )
    last = len(path.steps) - 1
    start = f"t1.{ident(path.steps[0].to_column)} = {value}"
    return f"(SELECT t{last}.{ident(path.steps[-1].column)}::text FROM {' JOIN '.join(joins)} WHERE {start})"


def _table_objects(target: Target, one: Masked, found: list[Access]) -> Iterator[Wanted]:
    name, table = one.table.name, table_ident(one.table.name)
    yield Wanted(
        f"column:{name}:avow_mask", "prepare", f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS avow_mask bigint NOT NULL DEFAULT 0",
        f"ALTER TABLE {table} DROP COLUMN IF EXISTS avow_mask", f"append the state mask to {name} (no rewrite: a constant default)",
        one.why, "access exclusive", name, rows=one.relation.rows,
    )  # fmt: skip
    yield from trigger(
        f"set_mask_{one.suffix}", _set_mask(one), f"the mask of a new row of {name}",
        name, "zz_avow_mask", "BEFORE INSERT", f"a new row of {name} starts with the state of the people it is about", one.why,
    )  # fmt: skip
    yield from trigger(
        f"set_owner_{one.suffix}", _set_owner(target, one, found), f"the mask of a row of {name} that gets another owner",
        name, "zz_avow_owner", after_change(one.leading),
        f"a row of {name} that gets another owner takes over that person's state", one.why, when_changed(one.leading),
    )  # fmt: skip
    yield from _statistics(target, one, found)


def trigger(
    function: str,
    body: str,
    means: str,
    table: str,
    name: str,
    event: str,
    says: str,
    why: tuple[str, ...],
    when: str = "",
) -> Iterator[Wanted]:
    """A trigger and its function. `body` is everything behind the function's name."""
    spelled, on = f"avow.{ident(function)}", table_ident(table)
    create = f"CREATE OR REPLACE FUNCTION {spelled}() {body};\nREVOKE ALL ON FUNCTION {spelled}() FROM PUBLIC"
    yield Wanted(f"function:avow.{function}", "prepare", create, "", means, why)
    create = f"CREATE OR REPLACE TRIGGER {name} {event} ON {on} FOR EACH ROW {when}EXECUTE FUNCTION {spelled}()"
    undo = f"DROP TRIGGER IF EXISTS {name} ON {on}"
    yield Wanted(f"trigger:{table}:{name}", "prepare", create, undo, says, why, "share", table)


def after_change(columns: Iterable[str]) -> str:
    return f"AFTER UPDATE OF {', '.join(map(ident, columns))}"


def when_changed(columns: Iterable[str]) -> str:
    """Object-relational mappers write every column back: only a real change costs more than looking."""
    return f"WHEN ({' OR '.join(f'OLD.{ident(c)} IS DISTINCT FROM NEW.{ident(c)}' for c in columns)}) "


def _set_mask(one: Masked) -> str:
    if len(one.table.owners) != 1 or len(one.table.owners[0].steps) > 1 or one.listed:
        body = f"{one.share('NEW.')}  NEW.avow_mask := {one.mask('NEW.')};\n"
        return f"{DEFINER}\nBEGIN\n{body}  RETURN NEW;\nEND $body$"
    return QUALIFIED + load_sql("set_mask").format(
        subject=literal(one.table.owners[0].subject), first=ident(one.firsts[0])
    )


def _set_owner(target: Target, one: Masked, found: list[Access]) -> str:
    """The row is there already: it is found again by the columns that lead to its owners, with whatever else is theirs."""
    mask = one.mask("r.")
    update = f"UPDATE {table_ident(one.table.name)} r SET avow_mask = {mask} WHERE r.avow_mask <> {mask}"
    update += "".join(f" AND r.{ident(c)} IS NOT DISTINCT FROM NEW.{ident(c)}" for c, _ in one.listed)
    parts, columns = [], list(dict.fromkeys(one.firsts))
    for word, column in zip(["IF", *["ELSIF"] * len(columns)], columns, strict=False):
        parts.append(
            f"{word} NEW.{ident(column)} IS NOT NULL THEN\n    {update} AND r.{ident(column)} = NEW.{ident(column)};\n  "
        )
    nobody = "".join(f" AND r.{ident(column)} IS NULL" for column in columns)
    rewrite = f"{''.join(parts)}ELSE\n    {update}{nobody};\n  END IF;" if parts else f"{update};"
    return DEFINER + load_sql("set_owner").format(
        share=one.share("NEW."), mask=one.mask("NEW."), rewrite=rewrite, refused=refused(target, one, found)
    )


def refused(target: Target, one: Masked, found: list[Access]) -> str:
    """Whether the session acts for a pair that may not have the row (`NEW`, with its new mask): what its row policies would
    have said, had they seen the mask that comes after them."""
    tests = []
    for access in found:
        rows = all_of([access.right.rows, access.changed_rows])
        if access.table.name == one.table.name and "UPDATE" in access.granted and (rows.absent or rows.present):
            test = f"(SELECT {formula_sql(rows, access.table, target.bits, target.store_map)} FROM (SELECT NEW.*) r)"
            tests.append(f"(current_setting('role') = {literal(access.role)} AND {test} IS NOT TRUE)")
    return "\n      OR ".join(tests) or "false"


def _statistics(target: Target, one: Masked, found: list[Access]) -> Iterator[Wanted]:
    """The planner guesses 0.5 percent for a bit test: statistics on exactly the expressions of the policies."""
    bits = {
        bits for a in found if a.table.name == one.table.name for _, bits in mask_expressions(a.right.rows, target.bits)
    }
    schema = one.table.name.split(".", 1)[0]
    for number in sorted(bits):
        name = f"avow_{one.suffix}_{number}"
        drop = f"DROP STATISTICS IF EXISTS {ident(schema, name)}"
        table = table_ident(one.table.name)
        yield Wanted(
            f"statistics:{schema}.{name}", "prepare",
            f"{drop};\nCREATE STATISTICS {ident(schema, name)} ON (avow_mask & {number}) FROM {table};\nANALYZE {table}",
            drop, f"let the planner estimate the state test of {one.table.name}", one.why,
            table=one.table.name, rows=one.relation.rows,
        )  # fmt: skip


def _moves(target: Target, masked: list[Masked]) -> Iterator[Wanted]:
    """Where a table in the middle of an owner path gets another owner, the rows behind it get their new mask."""
    middles: dict[str, list[tuple[Masked, OwnerPath, int]]] = {}
    for one in masked:
        for path in one.table.owners:
            for index in range(1, len(path.steps)):
                middles.setdefault(path.steps[index - 1].to_table, []).append((one, path, index))
    for name, users in sorted(middles.items()):
        suffix = Masked(Table(name, (), ()), target.survey.relations[name], ()).suffix
        body = "".join(_move(*user) for user in users)
        why = tuple(sorted({p for one, _, _ in users for p in one.why}))
        columns = sorted({path.steps[index].column for _, path, index in users})
        yield from trigger(
            f"moved_{suffix}", f"{DEFINER}\nBEGIN\n{body}  RETURN NULL;\nEND $body$", NOT_AGAIN,
            name, "zz_avow_moved", after_change(columns), NOT_AGAIN, why, when_changed(columns),
        )  # fmt: skip


def _move(one: Masked, path: OwnerPath, index: int) -> str:
    first, arrived = ident(path.steps[0].column), path.steps[index - 1]
    key = f"NEW.{ident(arrived.to_column)}"
    rows = f"r.{first} = {key}"
    if index > 1:
        shorter = OwnerPath(path.subject, path.steps[:index])
        rows = f"r.{first} IN ({_inner(shorter, 1, f'{ident(path.steps[index - 1].column)} = {key}')})"
    table, mask = table_ident(one.table.name), one.mask("r.")
    digests = f"avow.share_suppressed(avow.digests({lists('r.', one.listed)}))"
    found = f"  PERFORM {digests} FROM {table} r WHERE {rows};\n" if one.listed else ""
    # The locks first: the mask is read by a statement that begins when nobody can change it any more.
    return (
        f"{found}  PERFORM avow.share({one.subjects}, {one.keys('r.')}) FROM {table} r WHERE {rows};\n"
        f"  UPDATE {table} r SET avow_mask = {mask} WHERE {rows} AND r.avow_mask <> {mask};\n"
    )
