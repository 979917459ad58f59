"""Sabotage: what somebody with rights plants in the schemas of Avow's own, or exchanges there, on the controls that `apply` really
made. Each breaks what it reaches, and the same sentence is kept again when it is gone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import psycopg
import pytest
from lantern import Words
from real import Governed

from avow.datamap.model import (
    Aggregate,
    Column,
    Custodian,
    Group,
    Login,
    Measure,
    OwnerPath,
    Pair,
    RecordKind,
    Step,
    StoreMap,
    Table,
)
from avow.policy.promise import Anchor, Condition, PolicyVersion, Promise, Quote, Rule
from avow.prove.verdict import BROKEN, KEPT, UNPROVEN, StatementVerdict

SUPPORT, FINANCE = Pair("support.provide", "internal.support"), Pair("billing.invoice", "internal.finance")
ANALYST = Pair("analytics.usage", "internal.analysts")
INVOICES, CONTACTS, GROUPS = "invoices", "contacts", "groups"
LOOKED_AT = (INVOICES, CONTACTS, GROUPS)
COMPANY = """
CREATE TABLE people (id int PRIMARY KEY, email text, phone text, city text);
CREATE TABLE invoices (id int PRIMARY KEY, person_id int REFERENCES people, amount int);
INSERT INTO people SELECT n, 'p' || n || '@example.com', n::text, 'Wick' FROM generate_series(1, 9) n;
INSERT INTO invoices SELECT n, n, n FROM generate_series(1, 9) n;
CREATE ROLE {prefix}support LOGIN; CREATE ROLE {prefix}finance LOGIN; CREATE ROLE {prefix}analyst LOGIN;
REVOKE CONNECT ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {prefix}support, {prefix}finance, {prefix}analyst;
"""


def _rule(promise: str, data: tuple[str, ...], pair: Pair, **more: object) -> Rule:
    return Rule(f"{promise}/1", promise, "permit", data, (), (pair.purpose,), (pair.recipient,), **more)  # type: ignore[arg-type]


RULES = (
    _rule(INVOICES, ("payment.invoice",), FINANCE),
    _rule(CONTACTS, ("contact",), SUPPORT, when=(Condition("state_absent", ("restricted",)),)),
    _rule(GROUPS, ("location.city",), ANALYST, form="aggregate", at_least=3),
)


def _version() -> PolicyVersion:
    promises = tuple(
        Promise(r.promise, Quote("x"), Anchor(0, 1, 1, 1), "access_control", "does", rules=(r,)) for r in RULES
    )
    return PolicyVersion("till", "1", date(2026, 1, 1), "en", (), "", "x", "0", promises, ())


def _map(prefix: str, supers: list[str]) -> StoreMap:
    people = Table(
        "public.people",
        (
            Column("id", link=True),
            Column("email", frozenset({"contact.email"})),
            Column("phone", frozenset({"contact.phone"})),
            Column("city", frozenset({"location.city"})),
        ),
        (RecordKind("person", ("customer",)),),
        key="id",
        owners=(OwnerPath("public.people"),),
    )
    path = OwnerPath("public.people", (Step("person_id", "public.people", "id"),))
    columns = (
        Column("id", link=True),
        Column("person_id", link=True),
        Column("amount", frozenset({"payment.invoice"})),
    )
    invoices = Table("public.invoices", columns, (RecordKind("invoice", ("customer",)),), owners=(path,))
    pairs = {"support": SUPPORT, "finance": FINANCE, "analyst": ANALYST}
    logins = tuple(Login(f"{prefix}{name}", (pair,), pair, "enforce") for name, pair in pairs.items())
    groups = (Aggregate("by_city", "public.people", (Group("city"),), (Measure("count"),), "id"),)
    known = tuple(Custodian(name, "Dana", "the test server's own", "its log", "2099-01-01") for name in supers)
    return StoreMap("main", "postgresql", "uk", (people, invoices), logins, known, aggregates=groups)


@pytest.fixture(scope="module")
def governed(_server: object) -> Iterator[Governed]:
    """A till with people and invoices, governed by what `apply` makes."""
    database, prefix = f"avow_planted_{secrets.token_hex(4)}", f"pl{secrets.token_hex(3)}_"
    with psycopg.connect(_server.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
        supers = [name for (name,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolsuper")]
        made = Governed(_server.dsn_for(database), prefix, _version(), Words(), _map(prefix, supers))
        with made.open() as own:
            own.execute(COMPANY.format(prefix=prefix, database=database))
        made.heal()
        with made.open() as own:
            ours = own.execute(
                "SELECT role FROM avow.pair UNION SELECT replace(role, '_p', '_v') FROM avow.pair"
            ).fetchall()
        yield made
        connection.execute(f"DROP DATABASE {database} WITH (FORCE)")
        roles = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", (f"{prefix}%",)).fetchall()
        for (role,) in (*roles, *ours):
            connection.execute(f'DROP ROLE "{role}"')


@dataclass(frozen=True)
class Planted:
    """`turned` are the sentences that turn, all others stay kept; `{supporting}` and `{analysing}` are schemas of pairs,
    `{support}` is a login."""

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
        "CREATE FUNCTION avow.look_up(n int) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS"
        " 'SELECT amount FROM public.invoices WHERE id = n'",
        "DROP FUNCTION avow.look_up",
        {INVOICES: BROKEN},
        "can read public.invoices (amount) through the routine `avow.look_up(n integer)`",
    ),
    Planted(
        "another-form-of-a-routine-of-avows",
        "CREATE FUNCTION avow.pause(n text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS"
        " 'SELECT amount FROM public.invoices WHERE id = n::bigint'",
        "DROP FUNCTION avow.pause(text)",
        EVERY,
        "can read public.invoices (amount) through the routine `avow.pause(n text)`",
    ),
    Planted(
        "routine-through-a-view-in-avow",
        "CREATE VIEW avow.sums AS SELECT amount FROM public.invoices;"
        " CREATE FUNCTION public.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT sum(amount) FROM avow.sums'",
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
        {**UNKNOWN, INVOICES: BROKEN},
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
        "mark-that-a-login-may-set",
        "GRANT EXECUTE ON FUNCTION avow.set_state TO {support}",
        "REVOKE EXECUTE ON FUNCTION avow.set_state FROM {support}",
        EVERY,
        "apply did not make the grant `EXECUTE on avow.set_state to ",
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


REPLACED = (
    Planted(
        "pair-view-with-other-columns",
        "DROP VIEW {supporting}.people; CREATE VIEW {supporting}.people AS SELECT id, email, phone, city FROM public.people;"
        " GRANT SELECT ON {supporting}.people TO {support_role}",
        "",
        {CONTACTS: BROKEN, GROUPS: BROKEN},
        "city",
    ),
    Planted(
        "pair-view-that-shows-another-table",
        "DROP VIEW {supporting}.people; CREATE VIEW {supporting}.people AS SELECT p.id, amount AS email FROM public.people p"
        " JOIN public.invoices i ON i.person_id = p.id; GRANT SELECT ON {supporting}.people TO {support_role}",
        "",
        EVERY,
        "can read public.invoices (amount",
    ),
    Planted(
        "groups-with-more-in-them",
        "CREATE OR REPLACE VIEW {analysing}.by_city AS SELECT city, count(*) AS count, string_agg(email, ' ') AS said"
        " FROM public.people GROUP BY 1 HAVING count(DISTINCT id) >= 3",
        "",
        {CONTACTS: BROKEN, GROUPS: BROKEN},
        "through the view `av_p",
    ),
    Planted(
        "routine-that-marks-nobody",
        "CREATE OR REPLACE FUNCTION avow.set_mask_public_people() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NEW; END'",
        "",
        EVERY,
        "controls are not as apply left them",
    ),
)


def spelled(g: Governed, words: str) -> str:
    names = {"support": f"{g.prefix}support", "support_role": g.role("support.provide")}
    names |= {"supporting": g.schema("support.provide"), "analysing": g.schema("analytics.usage")}
    return words.format(**names)


def run(g: Governed, words: str) -> None:
    with g.open() as connection:
        connection.execute(spelled(g, words).encode())


def turned(found: dict[str, StatementVerdict]) -> dict[str, str]:
    return {name: s.verdict for name, s in found.items() if s.verdict != KEPT}


def said(found: dict[str, StatementVerdict]) -> str:
    probes = [p.seen for s in found.values() for rule in s.rules for p in rule.probes]
    return "\n".join([*(f"{s.reason}\n{s.limits}" for s in found.values()), *probes])


@pytest.mark.parametrize("one", PLANTED, ids=lambda p: p.id)
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


@pytest.mark.parametrize("one", REPLACED, ids=lambda p: p.id)
def test_what_is_exchanged_for_avows_own_turns_what_it_reaches_and_apply_mends_it(
    one: Planted, governed: Governed
) -> None:
    run(governed, one.spoil)
    found = governed.look_at(*LOOKED_AT)
    governed.heal()
    assert turned(found) == one.turned, said(found)
    assert one.words in said(found), said(found)
    assert turned(governed.look_at(*LOOKED_AT)) == {}


def test_when_all_of_it_is_gone_every_sentence_is_kept(governed: Governed) -> None:
    found = governed.look_at(*LOOKED_AT)
    assert turned(found) == {}, said(found)
    assert "Avow's own" not in said(found)
