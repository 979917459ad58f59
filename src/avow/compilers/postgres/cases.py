"""What an open case opens in the store, and that it closes by itself: one table of leases with its functions.

Promises: a right that needs a case holds only on rows about whom a case is open at the start of the statement, for unmodified
programs too; a case past its end opens nothing although nobody ran anything; a case that was ended is never revived. Where the
company's own program keeps its cases, a trigger on that table opens and ends them. Refuses kinds that the map does not name.
"""

from __future__ import annotations

from collections.abc import Iterator

from avow.compilers.postgres.access import Access
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, literal, load_sql, role_list, table_ident
from avow.compilers.postgres.state import DEFINER
from avow.datamap.model import CaseKind

_SAYS = "let cases open and close what hangs on them"


def case_objects(target: Target, found: list[Access]) -> Iterator[Wanted]:
    """Functions, grants and triggers, where a right of the matrix hangs on a case."""
    needing = [a for a in found if any(f.cases for f in (*a.right.read.values(), *a.right.write.values()))]
    if not needing:
        return
    why = tuple(sorted({promise for a in needing for promise in a.right.promises}))
    named = ", ".join(f"({literal(c.kind)}, {literal(c.subject)})" for c in target.store_map.cases)
    # an object each: what is read back, and so every later change, is seen of each by itself
    for name, file in (("open_cases", "cases"), ("open_case", "case_lease"), ("end_case", "case_end")):
        create = load_sql(file).format(kinds=named)
        yield Wanted(f"function:avow.{name}", "prepare", create, "", _SAYS, why)
    roles = role_list(sorted({a.role for a in needing}))
    grant = f"GRANT EXECUTE ON FUNCTION avow.open_cases(text, text) TO {roles}"
    yield Wanted("member:avow cases", "switch", grant, "", "let the pairs ask which cases are open", why)
    kinds = {kind for a in needing for f in (*a.right.read.values(), *a.right.write.values()) for kind in f.cases}
    for case in target.store_map.cases:
        if case.table and case.kind in kinds:
            yield from _kept(case, why)


def _kept(case: CaseKind, why: tuple[str, ...]) -> Iterator[Wanted]:
    """The company's own table of cases: a row that says open opens a case once, for its days; any other word ends it for good."""
    function = f"avow.{ident(f'case_{case.kind}')}"
    table = table_ident(case.table)
    is_open = f"{{row}}.{ident(case.state)} IN ({', '.join(map(literal, case.open))})"
    about = f"{literal(case.kind)}, {literal(case.subject)}"
    moved = " OR ".join(f"OLD.{ident(c)} IS DISTINCT FROM NEW.{ident(c)}" for c in (case.key, case.column))
    body = (
        "BEGIN\n"
        # a case that is gone, renamed or about somebody else now has ended: what it opened is never opened again by itself
        f"  IF TG_OP = 'DELETE' THEN\n    PERFORM avow.end_case({_id(case, 'OLD')});\n"
        "    RETURN NULL;\n  END IF;\n"
        f"  IF TG_OP = 'UPDATE' AND ({moved}) THEN\n    PERFORM avow.end_case({_id(case, 'OLD')});\n  END IF;\n"
        f"  IF ({is_open.format(row='NEW')}) IS NOT TRUE THEN\n    PERFORM avow.end_case({_id(case, 'NEW')});\n"
        "  ELSE\n"
        f"    INSERT INTO avow.case_open VALUES ({_id(case, 'NEW')}, {about}, NEW.{ident(case.column)}::text,"
        f" statement_timestamp(), statement_timestamp() + interval '{case.days} days') ON CONFLICT DO NOTHING;\n"
        "  END IF;\n  RETURN NULL;\nEND $body$"
    )
    create = (
        f"CREATE OR REPLACE FUNCTION {function}() {DEFINER}\n{body};\nREVOKE ALL ON FUNCTION {function}() FROM PUBLIC"
    )
    says = f"open a {case.kind} case with its row in {case.table}, and end it there"
    yield Wanted(f"function:avow.case_{case.kind}", "prepare", create, "", says, why)
    trigger = "zz_avow_case"
    columns = ", ".join(map(ident, dict.fromkeys((case.state, case.column, case.key))))
    made = (
        f"CREATE OR REPLACE TRIGGER {trigger} AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
    yield Wanted(
        f"trigger:{case.table}:{trigger}", "prepare", made, f"DROP TRIGGER IF EXISTS {trigger} ON {table}",
        says, why, "share", case.table,
    )  # fmt: skip
    known = (
        f"INSERT INTO avow.case_open SELECT {_id(case, 'r')}, {about}, r.{ident(case.column)}::text, statement_timestamp(),"
        f" statement_timestamp() + interval '{case.days} days' FROM {table} r WHERE {is_open.format(row='r')}"
        " ON CONFLICT DO NOTHING"
    )
    yield Wanted(
        f"backfill:cases:{case.kind}", "prepare", known, "", f"open the {case.kind} cases that are open already", why
    )


def _id(case: CaseKind, row: str) -> str:
    return f"{literal(f'{case.table} ')} || {row}.{ident(case.key)}::text"
