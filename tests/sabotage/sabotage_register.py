"""The register of sabotages: what is broken behind Avow's back, which sentence must turn to broken, and how it is healed.

`%P%` is the prefix of the company's roles. `spoil` and `heal` are SQL; `words` must stand in what the verdict says was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from ways_register import WAYS


@dataclass(frozen=True)
class Sabotage:
    id: str
    kind: str
    statement: str
    spoil: str
    heal: str
    words: str


_P3 = "ALTER POLICY avow_p3 ON contacts USING ((avow_mask & 1) = 0 AND role = 'delivery')"
_SOURCE = "ADD CONSTRAINT avow_source CHECK (channel IS NOT NULL AND channel = ANY ('{phone,form}')) NOT VALID"
_EVENT = "ADD CONSTRAINT avow_event CHECK (channel IS DISTINCT FROM 'event' OR event IS NOT NULL) NOT VALID"
_REBUILD = """
CREATE TABLE rebuilt (LIKE invoices INCLUDING ALL); INSERT INTO rebuilt SELECT * FROM invoices;
ALTER TABLE invoices RENAME TO invoices_before; ALTER TABLE rebuilt RENAME TO invoices;
GRANT SELECT ON invoices TO %P%app
"""
_REBUILD_HEAL = "DROP TABLE invoices; ALTER TABLE invoices_before RENAME TO invoices"
_USAGE = "SELECT at, sum(bytes) AS bytes FROM public.counters GROUP BY at"
_CARDS = "('4111 1111 1111 1111'), ('5500 0055 5555 5559'), ('4012 8888 8888 1881'), ('4222 2222 2222 2220')"

SABOTAGES: tuple[Sabotage, ...] = (
    Sabotage(
        "grant-column-to-login",
        "permit",
        "sales-contacts",
        "GRANT SELECT (email) ON contacts TO %P%finance",
        "REVOKE SELECT (email) ON contacts FROM %P%finance",
        "finance` can read public.contacts (email) by a grant of its own",
    ),
    Sabotage(
        "grant-column-to-other-pair",
        "permit",
        "sales-contacts",
        "GRANT SELECT (phone) ON contacts TO %P%p2",
        "REVOKE SELECT (phone) ON contacts FROM %P%p2",
        "although the pair `billing.invoice/internal.finance`",
    ),
    Sabotage(
        "grant-table-to-everybody",
        "permit",
        "finance-invoices",
        "GRANT SELECT ON invoices TO PUBLIC",
        "REVOKE SELECT ON invoices FROM PUBLIC",
        "`PUBLIC` can read public.invoices",
    ),
    Sabotage(
        "give-back-old-role",
        "permit",
        "finance-invoices",
        "GRANT SELECT ON invoices TO %P%staff; GRANT %P%staff TO %P%app",
        "REVOKE %P%staff FROM %P%app; REVOKE SELECT ON invoices FROM %P%staff",
        "staff` can read public.invoices",
    ),
    Sabotage(
        "give-another-pair",
        "permit",
        "finance-invoices",
        "GRANT %P%p2 TO %P%app",
        "REVOKE %P%p2 FROM %P%app",
        "which the map does not give it",
    ),
    Sabotage(
        "take-away-permitted-column",
        "permit",
        "sales-contacts",
        "REVOKE SELECT (email) ON contacts FROM %P%p1",
        "GRANT SELECT (email) ON contacts TO %P%p1",
        "may read public.contacts.email but cannot [42501]",
    ),
    Sabotage(
        "view-with-owners-rights",
        "permit",
        "sales-contacts",
        "CREATE VIEW leak AS SELECT name, phone FROM contacts; GRANT SELECT ON leak TO %P%analyst",
        "DROP VIEW leak",
        "through the view `public.leak`",
    ),
    Sabotage(
        "view-upon-view",
        "permit",
        "sales-contacts",
        "CREATE VIEW inner_leak AS SELECT phone FROM contacts; "
        "CREATE VIEW outer_leak AS SELECT * FROM inner_leak; GRANT SELECT ON outer_leak TO %P%analyst",
        "DROP VIEW outer_leak, inner_leak",
        "through the view `public.outer_leak`",
    ),
    Sabotage(
        "materialized-copy",
        "permit",
        "finance-invoices",
        "CREATE MATERIALIZED VIEW bills AS SELECT address FROM invoices; GRANT SELECT ON bills TO %P%app",
        "DROP MATERIALIZED VIEW bills",
        "a materialized view, which holds a copy",
    ),
    Sabotage(
        "routine-with-owners-rights",
        "permit",
        "sales-contacts",
        "GRANT EXECUTE ON FUNCTION find_email TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION find_email FROM PUBLIC",
        "through the routine `public.find_email",
    ),
    Sabotage(
        "routine-through-a-helper",
        "permit",
        "sales-contacts",
        "CREATE FUNCTION look_up(wanted text) RETURNS text LANGUAGE sql "
        "AS 'SELECT phone FROM public.contacts WHERE name = wanted'; "
        "CREATE FUNCTION ask(wanted text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT public.look_up(wanted)'",
        "DROP FUNCTION ask, look_up",
        "through the routine `public.ask",
    ),
    Sabotage(
        "routine-through-a-view",
        "permit",
        "sales-contacts",
        "CREATE FUNCTION everybody() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT o.email FROM public.open_contacts o'",
        "DROP FUNCTION everybody",
        "through the routine `public.everybody",
    ),
    Sabotage(
        "become-a-custodian",
        "permit",
        "sales-contacts",
        "GRANT postgres TO %P%finance",
        "REVOKE postgres FROM %P%finance",
        "because it may become `postgres`",
    ),
    Sabotage(
        "switch-row-security-off",
        "permit",
        "marketing-objection",
        "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY",
        "row security is off on public.contacts",
    ),
    Sabotage(
        "drop-policy",
        "permit",
        "marketing-objection",
        "DROP POLICY avow_p3 ON contacts",
        "CREATE POLICY avow_p3 ON contacts FOR SELECT TO %P%p3 USING ((avow_mask & 1) = 0 AND role = 'delivery')",
        "no row policy on public.contacts",
    ),
    Sabotage(
        "add-a-second-policy",
        "permit",
        "marketing-objection",
        "CREATE POLICY late ON contacts FOR SELECT TO %P%p3 USING (role = 'delivery')",
        "DROP POLICY late ON contacts",
        "in spite of `objected:marketing.own`",
    ),
    Sabotage(
        "forget-the-objection",
        "permit",
        "marketing-objection",
        "ALTER POLICY avow_p3 ON contacts USING (role = 'delivery')",
        _P3,
        "in spite of `objected:marketing.own`",
    ),
    Sabotage(
        "widen-the-rows",
        "permit",
        "marketing-objection",
        "ALTER POLICY avow_p3 ON contacts USING ((avow_mask & 1) = 0)",
        _P3,
        "whose contact_role is `billing`",
    ),
    Sabotage(
        "hide-every-row",
        "permit",
        "marketing-objection",
        "ALTER POLICY avow_p3 ON contacts USING (false)",
        _P3,
        "does not see a row of public.contacts that it may see",
    ),
    Sabotage(
        "bypass-row-security",
        "permit",
        "marketing-objection",
        "ALTER ROLE %P%p3 BYPASSRLS",
        "ALTER ROLE %P%p3 NOBYPASSRLS",
        "goes round row security",
    ),
    Sabotage(
        "let-the-pair-write-marks",
        "permit",
        "marketing-objection",
        "GRANT UPDATE (avow_mask) ON contacts TO %P%p3",
        "REVOKE UPDATE (avow_mask) ON contacts FROM %P%p3",
        "may change the marks on public.contacts",
    ),
    Sabotage("rebuild-table", "permit", "finance-invoices", _REBUILD, _REBUILD_HEAL, "public.invoices"),
    Sabotage(
        "make-a-login-superuser",
        "permit",
        "finance-invoices",
        "ALTER ROLE %P%app SUPERUSER",
        "ALTER ROLE %P%app NOSUPERUSER",
        "as a superuser",
    ),
    Sabotage(
        "read-all-data",
        "permit",
        "sales-contacts",
        "GRANT pg_read_all_data TO %P%staff",
        "REVOKE pg_read_all_data FROM %P%staff",
        "through `pg_read_all_data`",
    ),
    Sabotage(
        "hand-over-the-table",
        "permit",
        "finance-invoices",
        "ALTER TABLE invoices OWNER TO %P%app",
        "ALTER TABLE invoices OWNER TO CURRENT_USER; REVOKE ALL ON invoices FROM %P%app",
        "as the owner of the table",
    ),
    Sabotage(
        "right-to-empty-the-table",
        "permit",
        "finance-invoices",
        "GRANT TRUNCATE ON invoices TO %P%app",
        "REVOKE TRUNCATE ON invoices FROM %P%app",
        "can write public.invoices",
    ),
    Sabotage(
        "show-small-groups",
        "permit",
        "statistics",
        f"CREATE OR REPLACE VIEW %P%p4.usage AS {_USAGE}",
        f"CREATE OR REPLACE VIEW %P%p4.usage AS {_USAGE} HAVING count(DISTINCT contact_id) >= 5",
        "shows groups under 5 subjects",
    ),
    Sabotage(
        "show-rows-to-analysts",
        "permit",
        "statistics",
        "GRANT SELECT (bytes) ON counters TO %P%p4",
        "REVOKE SELECT (bytes) ON counters FROM %P%p4",
        "although the pair `analytics.usage/internal.analysts`",
    ),
    Sabotage(
        "grant-forbidden-column",
        "forbid",
        "no-invoice-marketing",
        "GRANT SELECT (amount) ON invoices TO %P%p3",
        "REVOKE SELECT (amount) ON invoices FROM %P%p3",
        "`marketing.own/internal.marketing` is not permitted it",
    ),
    Sabotage(
        "grant-forbidden-write",
        "forbid",
        "no-invoice-marketing",
        "GRANT UPDATE (address) ON invoices TO %P%p3",
        "REVOKE UPDATE (address) ON invoices FROM %P%p3",
        "can write public.invoices (address)",
    ),
    Sabotage(
        "let-a-reader-change-the-source",
        "permit",
        "marketing-objection",
        "GRANT UPDATE (channel) ON contacts TO %P%p3",
        "REVOKE UPDATE (channel) ON contacts FROM %P%p3",
        "can write public.contacts (channel) although the pair `marketing.own/internal.marketing` only reads there",
    ),
    Sabotage(
        "forbidden-view-in-the-pairs-schema",
        "forbid",
        "no-invoice-marketing",
        "CREATE VIEW %P%p3.invoices AS SELECT * FROM public.invoices; GRANT SELECT ON %P%p3.invoices TO %P%p3",
        "DROP VIEW %P%p3.invoices",
        "which reads with its owner's rights",
    ),
    Sabotage(
        "forbidden-routine",
        "forbid",
        "no-invoice-marketing",
        "CREATE FUNCTION debts() RETURNS numeric LANGUAGE sql SECURITY DEFINER AS 'SELECT sum(amount) FROM public.invoices'",
        "DROP FUNCTION debts",
        "through the routine `public.debts()`",
    ),
    Sabotage(
        "drop-source-check",
        "require.source",
        "sources",
        "ALTER TABLE contacts DROP CONSTRAINT avow_source",
        f"ALTER TABLE contacts {_SOURCE}",
        "nothing in the store refuses a row of public.contacts without a source",
    ),
    Sabotage(
        "allow-other-sources",
        "require.source",
        "sources",
        "ALTER TABLE invoices DROP CONSTRAINT avow_source; "
        "ALTER TABLE invoices ADD CONSTRAINT avow_source CHECK (channel IS NOT NULL)",
        f"ALTER TABLE invoices DROP CONSTRAINT avow_source; ALTER TABLE invoices {_SOURCE}",
        "public.invoices accepted a row with a source outside the list",
    ),
    Sabotage(
        "allow-no-source",
        "require.source",
        "sources",
        "ALTER TABLE tickets DROP CONSTRAINT avow_source; "
        "ALTER TABLE tickets ADD CONSTRAINT avow_source CHECK (channel = ANY ('{phone,form}'))",
        f"ALTER TABLE tickets DROP CONSTRAINT avow_source; ALTER TABLE tickets {_SOURCE}",
        "public.tickets accepted a row without a source",
    ),
    Sabotage(
        "refuse-listed-source",
        "require.source",
        "sources",
        "ALTER TABLE leads ADD CONSTRAINT late CHECK (channel <> 'event') NOT VALID",
        "ALTER TABLE leads DROP CONSTRAINT late",
        "public.leads refuses a row with a listed source",
    ),
    Sabotage(
        "drop-field-check",
        "require.field",
        "event-named",
        "ALTER TABLE leads DROP CONSTRAINT avow_event",
        f"ALTER TABLE leads {_EVENT}",
        "without event",
    ),
    Sabotage(
        "weaken-field-check",
        "require.field",
        "event-named",
        "ALTER TABLE leads DROP CONSTRAINT avow_event; ALTER TABLE leads ADD CONSTRAINT avow_event CHECK (event <> '')",
        f"ALTER TABLE leads DROP CONSTRAINT avow_event; ALTER TABLE leads {_EVENT}",
        "public.leads accepted a row without event",
    ),
    Sabotage(
        "add-a-column",
        "require.inventory",
        "leads-list",
        "ALTER TABLE leads ADD COLUMN birthday date",
        "ALTER TABLE leads DROP COLUMN birthday",
        "column public.leads.birthday is not in the data map",
    ),
    Sabotage(
        "add-a-table",
        "require.inventory",
        "leads-list",
        "CREATE TABLE leads_copy AS TABLE leads",
        "DROP TABLE leads_copy",
        "table public.leads_copy is not in the data map",
    ),
    Sabotage(
        "drop-a-column",
        "require.inventory",
        "contacts-list",
        "ALTER TABLE contacts_2019 DROP COLUMN email",
        "ALTER TABLE contacts_2019 ADD COLUMN email text",
        "column public.contacts_2019.email of the map is not in the store",
    ),
    Sabotage(
        "write-a-card-number-into-a-note",
        "require.inventory",
        "contacts-list",
        f"INSERT INTO contacts_2019 (name) VALUES {_CARDS}",
        "DELETE FROM contacts_2019 WHERE id IS NULL",
        "looks like `payment.card_number`",
    ),
    Sabotage(
        "add-a-json-key",
        "require.inventory",
        "contacts-list",
        """ALTER TABLE contacts DROP CONSTRAINT avow_keys; UPDATE contacts SET extra = '{"passport": 1}' WHERE id = 1""",
        "UPDATE contacts SET extra = '{}'; "
        "ALTER TABLE contacts ADD CONSTRAINT avow_keys CHECK (extra - ARRAY['fax'] = '{}') NOT VALID",
        "has JSON keys outside the closed list",
    ),
    Sabotage(
        "staff-abroad",
        "observe",
        "uk-staff",
        "UPDATE staff SET country = 'fr' WHERE id = 1",
        "UPDATE staff SET country = 'uk'",
        "1 rows of public.staff have another country",
    ),
    Sabotage(
        "lose-traffic",
        "observe",
        "counters",
        "UPDATE counters SET bytes = bytes + 1 WHERE contact_id = 3",
        "UPDATE counters SET bytes = bytes - 1 WHERE contact_id = 3",
        "sums of public.traffic.bytes differ",
    ),
    Sabotage(
        "close-without-an-answer",
        "observe",
        "answers",
        "UPDATE tickets SET status = 'closed' WHERE id = 1",
        "UPDATE tickets SET status = 'open' WHERE id = 1",
        "1 rows of public.tickets have no answer and are not open",
    ),
)

# Those that are done to files, maps and Avow's own records; each is a test of its own below.
ELSEWHERE: dict[str, str] = {
    "custodian-expired": "permit",
    "undeclared-superuser": "permit",
    "stage-back-to-observe": "permit",
    "inherit-the-pair": "permit",
    "start-in-another-pair": "permit",
    "skip-the-triggers": "permit",
    "use-older-rows": "permit",
    "grant-in-a-store-that-is-only-read": "permit",
    "routine-nobody-sees-through": "permit",
    "map-a-source-nobody-named": "require.source",
    "store-abroad": "require.place",
    "recipient-abroad": "require.place",
    "edit-a-published-version": "require.version",
    "publish-without-a-reason": "require.version",
    "drop-the-version-trigger": "require.version",
    "attestation-expired": "attest",
}

PROVED_BY_ID: dict[str, str] = {s.id: s.kind for s in SABOTAGES} | {w.id: "permit" for w in WAYS} | ELSEWHERE
