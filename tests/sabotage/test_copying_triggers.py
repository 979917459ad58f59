"""Sabotage: a trigger that puts what it is given where the map says otherwise breaks the sentences about what it copies, whoever's
rights it runs with; one that copies nothing, or only what the map says of the place, turns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from lantern import Company, make_map, make_scene, open_company, write_evidence
from ways_register import CONTACTS, EVERY, INVOICES, PHONES

from avow.app.reviews import compare_store
from avow.datamap.model import Custodian, StoreMap
from avow.prove import check
from avow.prove.verdict import BROKEN, KEPT, UNPROVEN, StatementVerdict

LOOKED_AT = EVERY | {"uk-staff"}


@pytest.fixture(scope="module")
def company(_server: object) -> Iterator[Company]:
    """The lantern maker, with a log that nobody mapped as personal and that finance reads and writes."""
    with open_company(_server, "avow_copies") as made:
        made.run("ALTER TABLE migrations ADD COLUMN note text, ADD COLUMN whole jsonb, ADD COLUMN times int")
        made.run("GRANT SELECT, INSERT, UPDATE ON migrations TO %P%p1, %P%p2")
        yield made


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_evidence(tmp_path_factory.mktemp("copies") / "evidence")


def look(company: Company, evidence: Path, store: StoreMap | None = None) -> dict[str, StatementVerdict]:
    scene = make_scene(company, evidence, **({"store_map": store} if store else {}))
    promises = tuple(p for p in scene.version.promises if p.id in LOOKED_AT)
    return {s.id: s for s in check(replace(scene, version=replace(scene.version, promises=promises))).statements}


@dataclass(frozen=True)
class Copying:
    """`body` of a trigger on `table`; `words` say which column goes where."""

    id: str
    turns: frozenset[str]
    body: str
    words: str = ""
    table: str = "contacts"
    when: str = "AFTER INSERT OR UPDATE"
    each: str = "FOR EACH ROW"
    before: str = ""
    after: str = ""
    verdict: str = BROKEN


COPIES = (
    Copying(
        "a-cell",
        CONTACTS,
        "INSERT INTO public.migrations (note) VALUES (NEW.email)",
        "p2` can read public.contacts (email) through the trigger `copies` on public.contacts, which copies it to"
        " public.migrations (note)",
    ),
    Copying(
        "a-cell-that-marketing-does-not-use", PHONES, "INSERT INTO public.migrations (id, note) SELECT 1, NEW.phone"
    ),
    Copying(
        "the-whole-row",
        CONTACTS,
        "INSERT INTO public.migrations (whole) VALUES (to_jsonb(NEW))",
        "(email, extra, name, phone, role) through the trigger `copies`",
    ),
    Copying(
        "by-way-of-a-variable",
        CONTACTS,
        "kept := lower(NEW.email); UPDATE public.migrations SET note = kept WHERE id = 1",
        "which copies it to public.migrations (note)",
    ),
    Copying(
        "through-a-routine",
        CONTACTS,
        "PERFORM public.note_it(NEW.email)",
        "which copies it to public.migrations",
        before="CREATE FUNCTION note_it(said text) RETURNS void LANGUAGE sql AS "
        "'INSERT INTO public.migrations (note) VALUES (said)'",
        after="DROP FUNCTION note_it",
    ),
    Copying(
        "into-another-column-of-the-row",
        CONTACTS,
        "NEW.channel := NEW.email; RETURN NEW",
        "which copies it to public.contacts (channel)",
        when="BEFORE INSERT",
        before="GRANT SELECT (channel) ON contacts TO %P%p2",
        after="REVOKE SELECT (channel) ON contacts FROM %P%p2",
    ),
    Copying(
        "rows-of-a-statement",
        CONTACTS,
        "INSERT INTO public.migrations (note) SELECT f.email FROM fresh f",
        "which copies it to public.migrations (note)",
        when="AFTER INSERT",
        each="REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT",
    ),
    Copying(
        "on-conflict",
        PHONES,
        "INSERT INTO public.migrations (id, note) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET note = NEW.phone",
        before="ALTER TABLE migrations ADD PRIMARY KEY (id)",
        after="ALTER TABLE migrations DROP CONSTRAINT migrations_pkey; ALTER TABLE migrations ALTER id DROP NOT NULL",
    ),
    Copying(
        "into-a-column-that-is-mapped-as-something-else",
        PHONES,
        "UPDATE public.organisations SET sector = NEW.phone WHERE id = NEW.organisation_id",
        "can read public.contacts (phone) through the trigger",
        before="GRANT SELECT (sector) ON organisations TO %P%p2; GRANT UPDATE (sector) ON organisations TO %P%p1",
        after="REVOKE SELECT (sector) ON organisations FROM %P%p2; REVOKE UPDATE (sector) ON organisations FROM %P%p1",
    ),
    Copying(
        "a-text-that-is-built-as-it-runs",
        CONTACTS,
        "EXECUTE format('INSERT INTO public.%I (note) VALUES ($1)', 'migrations') USING NEW.email",
        "the trigger `copies` on public.contacts builds its statements as it runs: where it puts what it is given cannot be read",
        verdict=UNPROVEN,
    ),
)

INNOCENT = (
    Copying("touch", frozenset(), "NEW.created_at := now(); RETURN NEW", when="BEFORE UPDATE"),
    Copying("spelling", frozenset(), "NEW.email := lower(NEW.email); RETURN NEW", when="BEFORE INSERT"),
    Copying(
        "counter",
        frozenset(),
        "UPDATE public.migrations SET times = times + 1 WHERE note = NEW.email",
    ),
    Copying("key", frozenset(), "INSERT INTO public.migrations (id, times) VALUES (NEW.id, length(NEW.name))"),
    Copying(
        "condition",
        frozenset(),
        "IF NEW.email IS DISTINCT FROM OLD.email THEN INSERT INTO public.migrations (note) VALUES ('changed'); END IF",
        when="AFTER UPDATE",
    ),
    Copying(
        "to-where-the-map-says-so",
        frozenset(),
        "INSERT INTO public.leads (name, email, channel) VALUES (NEW.body, NEW.body, 'event')",
        table="replies",
    ),
    Copying(
        "a-column-that-nobody-reads",
        frozenset(),
        "UPDATE public.organisations SET size = length(NEW.phone), sector = NEW.phone WHERE false",
        before="REVOKE SELECT (sector) ON organisations FROM %P%p1; GRANT UPDATE (sector, size) ON organisations TO %P%p1",
        after="GRANT SELECT (sector) ON organisations TO %P%p1; REVOKE UPDATE (sector, size) ON organisations FROM %P%p1",
    ),
)


def standing(company: Company, one: Copying, rights: str = "") -> str:
    body = one.body if "RETURN" in one.body else f"{one.body}; RETURN NULL"
    company.run(one.before or "SELECT 1")
    company.run(
        f"CREATE FUNCTION copies() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$ DECLARE kept text; BEGIN {body}; END $body$;"
        f" CREATE TRIGGER copies {one.when} ON {one.table} {one.each} EXECUTE FUNCTION copies()"
    )
    return f"DROP TRIGGER copies ON {one.table}; DROP FUNCTION copies; {one.after}"


@pytest.mark.parametrize("one", COPIES, ids=lambda c: c.id)
def test_a_trigger_that_copies_breaks_exactly_the_sentences_about_what_it_copies(
    one: Copying, company: Company, evidence: Path
) -> None:
    heal = standing(company, one)
    try:
        found = look(company, evidence)
    finally:
        company.run(heal)
    turned = {name: s for name, s in found.items() if s.verdict != KEPT}
    assert turned.keys() == one.turns, {name: (s.verdict, s.reason) for name, s in turned.items()}
    assert {s.verdict for s in turned.values()} == {one.verdict}, turned
    assert any(one.words in s.reason for s in turned.values()), [s.reason for s in turned.values()]


def test_the_review_of_rights_names_what_a_trigger_copies(company: Company, evidence: Path) -> None:
    store = make_scene(company, evidence).stores[0]
    before = compare_store(store).findings
    heal = standing(company, COPIES[0])
    try:
        found = compare_store(store).findings
    finally:
        company.run(heal)
    assert not any("the trigger `copies`" in finding for finding in before)
    assert any("through the trigger `copies` on public.contacts" in finding for finding in found), found


@pytest.mark.parametrize("rights", ["SECURITY INVOKER", "SECURITY DEFINER"])
@pytest.mark.parametrize("one", INNOCENT, ids=lambda c: c.id)
def test_a_trigger_that_copies_nothing_elsewhere_turns_no_sentence(
    one: Copying, rights: str, company: Company, evidence: Path
) -> None:
    heal = standing(company, one, rights)
    try:
        found = look(company, evidence)
    finally:
        company.run(heal)
    assert {name: (s.verdict, s.reason) for name, s in found.items() if s.verdict != KEPT} == {}


def test_a_table_that_nobody_mapped_breaks_what_a_trigger_copies_to_it_and_leaves_the_rest_open(
    company: Company, evidence: Path
) -> None:
    one = Copying(
        "all-cells-of-the-row",
        INVOICES,
        "INSERT INTO public.copied VALUES (NEW.*)",
        table="invoices",
        before="CREATE TABLE copied (LIKE invoices); GRANT SELECT (address), INSERT ON copied TO %P%p1, %P%p2",
        after="DROP TABLE copied",
    )
    heal = standing(company, one)
    found = look(company, evidence)
    company.run(heal)
    assert {name for name, s in found.items() if s.verdict == BROKEN} == INVOICES
    way = "through the trigger `copies` on public.invoices, which copies it to public.copied (address)"
    assert f"can read public.invoices (address) {way}" in found["finance-invoices"].reason
    assert found["sales-contacts"].verdict == UNPROVEN


def test_with_its_owners_rights_it_is_seen_as_well(company: Company, evidence: Path) -> None:
    heal = standing(company, COPIES[0], "SECURITY DEFINER")
    found = look(company, evidence)
    company.run(heal)
    assert {name for name, s in found.items() if s.verdict == BROKEN} == CONTACTS


def test_a_text_that_nobody_sees_through_may_be_declared(company: Company, evidence: Path) -> None:
    one = COPIES[-1]
    store = make_map(company)
    clerk = Custodian("", "Bob", "writes the log", "the log", "2099-01-01", routine="public.copies()")
    heal = standing(company, one)
    found = look(company, evidence, replace(store, custodians=(*store.custodians, clerk)))
    company.run(heal)
    assert {s.verdict for s in found.values()} == {KEPT}


def test_after_every_trigger_is_gone_all_sentences_are_kept(company: Company, evidence: Path) -> None:
    found = look(company, evidence)
    assert {name: s.verdict for name, s in found.items()} == dict.fromkeys(LOOKED_AT, KEPT)
