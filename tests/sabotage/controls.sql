-- The controls as the PostgreSQL target promises them, written by hand for the company of these tests. %P%: prefix.
CREATE SCHEMA avow;
CREATE TABLE avow.bit (number int PRIMARY KEY, mark text UNIQUE);
INSERT INTO avow.bit VALUES (0, 'objected:marketing.own'), (1, 'restricted');
CREATE TABLE avow.subject_state (subject_table text, subject_key text, mask bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (subject_table, subject_key));
ALTER TABLE contacts ADD COLUMN avow_mask bigint NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD CONSTRAINT avow_source CHECK (channel IS NOT NULL AND channel = ANY ('{phone,form}')) NOT VALID;
ALTER TABLE contacts ADD CONSTRAINT avow_keys CHECK (extra - ARRAY['fax'] = '{}') NOT VALID;
ALTER TABLE invoices ADD CONSTRAINT avow_source CHECK (channel IS NOT NULL AND channel = ANY ('{phone,form}')) NOT VALID;
ALTER TABLE tickets ADD CONSTRAINT avow_source CHECK (channel IS NOT NULL AND channel = ANY ('{phone,form}')) NOT VALID;
ALTER TABLE replies ADD CONSTRAINT avow_source CHECK (channel IS NOT NULL AND channel = ANY ('{phone,form}')) NOT VALID;
ALTER TABLE leads ADD CONSTRAINT avow_source CHECK (channel IS NOT NULL AND channel = ANY ('{event,broker}')) NOT VALID;
ALTER TABLE leads ADD CONSTRAINT avow_event CHECK (channel IS DISTINCT FROM 'event' OR event IS NOT NULL) NOT VALID;
ALTER TABLE traffic ADD COLUMN avow_handling int NOT NULL DEFAULT 1 CHECK (avow_handling = 1);
ALTER TABLE counters ADD COLUMN avow_handling int NOT NULL DEFAULT 1 CHECK (avow_handling = 1);

CREATE FUNCTION avow.set_state(subject_table text, key text, mark text, is_on boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE flag bigint;
BEGIN
    SELECT 1::bigint << b.number INTO STRICT flag FROM avow.bit b WHERE b.mark = set_state.mark;
    UPDATE public.contacts SET avow_mask = CASE WHEN is_on THEN avow_mask | flag ELSE avow_mask & ~flag END WHERE id = key::bigint;
END $$;
REVOKE EXECUTE ON FUNCTION avow.set_state FROM PUBLIC;

CREATE ROLE %P%p1 NOLOGIN; CREATE ROLE %P%p2 NOLOGIN; CREATE ROLE %P%p3 NOLOGIN; CREATE ROLE %P%p4 NOLOGIN;
CREATE SCHEMA %P%p1; CREATE SCHEMA %P%p2; CREATE SCHEMA %P%p3; CREATE SCHEMA %P%p4;
GRANT USAGE ON SCHEMA %P%p1, public TO %P%p1; GRANT USAGE ON SCHEMA %P%p2, public TO %P%p2;
GRANT USAGE ON SCHEMA %P%p3, public TO %P%p3; GRANT USAGE ON SCHEMA %P%p4, public TO %P%p4;

-- p1 order.process/internal.sales, p2 billing.invoice/internal.finance, p3 marketing.own/internal.marketing, p4 analytics.usage/internal.analysts
GRANT SELECT (id, organisation_id, role, name, email, phone, extra, channel, created_at) ON contacts TO %P%p1;
GRANT INSERT (organisation_id, role, name, email, phone, extra, channel), UPDATE (name, email, phone, extra) ON contacts TO %P%p1;
GRANT SELECT (id, name, sector, size) ON organisations TO %P%p1;
GRANT SELECT (id, ticket_id, body) ON replies TO %P%p1; GRANT SELECT (id, contact_id, body, status) ON tickets TO %P%p1;
GRANT SELECT (id, name, email, event, channel), INSERT (name, email, event, channel), UPDATE (name, email) ON leads TO %P%p1;
GRANT USAGE ON SEQUENCE leads_id_seq TO %P%p1;
CREATE VIEW %P%p1.contacts WITH (security_invoker = true) AS SELECT id, organisation_id, role, name, email, phone, extra, channel, created_at FROM public.contacts;
CREATE VIEW %P%p1.organisations WITH (security_invoker = true) AS SELECT id, name, sector, size FROM public.organisations;
CREATE VIEW %P%p1.tickets WITH (security_invoker = true) AS SELECT id, contact_id, body, status FROM public.tickets;
CREATE VIEW %P%p1.replies WITH (security_invoker = true) AS SELECT id, ticket_id, body FROM public.replies;
CREATE VIEW %P%p1.leads WITH (security_invoker = true) AS SELECT id, name, email, event, channel FROM public.leads;
GRANT SELECT (id, contact_id, amount, address), INSERT (contact_id, amount, address, channel), UPDATE (amount, address) ON invoices TO %P%p2;
GRANT SELECT (id, name) ON organisations TO %P%p2;
CREATE VIEW %P%p2.invoices WITH (security_invoker = true) AS SELECT id, contact_id, amount, address FROM public.invoices;
CREATE VIEW %P%p2.organisations WITH (security_invoker = true) AS SELECT id, name FROM public.organisations;
GRANT SELECT (id, email) ON contacts TO %P%p3;
CREATE VIEW %P%p3.contacts WITH (security_invoker = true) AS SELECT id, email FROM public.contacts;
CREATE VIEW %P%p4.usage AS SELECT at, sum(bytes) AS bytes FROM public.counters GROUP BY at HAVING count(DISTINCT contact_id) >= 5;
GRANT SELECT ON %P%p4.usage TO %P%p4;
GRANT SELECT ON ALL TABLES IN SCHEMA %P%p1 TO %P%p1; GRANT UPDATE, INSERT ON %P%p1.contacts, %P%p1.leads TO %P%p1;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA %P%p2 TO %P%p2; GRANT SELECT ON ALL TABLES IN SCHEMA %P%p3 TO %P%p3;

ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY avow_p1 ON contacts TO %P%p1 USING (true) WITH CHECK (true);
CREATE POLICY avow_p3 ON contacts FOR SELECT TO %P%p3 USING ((avow_mask & 1) = 0 AND role = 'delivery');

REVOKE %P%staff FROM %P%app, %P%finance, %P%marketing, %P%analyst;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %P%staff;
REVOKE ALL ON open_contacts FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION find_email FROM PUBLIC;
ALTER ROLE %P%app NOINHERIT; ALTER ROLE %P%finance NOINHERIT; ALTER ROLE %P%marketing NOINHERIT; ALTER ROLE %P%analyst NOINHERIT;
DO $$ DECLARE options text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
BEGIN
    EXECUTE 'GRANT %P%p1 TO %P%app' || options;
    EXECUTE 'GRANT %P%p2 TO %P%finance' || options;
    EXECUTE 'GRANT %P%p3 TO %P%marketing' || options;
    EXECUTE 'GRANT %P%p4 TO %P%analyst' || options;
END $$;
