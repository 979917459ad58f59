"""Sabotage of the controls that `apply` really made, on the example company; a second apply heals them.

The register of tests/sabotage covers every rule kind with controls written by hand; here the same probes meet the real
compiler's objects, so that neither can drift away from the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from real import Governed, governed

from avow.policy.promise import Owed
from avow.prove.verdict import BROKEN, KEPT

__all__ = ["governed"]


def grant_the_old_login(g: Governed) -> None:
    g.run("GRANT SELECT ON public.invoices TO {role}", role=f"{g.prefix}support")


def switch_row_security_off(g: Governed) -> None:
    g.run("ALTER TABLE public.contacts DISABLE ROW LEVEL SECURITY")


def widen_a_policy(g: Governed) -> None:
    g.run("CREATE POLICY late ON public.contacts FOR SELECT TO {role} USING (true)", role=g.role("support.provide"))


def drop_the_source_check(g: Governed) -> None:
    g.run("ALTER TABLE public.leads DROP CONSTRAINT {name}", name=_constraint(g, "public.leads", "source"))


def make_a_definer_view(g: Governed) -> None:
    g.run("CREATE VIEW public.who AS SELECT name, phone FROM public.contacts")
    g.run("GRANT SELECT ON public.who TO {role}", role=f"{g.prefix}finance")


def take_the_role_of_the_views(g: Governed) -> None:
    g.run("GRANT {views} TO {login}", views=_view_role(g), login=f"{g.prefix}finance")


def widen_the_policy_of_the_views(g: Governed) -> None:
    g.run("CREATE POLICY late ON public.contacts FOR SELECT TO {role} USING (true)", role=_view_role(g))


def let_the_role_of_the_views_log_in(g: Governed) -> None:
    g.run("ALTER ROLE {role} LOGIN", role=_view_role(g))


def _view_role(g: Governed) -> str:
    """Owns the views of the first pair that supports."""
    return g.role("support.provide").replace("_p", "_v")


def start_in_another_pair(g: Governed) -> None:
    g.run(
        "ALTER ROLE {login} IN DATABASE {db} SET role = {role}",
        login=f"{g.prefix}analyst",
        db=g.database,
        role=g.role("service.improve"),
    )


def skip_the_triggers(g: Governed) -> None:
    g.run("ALTER ROLE {login} SET session_replication_role = replica", login=f"{g.prefix}support")


def allow_to_skip_the_triggers(g: Governed) -> None:
    g.run("GRANT SET ON PARAMETER session_replication_role TO {login}", login=f"{g.prefix}support")


def _constraint(g: Governed, table: str, column: str) -> str:
    with g.open() as connection:
        row = connection.execute(
            "SELECT conname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) "
            "WHERE c.conrelid = %s::regclass AND a.attname = %s AND c.contype = 'c' AND c.conname LIKE '%%avow%%'",
            (table, column),
        ).fetchone()
    assert row is not None, f"{table} has no check of ours on {column}"
    return str(row[0])


CASES: tuple[tuple[Callable[[Governed], None], str, str, str], ...] = (
    (grant_the_old_login, "invoicing", "can read public.invoices", ""),
    (switch_row_security_off, "support", "", ""),
    (widen_a_policy, "support", "", "DROP POLICY late ON public.contacts"),
    (drop_the_source_check, "from-events", "public.leads", ""),
    (start_in_another_pair, "improvement", "because its sessions start as `service.improve/internal.support`", ""),
    (
        skip_the_triggers,
        "support",
        "session_replication_role = replica",
        "ALTER ROLE {support} RESET session_replication_role",
    ),
    (
        allow_to_skip_the_triggers,
        "support",
        "it may set session_replication_role",
        "REVOKE SET ON PARAMETER session_replication_role FROM {support}",
    ),
    (make_a_definer_view, "order-processing", "through the view `public.who`", "DROP VIEW public.who"),
    (take_the_role_of_the_views, "support", "which reads with its owner's rights", "REVOKE {views} FROM {login}"),
    (
        widen_the_policy_of_the_views,
        "support",
        "which reads with its owner's rights",
        "DROP POLICY late ON public.contacts",
    ),
    (let_the_role_of_the_views_log_in, "support", "which reads with its owner's rights", ""),
)


@pytest.mark.parametrize(("spoil", "statement", "words", "undo"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_sabotage_of_a_real_control_breaks_the_sentence_and_apply_heals_it(
    governed: Governed, spoil: Callable[[Governed], None], statement: str, words: str, undo: str
) -> None:
    spoil(governed)
    found = governed.look(statement)
    if undo:
        names = {name: f"{governed.prefix}{name}" for name in ("support", "finance", "owner")}
        names |= {"db": governed.database, "views": _view_role(governed), "login": names["finance"]}
        governed.run(undo, **{k: v for k, v in names.items() if f"{{{k}}}" in undo})
    governed.heal()
    assert found.verdict == BROKEN, found
    assert words in found.reason, found.reason
    healed = governed.look(statement)
    assert healed.verdict == KEPT, healed.reason


def test_a_login_that_lost_its_default_is_refused_and_the_verdict_says_so_without_breaking(governed: Governed) -> None:
    governed.run(
        "ALTER ROLE {login} IN DATABASE {db} RESET role", login=f"{governed.prefix}finance", db=governed.database
    )
    governed.run(
        "ALTER ROLE {login} IN DATABASE {db} SET search_path = public",
        login=f"{governed.prefix}finance",
        db=governed.database,
    )
    found = governed.look("order-processing")
    governed.heal()
    assert found.verdict == KEPT, found.reason
    assert f"sessions of `{governed.prefix}finance` start without their pair and are refused" in found.limits
    assert "start without their pair" not in governed.look("order-processing").limits


def test_use_older_rows_behind_avows_back_breaks_the_sentence(governed: Governed) -> None:
    """An earlier version that knew every use but support: support sees no contact from before its end."""
    rules = tuple(r for r in governed.version.rules if r.kind == "permit" and r.promise != "support")
    kept = tuple(r for r in rules if "support.provide" not in r.purposes)
    owed = Owed("2025-06", date(2025, 9, 1), kept)
    older = replace(governed, version=replace(governed.version, owed=(owed,)))
    older.heal()
    try:
        found = older.look("support")
        assert found.verdict == KEPT, found.reason
        policy = f"{older.schema('support.provide')}_select"
        older.run("ALTER POLICY {policy} ON public.contacts USING (true)", policy=policy)
        found = older.look("support")
        assert found.verdict == BROKEN
        seen = "; ".join(probe.seen for rule in found.rules for probe in rule.probes)
        assert "sees a row of public.contacts that was collected before 2025-09-01" in seen, seen
        older.heal()
        assert older.look("support").verdict == KEPT
    finally:
        governed.heal()
