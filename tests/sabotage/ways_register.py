"""Ways round the controls that nobody declared: what is opened behind Avow's back, and exactly which sentences must turn to broken.

`%P%` is the prefix of the company's roles. A way that reaches the columns of one table breaks what is promised about them and
nothing else; one to the whole server breaks every promise about who may see what.
"""

from __future__ import annotations

from dataclasses import dataclass

CONTACTS = frozenset({"sales-contacts", "marketing-objection"})
PHONES = frozenset({"sales-contacts"})
INVOICES = frozenset({"finance-invoices", "no-invoice-marketing"})
EVERY = CONTACTS | INVOICES | {"statistics"}


@dataclass(frozen=True)
class WayRound:
    id: str
    turns: frozenset[str]
    spoil: str
    heal: str
    words: str
    since: int = 15


WAYS: tuple[WayRound, ...] = (
    WayRound(
        "view-of-whole-rows",
        CONTACTS,
        "CREATE VIEW leak AS SELECT row_to_json(c) AS whole FROM contacts c; GRANT SELECT ON leak TO %P%finance",
        "DROP VIEW leak",
        "finance` can read public.contacts (email, extra, name, phone, role) through the view `public.leak`",
    ),
    WayRound(
        "view-of-whole-rows-beside-a-column",
        CONTACTS,
        "CREATE VIEW leak AS SELECT c.id, c AS whole FROM contacts c; GRANT SELECT ON leak TO %P%finance",
        "DROP VIEW leak",
        "through the view `public.leak`",
    ),
    WayRound(
        "whole-rows-of-a-view",
        PHONES,
        "CREATE VIEW inner_leak AS SELECT phone FROM contacts; "
        "CREATE VIEW outer_leak AS SELECT i::text AS w FROM inner_leak i; GRANT SELECT ON outer_leak TO %P%analyst",
        "DROP VIEW outer_leak, inner_leak",
        "analyst` can read public.contacts (phone) through the view `public.outer_leak`",
    ),
    WayRound(
        "view-over-a-custodians-view",
        PHONES,
        "CREATE VIEW inner_leak AS SELECT phone FROM contacts; GRANT SELECT ON inner_leak TO %P%clerk; "
        "CREATE VIEW outer_leak AS SELECT phone AS number FROM inner_leak; ALTER VIEW outer_leak OWNER TO %P%clerk; "
        "GRANT SELECT ON outer_leak TO %P%analyst",
        "DROP VIEW outer_leak, inner_leak",
        "analyst` can read public.contacts (phone) through the view `public.outer_leak`",
    ),
    WayRound(
        "write-through-a-view",
        CONTACTS,
        "CREATE VIEW door AS SELECT email AS place FROM contacts; GRANT UPDATE ON door TO %P%finance",
        "DROP VIEW door",
        "finance` can write public.contacts (email) through the view `public.door`, which writes with its owner's rights",
    ),
    WayRound(
        "replication",
        EVERY,
        "ALTER ROLE %P%finance REPLICATION",
        "ALTER ROLE %P%finance NOREPLICATION",
        "by replication: it may copy the whole server or its stream of changes",
    ),
    WayRound(
        "become-a-role-that-replicates",
        EVERY,
        "ALTER ROLE %P%helpers REPLICATION; GRANT %P%helpers TO %P%finance",
        "REVOKE %P%helpers FROM %P%finance; ALTER ROLE %P%helpers NOREPLICATION",
        "finance` can read",
    ),
    WayRound(
        "replication-without-connecting",
        EVERY,
        "CREATE ROLE %P%far LOGIN REPLICATION",
        "DROP ROLE %P%far",
        "far` can read",
    ),
    WayRound(
        "take-a-role-that-reads-everything",
        EVERY,
        "GRANT pg_read_all_data TO %P%finance",
        "REVOKE pg_read_all_data FROM %P%finance",
        "because it may become `pg_read_all_data`",
    ),
    WayRound(
        "take-a-role-that-writes-everything",
        EVERY,
        "GRANT pg_write_all_data TO %P%finance",
        "REVOKE pg_write_all_data FROM %P%finance",
        "can write public.invoices (address, amount) because it may become `pg_write_all_data`",
    ),
    WayRound(
        "grant-to-a-predefined-role",
        PHONES,
        "GRANT SELECT (phone) ON contacts TO pg_signal_backend; GRANT pg_signal_backend TO %P%finance",
        "REVOKE pg_signal_backend FROM %P%finance; REVOKE SELECT (phone) ON contacts FROM pg_signal_backend",
        "because it may become `pg_signal_backend`",
    ),
    WayRound(
        "may-give-itself-the-role",
        PHONES,
        "GRANT SELECT (phone) ON contacts TO %P%helpers; GRANT %P%helpers TO %P%finance WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
        "REVOKE %P%helpers FROM %P%finance; REVOKE SELECT (phone) ON contacts FROM %P%helpers",
        "because it may become `%P%helpers`",
        16,
    ),
    WayRound(
        "write-files-of-the-server",
        EVERY,
        "GRANT pg_write_server_files TO %P%finance",
        "REVOKE pg_write_server_files FROM %P%finance",
        "by writing files of the server",
    ),
    WayRound(
        "run-programs-on-the-server",
        EVERY,
        "GRANT pg_execute_server_program TO %P%finance",
        "REVOKE pg_execute_server_program FROM %P%finance",
        "by running programs on the server",
    ),
    WayRound(
        "routine-that-reads-files",
        EVERY,
        "GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO %P%finance",
        "REVOKE EXECUTE ON FUNCTION pg_read_binary_file(text) FROM %P%finance",
        "with the routine `pg_read_binary_file(text)`, which reaches files of the server",
    ),
    WayRound(
        "parameter-that-runs-programs",
        EVERY,
        "GRANT ALTER SYSTEM ON PARAMETER archive_command TO %P%finance",
        "REVOKE ALTER SYSTEM ON PARAMETER archive_command FROM %P%finance",
        "by setting `archive_command`",
    ),
    WayRound(
        "most-common-values",
        EVERY,
        "GRANT SELECT ON pg_statistic TO %P%finance",
        "REVOKE SELECT ON pg_statistic FROM %P%finance",
        "through `pg_statistic`, which holds the most common values",
    ),
    WayRound(
        "view-of-most-common-values",
        EVERY,
        "CREATE VIEW numbers AS SELECT stavalues1::text FROM pg_statistic; GRANT SELECT ON numbers TO %P%finance",
        "DROP VIEW numbers",
        "through `public.numbers`, which holds the most common values",
    ),
    WayRound(
        "foreign-server-that-leads-back",
        EVERY,
        "CREATE EXTENSION postgres_fdw; CREATE SERVER back FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname '%DB%'); "
        "CREATE USER MAPPING FOR %P%finance SERVER back OPTIONS (user 'postgres', password_required 'false'); "
        "GRANT USAGE ON FOREIGN SERVER back TO %P%finance",
        "DROP EXTENSION postgres_fdw CASCADE",
        "through the foreign server `back`, which leads back here as another login",
    ),
    WayRound(
        "test-values-by-a-foreign-key",
        CONTACTS,
        "GRANT REFERENCES (email) ON contacts TO %P%finance",
        "REVOKE REFERENCES (email) ON contacts FROM %P%finance",
        "finance` can test for values of public.contacts (email) by a grant of its own",
    ),
    WayRound(
        "read-the-table-above",
        CONTACTS,
        "ALTER TABLE migrations ADD COLUMN email text NOT NULL; ALTER TABLE migrations DROP COLUMN id; "
        "ALTER TABLE contacts INHERIT migrations; GRANT SELECT ON migrations TO %P%finance",
        "ALTER TABLE contacts NO INHERIT migrations; ALTER TABLE migrations ADD COLUMN id int; "
        "REVOKE ALL ON migrations FROM %P%finance; ALTER TABLE migrations DROP COLUMN email",
        "finance` can read public.contacts (email) through the table `public.migrations` above it",
    ),
    WayRound(
        "trigger-with-owners-rights",
        CONTACTS,
        """CREATE FUNCTION peek() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN NEW.address := (SELECT email FROM public.contacts LIMIT 1); RETURN NEW; END $$;
        CREATE TRIGGER peek BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION peek()""",
        "DROP TRIGGER peek ON invoices; DROP FUNCTION peek",
        "p2` can read public.contacts (email) through the trigger `peek` on invoices, which acts with its owner's rights",
    ),
    WayRound(
        "rule-on-a-table",
        CONTACTS,
        "CREATE RULE also AS ON UPDATE TO invoices DO ALSO "
        "UPDATE organisations SET name = (SELECT email FROM contacts LIMIT 1) WHERE id = 1",
        "DROP RULE also ON invoices",
        "p2` can read public.contacts (email) through the rule `also` on invoices",
    ),
    WayRound(
        "own-what-others-run",
        CONTACTS,
        """CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        ALTER FUNCTION note OWNER TO %P%finance; CREATE TRIGGER note AFTER INSERT ON contacts EXECUTE FUNCTION note()""",
        "DROP TRIGGER note ON contacts; DROP FUNCTION note",
        "as the owner of the routine `note()`, which runs there with the rights of others",
    ),
    WayRound(
        "own-a-routine-in-a-row-policy",
        CONTACTS,
        "CREATE FUNCTION mine(number bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'; "
        "ALTER FUNCTION mine OWNER TO %P%finance; CREATE POLICY late ON contacts FOR SELECT TO %P%p1 USING (mine(id))",
        "DROP POLICY late ON contacts; DROP FUNCTION mine",
        "as the owner of the routine `mine(bigint)`, which runs there with the rights of others",
    ),
    WayRound(
        "routine-of-an-aggregate",
        CONTACTS,
        "CREATE FUNCTION one_step(a text, b int) RETURNS text LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT string_agg(phone, a) FROM public.contacts'; CREATE AGGREGATE every_step(int) (SFUNC = one_step, STYPE = text); "
        "REVOKE EXECUTE ON FUNCTION one_step FROM PUBLIC; REVOKE EXECUTE ON FUNCTION every_step FROM PUBLIC; "
        "GRANT EXECUTE ON FUNCTION every_step TO %P%finance",
        "DROP AGGREGATE every_step(int); DROP FUNCTION one_step",
        "finance` can read public.contacts (email, extra, name, phone, role) through the routine `public.one_step",
    ),
    WayRound(
        "routine-that-hands-on-whole-rows",
        CONTACTS,
        "CREATE FUNCTION everything() RETURNS jsonb LANGUAGE sql SECURITY DEFINER AS "
        "'SELECT jsonb_agg(x) FROM public.contacts x'",
        "DROP FUNCTION everything",
        "through the routine `public.everything()`",
    ),
    WayRound(
        "routine-that-reads-statistics",
        EVERY,
        "CREATE FUNCTION guess() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS "
        "'SELECT most_common_vals::text FROM pg_stats'",
        "DROP FUNCTION guess",
        "through the routine `public.guess()`",
    ),
)
