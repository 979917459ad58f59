"""Which sentences a migration would make false: whatever a check would find after it is found before it, on a governed store."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sabotage"))
from lantern import Company, create_company, make_scene, write_evidence

from avow.prove.migration import diff_migration
from avow.prove.scene import Scene

TODAY = date(2026, 11, 27)
DEFINER = "RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT address FROM public.invoices'"
OPAQUE = """RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER AS
'BEGIN RETURN QUERY EXECUTE ''SELECT '' || what || '' FROM public.invoices''; END'"""

# statement -> what is said, and the promise of which it is said
BREAKING = {
    "GRANT SELECT ON open_contacts TO %P%analyst": ("through the view `public.open_contacts`", "sales-contacts"),
    "GRANT SELECT (phone) ON contacts TO %P%staff": (
        "`%P%staff` would get SELECT on public.contacts (phone)",
        "sales-contacts",
    ),
    "CREATE VIEW callers AS SELECT phone AS c1 FROM contacts; GRANT SELECT ON callers TO %P%finance": (
        "`%P%finance` could read public.contacts (phone) through the view `public.callers`",
        "sales-contacts",
    ),
    "CREATE MATERIALIZED VIEW kept AS SELECT amount AS a FROM invoices; GRANT SELECT ON kept TO %P%marketing": (
        "through the view `public.kept`, a materialized view",
        "no-invoice-marketing",
    ),
    "ALTER TABLE invoices OWNER TO %P%finance": (
        "`%P%finance` could read and write public.invoices (address, amount) as the owner of the table",
        "finance-invoices",
    ),
    f"CREATE FUNCTION lines() {DEFINER}; REVOKE EXECUTE ON FUNCTION lines() FROM PUBLIC;"
    " GRANT EXECUTE ON FUNCTION lines() TO %P%app": ("`%P%app` could run `public.lines()`", "finance-invoices"),
    f"CREATE FUNCTION report(what text) {OPAQUE}": (
        "everybody could run the routine `public.report(what text)`",
        "finance-invoices",
    ),
    "CREATE TABLE zz (a text, b text)": ("table public.zz is not in the data map", "leads-list"),
    "ALTER TABLE leads DROP COLUMN event CASCADE": ("`public.leads.event` would be gone", "event-named"),
    "ALTER TABLE replies DROP COLUMN channel CASCADE": ("`public.replies.channel` would be gone", "sources"),
    "ALTER TABLE contacts ALTER avow_mask DROP DEFAULT": (
        "`public.contacts.avow_mask` would no longer be as Avow made it",
        "marketing-objection",
    ),
    "CREATE POLICY more ON contacts FOR SELECT TO %P%p3 USING (true)": (
        "the row policy `more` would let `%P%p3` see more of `public.contacts`",
        "marketing-objection",
    ),
}
BY_GROUP = {
    "GRANT %P%shopgroup TO %P%analyst": ("`%P%analyst` could read public.invoices", "finance-invoices"),
    "ALTER TABLE contacts DROP COLUMN role CASCADE": ("`public.contacts.role` would be gone", "marketing-objection"),
    "ALTER TABLE traffic DROP COLUMN avow_handling": ("`public.traffic.avow_handling` would be gone", "sources"),
    "ALTER TABLE contacts DROP COLUMN created_at CASCADE": (
        "column public.contacts.created_at of the map is not in the store",
        "contacts-list",
    ),
}
HARMLESS = """
CREATE INDEX ON leads (event);
CREATE OR REPLACE VIEW open_contacts AS SELECT id, name, email FROM contacts;
ALTER TABLE invoices ALTER amount SET NOT NULL;
GRANT SELECT (id) ON organisations TO %P%finance;
REVOKE ALL ON contacts_2019 FROM PUBLIC;
CREATE FUNCTION own_rights() RETURNS SETOF text LANGUAGE sql AS 'SELECT address FROM public.invoices';
"""


@pytest.fixture
def company(cluster: Any) -> Company:
    return create_company(cluster.create_database())


@pytest.fixture
def scene(company: Company, tmp_path: Path) -> Scene:
    company.run("CREATE ROLE %P%shopgroup NOLOGIN; GRANT SELECT ON invoices TO %P%shopgroup")
    return make_scene(company, write_evidence(tmp_path / "evidence"))


def told(scene: Scene, company: Company, cluster: Any, migration: str) -> list[str]:
    store = scene.stores[0]
    assert store.description is not None
    text = migration.replace("%P%", company.prefix)
    found = diff_migration(store.description, cluster.dsn, text, scene.version, scene.terms, store.map, TODAY)
    return [diagnostic.cause for diagnostic in found]


@pytest.mark.parametrize("statements", [BREAKING, BY_GROUP], ids=["ways and shapes", "groups and marks"])
def test_each_change_that_a_check_would_find_is_found_before_it_is_made(
    scene: Scene, company: Company, cluster: Any, statements: dict[str, tuple[str, str]]
) -> None:
    found = told(scene, company, cluster, ";\n".join(statements))
    missed = [
        statement
        for statement, (words, promise) in statements.items()
        if not any(words.replace("%P%", company.prefix) in one and f"`{promise}`" in one for one in found)
    ]
    assert missed == [], found


def test_a_migration_that_changes_no_rights_and_nothing_of_the_map_is_told_nothing(
    scene: Scene, company: Company, cluster: Any
) -> None:
    assert told(scene, company, cluster, HARMLESS) == []


def test_a_view_that_nobody_was_granted_is_still_unmapped(scene: Scene, company: Company, cluster: Any) -> None:
    (only,) = told(scene, company, cluster, "CREATE VIEW quiet AS SELECT email AS e FROM contacts")
    assert only == "the new view `public.quiet` would show `public.contacts.email`, and nobody has mapped it"
