"""Apply: three resumable phases. Prepare changes no behaviour, switch opens the new way and closes the old, settle verifies.

Promises: killed at any point, the next apply finishes it; each half of the switch is wholly done or not at all, and
between the halves every right that was there still is; at the end the plan is empty or an error says what is not as
planned. Refuses to run beside another apply. Source: decision 0005 (open, drain, close).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from avow.compilers.plan import Plan, Statement
from avow.compilers.postgres.draining import drain
from avow.compilers.postgres.objects import Wanted
from avow.compilers.postgres.planning import Draft, get_draft, make_plan, read_live, undoing
from avow.compilers.postgres.quoting import load_sql, table_ident
from avow.compilers.postgres.running import again, applying, execute, explain, patiently
from avow.compilers.postgres.survey import Recorded
from avow.compilers.reach import Terms
from avow.datamap.model import StoreMap
from avow.errors import ApplyError, Diagnostic, Place
from avow.policy.promise import PolicyVersion

Progress = Callable[[str, int, int], None]  # (what is done now, which, of how many)


@dataclass(frozen=True)
class Applied:
    """What an apply did: the plan it carried out, wall seconds, and the longest that one step may have kept others
    waiting, in milliseconds."""

    plan: Plan
    seconds: float
    longest_ms: float
    cut: int = 0  # sessions that began before the switch and were still there when the old rights ended


# What only adds a way for sessions that begin from now on. The rest of the switch takes old ways away.
STOOD_ON = frozenset({"schema", "pair", "bit", "function", "column", "trigger", "backfill", "statistics", "index"})
OPENING = frozenset({"role", "pair", "schema", "grant", "view", "pass", "member", "inherit", "setting"})


def apply_plan(
    dsn: str, version: PolicyVersion, vocabulary: Terms, store_map: StoreMap, progress: Progress | None = None
) -> Applied:
    """Plan and carry out. `progress` is told each statement before it runs.

    Raises CompileRefused (nothing done), ApplyError and StoreError (what was done stands in the diagnostic)."""
    started = time.monotonic()
    tell: Progress = progress or (lambda says, index, count: None)
    with applying(dsn) as conn:
        draft = get_draft(conn, version, vocabulary, store_map)
        plan = make_plan(draft)
        longest, cut = _carry_out(conn, draft, tell) if draft.differences else (0.0, 0)
        if draft.differences:
            _verify(conn, version, vocabulary, store_map)
    return Applied(plan, time.monotonic() - started, longest, cut)


def _carry_out(conn: Connection[Any], draft: Draft, tell: Progress) -> tuple[float, int]:
    total, done, longest = len(draft.wanted) + len(draft.dropped), 0, 0.0
    # a column is added to one table at a time: nothing holds two of these locks at once
    for one in (w for w in draft.wanted if w.phase == "prepare" or _adds_column(w)):
        done += 1
        tell(one.says, done, total)
        longest = max(longest, _single(conn, one))
    switching = [w for w in draft.wanted if w.phase == "switch" and not _adds_column(w)]
    opening = [w for w in switching if w.key.partition(":")[0] in OPENING]
    closing = [w for w in switching if w.key.partition(":")[0] not in OPENING]
    cut = 0
    if opening:
        # takes no lock that a reader or a writer would wait for: not counted as a block
        patiently(conn, lambda: _open(conn, draft, opening, tell, done, total), "switch")
        done += len(opening)
        logins = [w.key.partition(":")[2] for w in opening if w.key.startswith("setting:")]
        cut = drain(conn, logins, lambda says: tell(says, done, total))
    if closing or draft.dropped:
        longest = max(longest, patiently(conn, lambda: _switch(conn, draft, closing, tell, done, total), "switch"))
    for one in (w for w in draft.wanted if w.phase == "settle"):
        tell(one.says, total, total)
        longest = max(longest, _single(conn, one))
    tell("read everything back", total, total)
    with conn.transaction():
        _record_live(conn, draft, draft.wanted)
    return longest, cut


def _single(conn: Connection[Any], one: Wanted) -> float:
    """One object in a transaction of its own; concurrent index builds and batches outside of any."""

    def work() -> None:
        execute(conn, one.create, one.key)
        _record(conn, one)

    if one.transactional:
        return patiently(conn, work, one.key)
    started = time.monotonic()

    def batches() -> None:
        for statement in one.create.split(";\n"):
            _outside(conn, statement, one.key)

    again(batches, one.key)
    _record(conn, one)
    return (time.monotonic() - started) * 1000 if one.lock != "none" else 0.0


def _outside(conn: Connection[Any], statement: str, key: str) -> None:
    import psycopg

    conn.execute("SET lock_timeout = 0")  # a concurrent build waits for old transactions; it blocks nobody meanwhile
    try:
        execute(conn, statement, key)
    except psycopg.errors.LockNotAvailable as problem:
        raise ApplyError(explain(problem, key)) from problem
    finally:
        conn.execute("SET lock_timeout = '300ms'")


def _adds_column(one: Wanted) -> bool:
    return one.key.startswith("column:")


def _open(
    conn: Connection[Any], draft: Draft, opening: Sequence[Wanted], tell: Progress, done: int, total: int
) -> None:
    """The first half, in one transaction: every new way stands beside the old ones."""
    for index, step in enumerate(opening, done + 1):
        tell(step.says, index, total)
        execute(conn, step.create, step.key)
        _record(conn, step)
    _record_live(conn, draft, opening)


def _switch(
    conn: Connection[Any], draft: Draft, switching: Sequence[Wanted], tell: Progress, done: int, total: int
) -> None:
    """The second half, in one transaction: locks first, in sorted order, then every old way is closed."""
    dropped = [r for r in draft.dropped if _stands(draft, r)]
    # what nobody wants any more: rights before the new ones come, what the old rights stood on only after them
    early = [undoing(r) for r in dropped if r.key.partition(":")[0] not in STOOD_ON]
    late = [undoing(r) for r in dropped if r.key.partition(":")[0] in STOOD_ON]
    tables = sorted({w.table for w in switching if w.lock == "access exclusive"} & set(draft.target.survey.relations))
    for table in tables:
        execute(conn, f"LOCK TABLE {table_ident(table)} IN ACCESS EXCLUSIVE MODE", f"lock:{table}")
    steps: list[Statement | Wanted] = [*early, *switching, *late]
    for index, step in enumerate(steps, done + 1):
        tell(step.says, index, total)
        execute(conn, step.sql if isinstance(step, Statement) else step.create, step.key)
        if isinstance(step, Wanted):
            _record(conn, step)
    conn.execute("DELETE FROM avow.object WHERE key = ANY (%s)", [[r.key for r in draft.dropped]])
    _record_live(conn, draft, switching)


def _stands(draft: Draft, recorded: Recorded) -> bool:
    survey = draft.target.survey
    return (not recorded.on_table or recorded.on_table in survey.relations) and (
        not recorded.on_role or recorded.on_role in survey.roles
    )


def _record(conn: Connection[Any], one: Wanted) -> None:
    conn.execute(
        load_sql("record").encode(),
        [one.key, one.phase, one.digest, one.create, one.undo, list(one.why), one.table, one.role],
    )


def _record_live(conn: Connection[Any], draft: Draft, made: Sequence[Wanted]) -> None:
    """Keep the definition read back, so that any later change of it is seen."""
    live = read_live(conn, draft.target)
    with conn.cursor() as cur:
        cur.executemany(
            "UPDATE avow.object SET live = %s WHERE key = %s", [(one.find_in(live), one.key) for one in made]
        )


def _verify(conn: Connection[Any], version: PolicyVersion, vocabulary: Terms, store_map: StoreMap) -> None:
    left = get_draft(conn, version, vocabulary, store_map).differences
    if left:
        raise ApplyError(
            [
                Diagnostic(
                    Place(d.key),
                    "apply.not-as-planned",
                    f"after the apply `{d.key}` is {d.found}",
                    "see whether another program changes the store, then run `avow plan` and apply again",
                    "the promises that need it are not enforced",
                )
                for d in left
            ]
        )
