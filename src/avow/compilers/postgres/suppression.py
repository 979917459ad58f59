"""The list of addresses that must not be used again, kept inside the governed store: it beats every later import.

Promises: a row of a subject table, or of a copy of one, whose address or number is on the list starts with the marks of the
list, whatever case and spacing it came in, also while the list is being added to; rows that stand already get them when the
list grows. The list holds keyed digests only, and the key can be read by nobody but the functions here. Refuses a second key
while the list is not empty. Source: RFC 2104 (HMAC), by PostgreSQL's own sha256.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from avow.compilers.postgres.access import Access
from avow.compilers.postgres.identifiers import identifying, lists
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, literal, load_sql, table_ident
from avow.compilers.postgres.state import DEFINER, Masked, after_change, masked_tables, refused, trigger, when_changed

_SIGNS = r"[]!#$%&*+./0-9=?A-Z[\\^_`a-z{|}~-]+"  # of an address, in ASCII: none that stands around one
_ADDRESS = f"^{_SIGNS}@{_SIGNS}$"  # and nothing else


def suppression_objects(target: Target, accesses: list[Access]) -> Iterator[Wanted]:
    """The list's functions, and triggers on subject tables that carry a mask."""
    masked = masked_tables(target, accesses) if target.enforced else []
    if not masked:
        return
    why = tuple(sorted({promise for one in masked for promise in one.why}))
    subjects = [(one, found) for one in masked if one.table.key and (found := _found(one))]
    copies = [(one, found) for one in masked if one.is_copy and (found := _found(one))]
    create = load_sql("suppression").format(
        existing="".join(_existing(one, found) for one, found in subjects),
        copies="".join(_copied(one, found) for one, found in copies),
    )
    says = "keep the addresses of people who object out, whatever imports bring"
    yield Wanted("function:avow.suppress", "prepare", create, "", says, why)
    for one, found in subjects:
        yield from _triggers(target, one, found, accesses)


def _found(one: Masked) -> list[tuple[str, str]]:
    return identifying(one.table, one.relation.columns)


def _existing(one: Masked, found: Sequence[tuple[str, str]]) -> str:
    key = ident(one.table.key)
    return (
        f"  SELECT tables || coalesce(array_agg({literal(one.table.name)}::text), '{{}}'),"
        " keys || coalesce(array_agg(x.k), '{}'), marks || coalesce(array_agg(x.m), '{}')\n    INTO tables, keys, marks\n"
        f"    FROM (SELECT DISTINCT t.{key}::text AS k, s.mark AS m FROM {table_ident(one.table.name)} t\n"
        f"          CROSS JOIN LATERAL unnest(avow.digests({lists('t.', found)})) d (d)\n"
        f"          JOIN avow.suppressed s ON s.digest = d.d WHERE {_near('t.', found)} AND d.d IN (SELECT unnest($1))) x;\n"
    )


def _copied(one: Masked, found: Sequence[tuple[str, str]]) -> str:
    return (
        f"  UPDATE {table_ident(one.table.name)} r SET avow_mask = {one.mask('r.')}\n"
        f"    WHERE {_near('r.', found)} AND avow.digests({lists('r.', found)}) && $1 AND r.avow_mask <> {one.mask('r.')};\n"
        "  GET DIAGNOSTICS changed = ROW_COUNT;\n  total := total + changed;\n"
    )


def _near(row: str, found: Sequence[tuple[str, str]]) -> str:
    """Patterns of a few addresses begin with "%", as no word of many does. Parameters are named by their number: a column of the
    company's may be called anything."""
    values = ", ".join(f"{row}{ident(column)}::text" for column, _ in found)
    fits = f"lower(concat_ws(E'\\n', {values}) COLLATE \"C\") LIKE ANY ($4)"
    tests = " OR ".join(may_have(f"{row}{ident(column)}::text", kind, "$4") for column, kind in found)
    return f"($4 IS NULL OR CASE WHEN left($4[1], 1) = '%' THEN {fits} ELSE {tests} END)"


def may_have(value: str, kind: str, words: str) -> str:
    """Whether a value can have a digest in common with those that gave these words (`avow.words_of`), none of them null. A digest
    costs ten times what it costs to see that it cannot; a value that is not written plainly is not judged by its looks."""
    if kind == "phone":
        return f"right(regexp_replace({value}, '[^0-9]', '', 'g'), 7) IN (SELECT unnest({words}))"
    plain = literal(_ADDRESS if kind == "email" else "^[!-~]+$")
    lower = f'lower({value} COLLATE "C")'
    return f"CASE WHEN {value} COLLATE \"C\" ~ {plain} THEN {lower} IN (SELECT unnest({words})) ELSE {value} <> '' END"


def _triggers(
    target: Target, one: Masked, found: Sequence[tuple[str, str]], accesses: list[Access]
) -> Iterator[Wanted]:
    """Before an insert: the state of the person that the row becomes, taken by the mask trigger that follows. After a change of
    the address: every row about that person, and no pair that must not see the person made the change."""
    name, key = one.table.name, f"NEW.{ident(one.table.key)}::text"
    meet = (
        f"DECLARE found bytea[] := avow.digests({lists('NEW.', found)});\nBEGIN\n"
        f"  PERFORM avow.share_suppressed(found);\n  found := avow.digests({lists('NEW.', found)});\n"
        f"  IF avow.keep_out({literal(name)}, {key}, found) THEN\n"
    )
    marked = f"    NEW.avow_mask := {one.mask('NEW.')};\n"
    came = f"{DEFINER}\n{meet}{marked}  END IF;\n  RETURN NEW;\nEND $body$"
    changed = DEFINER + load_sql("kept_out").format(
        meet=meet, marked=marked, table=literal(name), key=key, refused=refused(target, one, accesses)
    )
    says = f"look a new address of {name} up in the list"
    columns = [column for column, _ in found]
    yield from trigger(
        f"keep_out_{one.suffix}", came, says, name, "zz_avow_keep_out", "BEFORE INSERT", says, one.why
    )  # fmt: skip
    yield from trigger(
        f"kept_out_{one.suffix}", changed, says, name, "zz_avow_kept_out", after_change(columns), says, one.why,
        when_changed(columns),
    )  # fmt: skip
