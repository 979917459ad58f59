"""Ways in as PostgreSQL objects: who may insert where, which rows need a delivery behind them, and whose rows are a login's own.

Promises: a session that is no registered way in, and no declared custodian, inserts nothing into a table whose rows state a source;
a row of a source that has one way in only needs an open delivery by that way, whoever inserts it; a delivery without the facts that
its way asks for cannot be opened; what a login may call its own is looked up by its login name, which no session can set. Ways are
tested once for each statement; in a partitioned table for each row, too, since a statement that names a partition meets no
trigger of the table. Refuses to judge rows that stand already.
"""

from __future__ import annotations

from collections.abc import Iterator

from avow.compilers.postgres.identifiers import identifying
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, literal, load_sql, role_list, table_ident
from avow.datamap.model import OWN, Intake, Table
from avow.policy.rules import shown_of

DUTY, NO_OTHER_WAY = "intakes", "no-other-way"


def intake_objects(target: Target) -> Iterator[Wanted]:
    """What the ways in of the map need in the store."""
    yield from _own(target)
    if not target.enforced:
        return
    guarded = _promised(target)
    if not (target.store_map.intakes or guarded):
        return
    yield _functions(target, guarded)
    for way in target.store_map.intakes:
        yield from _batches(target, way)
    for table in target.governed if guarded else ():
        yield from _closed(target, table, guarded)


def _promised(target: Target) -> tuple[str, ...]:
    """The promises by which nothing enters by another way."""
    rules = (r for r in target.version.rules if r.kind == "duty" and r.detail.get("duty") == DUTY)
    return tuple(sorted({rule.promise for rule in rules if NO_OTHER_WAY in shown_of(rule)}))


def _functions(target: Target, why: tuple[str, ...]) -> Wanted:
    ways = target.store_map.intakes
    facts = " ".join(
        f"WHEN {literal(way.name)} THEN ARRAY[{', '.join(map(literal, way.batch))}]::text[]" for way in ways
    )
    create = load_sql("intakes").format(needs=facts or "WHEN NULL THEN NULL::text[]")
    says = f"let deliveries in by {len(ways)} ways, each with the facts that it must state"
    return Wanted("function:avow.open_batch", "prepare", create, "", says, why)


def _batches(target: Target, way: Intake) -> Iterator[Wanted]:
    """The delivery of each row, and a refusal of rows that have none."""
    table = target.store_map.find_table(way.table)
    relation = target.survey.relations.get(way.table)
    if table is None or relation is None or relation.kind not in ("r", "p"):
        return
    name = table_ident(table.name)
    yield Wanted(
        f"column:{table.name}:avow_batch", "prepare", f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS avow_batch uuid",
        f"ALTER TABLE {name} DROP COLUMN IF EXISTS avow_batch", f"append to {table.name} by which delivery a row came",
        (), "access exclusive", table.name, rows=relation.rows,
    )  # fmt: skip
    source = table.source
    if not way.only or source is None or not source.column:
        return
    values = ", ".join(literal(value) for value, term in sorted(source.values.items()) if term == way.source)
    reached = next((column for column, kind in identifying(table, relation.columns) if kind == "email"), "")
    column = ident(source.column)
    moved = ", ".join(ident(c) for c in filter(None, (source.column, "avow_batch", reached)))
    # A row that was there may not become one of this source, nor another delivery's, nor somebody else's; saying the same again is
    # no change (a program that writes whole rows).
    changed = " OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in (column, "avow_batch"))
    for word, event, when in (
        ("batch", "INSERT", ""), ("moved", f"UPDATE OF {moved}", f" AND ({changed})"),
    ):  # fmt: skip
        trigger = ident(f"zz_avow_{word}_{way.name}".replace("-", "_")[:60])
        create = (
            f"CREATE OR REPLACE TRIGGER {trigger} BEFORE {event} ON {name} FOR EACH ROW"
            f" WHEN (NEW.{column} IN ({values}){when})"
            f" EXECUTE FUNCTION avow.require_batch({literal(way.name)}, {literal(reached)})"
        )
        yield Wanted(
            f"trigger:{table.name}:{trigger.strip(chr(34))}", "switch", create, f"DROP TRIGGER IF EXISTS {trigger} ON {name}",
            f"rows of {table.name} from {way.source} enter by {way.name} alone", (), "share", table.name,
        )  # fmt: skip


def _closed(target: Target, table: Table, why: tuple[str, ...]) -> Iterator[Wanted]:
    relation = target.survey.relations[table.name]
    if table.source is None or relation.kind not in ("r", "p"):
        return
    who = ", ".join(map(literal, ways_of(target, table)))
    name = table_ident(table.name)
    kinds = [("zz_avow_way", "STATEMENT")]
    if relation.kind == "p":  # triggers for rows stand on every partition, on those that come later as well
        kinds.append(("zz_avow_way_row", "ROW"))
    for trigger, each in kinds:
        create = (
            f"CREATE OR REPLACE TRIGGER {trigger} BEFORE INSERT ON {name} FOR EACH {each}"
            f" EXECUTE FUNCTION avow.refuse_other_way({who})"
        )
        yield Wanted(
            f"trigger:{table.name}:{trigger}", "switch", create, f"DROP TRIGGER IF EXISTS {trigger} ON {name}",
            f"nothing enters {table.name} but by the ways that are registered for it", why, "share", table.name,
        )  # fmt: skip


def ways_of(target: Target, table: Table) -> list[str]:
    """The logins that may insert: those whose pairs may write there, Avow's own where a way in is registered, and those
    custodians that were given the right or own the table."""
    store = target.store_map
    writing = {pair for (pair, name), right in target.matrix.rights.items() if name == table.name and right.write}
    logins = {login.name for login in store.logins if writing & set(login.pairs) or login.stage == "observe"}
    writers = {g.grantee for g in target.survey.grants if g.object == table.name and g.privilege == "INSERT"}
    writers.add(target.survey.relations[table.name].owner)
    logins |= {custodian.role for custodian in store.custodians if custodian.role in writers}
    return sorted(logins | ({store.duty} if any(way.table == table.name for way in store.intakes) else set()))


def _own(target: Target) -> Iterator[Wanted]:
    """Keys of the logins that see their own rows alone."""
    facts = [
        fact for right in target.matrix.rights.values() for f in (*right.read.values(), *right.write.values())
        for term in f.terms for fact in term.rows if OWN in fact.values
    ]  # fmt: skip
    if not facts:
        return
    owned = sorted((x.name, name, key) for x in target.store_map.logins for name, key in x.own.items())
    rows = ", ".join(f"({', '.join(map(literal, row))})" for row in owned)
    fill = f";\nINSERT INTO avow.party (login, attribute, key) VALUES {rows}" if rows else ""
    create = f"{load_sql('own')};\nDELETE FROM avow.party{fill}"
    yield Wanted("function:avow.own", "prepare", create, "", f"tell {len(owned)} logins which rows are their own")
    readers = sorted(
        target.role(pair) for (pair, _), right in target.matrix.rights.items()
        if any(OWN in x.values for f in (*right.read.values(), *right.write.values()) for t in f.terms for x in t.rows)
    )  # fmt: skip
    grant = f"GRANT EXECUTE ON FUNCTION avow.own(text) TO {role_list(sorted(set(readers)))}"
    yield Wanted("member:avow.own", "switch", grant, "", "let those logins look their own key up")
