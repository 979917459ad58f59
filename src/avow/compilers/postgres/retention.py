"""Whole partitions that are due: two functions with the rights of the tables' owner, which a worker may call and cannot bend.

Promises: only a partition of a table that a time limit empties, by the very column that dates its rows, can be dropped, and
only when its upper bound lies as many days back as the shortest such limit says, by the server's own clock; a partition whose
rows have triggers on deletion is left to them. Refuses to judge holds: whoever calls looks at the rows in between, while
nobody can change them.
"""

from __future__ import annotations

from collections.abc import Iterator

from avow.compilers.limits import DELETE, Sweep, plan_sweeps
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, literal, load_sql
from avow.compilers.reach import Terms


def retention_objects(target: Target, terms: Terms) -> Iterator[Wanted]:
    """The functions, where a limit empties a table that is partitioned by the very column that dates its rows."""
    sweeps = [s for s in plan_sweeps(target.version, [target.store_map], terms)[0] if _drops(target, s)]
    if not sweeps:
        return
    limits = ", ".join(sorted(f"({literal(s.table)}, {literal(s.dated_by)}, {s.days})" for s in sweeps))
    why = tuple(sorted({s.promise for s in sweeps if s.promise}))
    says = f"let whole partitions go that are past their day, of {len({s.table for s in sweeps})} tables"
    yield Wanted("function:avow.drop_part", "prepare", load_sql("drop_part").format(limits=limits), "", says, why)
    if target.store_map.duty in target.survey.roles:
        doors = "avow.lock_part(text, text), avow.drop_part(text, text)"
        grant = f"GRANT USAGE ON SCHEMA avow TO {ident(target.store_map.duty)};\n"
        grant += f"GRANT EXECUTE ON FUNCTION {doors} TO {ident(target.store_map.duty)}"
        yield Wanted("member:avow.drop_part", "switch", grant, "", "let the duties drop them", why)


def _drops(target: Target, sweep: Sweep) -> bool:
    relation = target.survey.relations.get(sweep.table)
    return (
        sweep.end == DELETE and not sweep.by_licence and relation is not None and relation.parted_by == sweep.dated_by
    )
