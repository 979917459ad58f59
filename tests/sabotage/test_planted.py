"""Sabotage: what somebody with rights plants in the schemas of Avow's own, or exchanges there, on the controls that `apply` really
made. Each breaks what it reaches, and the same sentence is kept again when it is gone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from real import Governed, governed

from avow.prove.verdict import BROKEN, KEPT, UNPROVEN, StatementVerdict

__all__ = ["governed"]

INVOICES, CONTACTS, GROUPS = "invoicing", "order-processing", "usage-statistics"
LOOKED_AT = (INVOICES, CONTACTS, "support")


@dataclass(frozen=True)
class Planted:
    """`verdicts` of the sentences that turn, all others stay kept; `{invoicing}` and `{supporting}` are schemas of pairs, `{finance}` a
    login. Where `heal` is empty the next apply heals it."""

    id: str
    spoil: str
    heal: str
    turned: dict[str, str]
    words: str


EVERY = dict.fromkeys(LOOKED_AT, BROKEN)
UNKNOWN = dict.fromkeys(LOOKED_AT, UNPROVEN)
PLANTED = (
    Planted(
        "view-in-avow",
        "CREATE VIEW avow.leak AS SELECT amount FROM public.invoices; GRANT SELECT ON avow.leak TO {support}",
        "DROP VIEW avow.leak",
        {INVOICES: BROKEN},
        "can read public.invoices (amount) through the view `avow.leak`",
    ),
    Planted(
        "view-in-the-schema-of-a-pair",
        "CREATE VIEW {supporting}.leak AS SELECT amount FROM public.invoices; GRANT SELECT ON {supporting}.leak TO {support}",
        "DROP VIEW {supporting}.leak",
        {INVOICES: BROKEN},
        "can read public.invoices (amount) through the view `av_p",
    ),
    Planted(
        "view-that-shows-nothing",
        "CREATE VIEW avow.sign AS SELECT 1 AS one; GRANT SELECT ON avow.sign TO {support}",
        "DROP VIEW avow.sign",
        {},
        "`avow.sign` stands in a schema of Avow's own, and apply did not make it",
    ),
    Planted(
        "routine-in-avow",
        "CREATE FUNCTION avow.look_up(n bigint) RETURNS numeric LANGUAGE sql SECURITY DEFINER AS"
        " 'SELECT amount FROM public.invoices WHERE id = n'",
        "DROP FUNCTION avow.look_up",
        {INVOICES: BROKEN},
        "can read public.invoices (amount) through the routine `avow.look_up(n bigint)`",
    ),
    Planted(
        "another-form-of-a-routine-of-avows",
        "CREATE FUNCTION avow.pause(n text) RETURNS numeric LANGUAGE sql SECURITY DEFINER AS"
        " 'SELECT amount FROM public.invoices WHERE id = n::bigint'",
        "DROP FUNCTION avow.pause(text)",
        EVERY,
        "can read public.invoices (amount) through the routine `avow.pause(n text)`",
    ),
    Planted(
        "routine-through-a-view-in-avow",
        "CREATE VIEW avow.sums AS SELECT amount FROM public.invoices;"
        " CREATE FUNCTION public.total() RETURNS numeric LANGUAGE sql SECURITY DEFINER AS 'SELECT sum(amount) FROM avow.sums'",
        "DROP FUNCTION public.total; DROP VIEW avow.sums",
        {INVOICES: BROKEN},
        "through the routine `public.total()`",
    ),
    Planted(
        "routine-that-nobody-sees-through",
        "CREATE FUNCTION avow.run_it(said text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS"
        " 'DECLARE found text; BEGIN EXECUTE said INTO found; RETURN found; END'",
        "DROP FUNCTION avow.run_it",
        UNKNOWN,
        "the routine `avow.run_it(said text)`, which runs with the rights of",
    ),
    Planted(
        "table-that-a-trigger-fills",
        "CREATE TABLE avow.copy (said text); GRANT SELECT, INSERT ON avow.copy TO {support};"
        " CREATE FUNCTION avow.fill() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " 'BEGIN INSERT INTO avow.copy VALUES (NEW.amount::text); RETURN NULL; END';"
        " CREATE TRIGGER fill AFTER INSERT ON public.invoices FOR EACH ROW EXECUTE FUNCTION avow.fill()",
        "DROP TRIGGER fill ON public.invoices; DROP FUNCTION avow.fill; DROP TABLE avow.copy",
        {**EVERY, INVOICES: BROKEN},
        "can read public.invoices (amount) through the trigger `fill` on public.invoices, which copies it to avow.copy (said)",
    ),
    Planted(
        "table-of-which-nobody-knows-what-it-holds",
        "CREATE TABLE {supporting}.copy AS SELECT amount FROM public.invoices; GRANT SELECT ON {supporting}.copy TO {support}",
        "DROP TABLE {supporting}.copy",
        UNKNOWN,
        "copy` stands in a schema of Avow's own and apply did not make it",
    ),
    Planted(
        "pair-view-with-wider-columns",
        "CREATE OR REPLACE VIEW {invoicing}.invoices AS SELECT v.*, c.phone FROM (SELECT * FROM {invoicing}.invoices) v,"
        " public.contacts c",
        "",
        {},
        "",
    ),
    Planted(
        "mark-that-a-login-may-set",
        "GRANT USAGE ON SCHEMA avow TO {support}; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA avow TO {support}",
        "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA avow FROM {support}",
        EVERY,
        "apply did not make the grant `EXECUTE on avow.",
    ),
    Planted(
        "table-of-marks-that-a-login-may-write",
        "GRANT UPDATE ON avow.subject_state TO {support}",
        "REVOKE UPDATE ON avow.subject_state FROM {support}",
        EVERY,
        "apply did not make the grant `UPDATE on avow.subject_state to ",
    ),
    Planted(
        "table-of-choices-that-a-login-may-read",
        "GRANT SELECT (marks) ON avow.subject_state TO {support}",
        "REVOKE SELECT (marks) ON avow.subject_state FROM {support}",
        UNKNOWN,
        "apply did not give SELECT on avow.subject_state to ",
    ),
    Planted(
        "trigger-on-the-marks",
        "CREATE FUNCTION public.undo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';"
        " CREATE TRIGGER undo BEFORE UPDATE ON avow.subject_state FOR EACH ROW EXECUTE FUNCTION public.undo()",
        "DROP TRIGGER undo ON avow.subject_state; DROP FUNCTION public.undo",
        EVERY,
        "apply did not make the trigger `undo on avow.subject_state`",
    ),
    Planted(
        "right-to-plant",
        "GRANT CREATE ON SCHEMA {supporting} TO {support}",
        "REVOKE CREATE ON SCHEMA {supporting} FROM {support}",
        EVERY,
        "apply did not make the grant `CREATE on av_p",
    ),
    Planted(
        "rights-by-default",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {supporting} GRANT SELECT ON TABLES TO {support}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {supporting} REVOKE SELECT ON TABLES FROM {support}",
        {},
        "whatever is made in Avow's schemas gives SELECT on av_p",
    ),
)


def spelled(g: Governed, words: str) -> str:
    names = {"support": f"{g.prefix}support", "finance": f"{g.prefix}finance"}
    names |= {"supporting": g.schema("support.provide"), "invoicing": g.schema("billing.invoice")}
    return words.format(**names)


def run(g: Governed, words: str) -> None:
    with g.open() as connection:
        connection.execute(spelled(g, words).encode())


def turned(found: dict[str, StatementVerdict]) -> dict[str, str]:
    return {name: s.verdict for name, s in found.items() if s.verdict != KEPT}


def said(found: dict[str, StatementVerdict]) -> str:
    probes = [p.seen for s in found.values() for rule in s.rules for p in rule.probes]
    return "\n".join([*(f"{s.reason}\n{s.limits}" for s in found.values()), *probes])


@pytest.mark.parametrize("one", [p for p in PLANTED if p.words], ids=lambda p: p.id)
def test_what_is_planted_among_avows_own_turns_what_it_reaches_and_nothing_else(
    one: Planted, governed: Governed
) -> None:
    run(governed, one.spoil)
    try:
        found = governed.look_at(*LOOKED_AT)
    finally:
        run(governed, one.heal)
    assert turned(found) == one.turned, said(found)
    assert one.words in said(found), said(found)


def test_when_all_of_it_is_gone_every_sentence_is_kept(governed: Governed) -> None:
    found = governed.look_at(*LOOKED_AT)
    assert turned(found) == {}, said(found)
    assert "Avow's own" not in said(found)
