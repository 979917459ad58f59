-- A company of the tests: a lantern maker with contacts, invoices, tickets, leads, counters and staff.
-- %P% is the prefix of its roles.
CREATE TABLE organisations (id int PRIMARY KEY, name text NOT NULL, sector text, size int);
CREATE TABLE contacts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id int NOT NULL REFERENCES organisations (id),
    role text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    phone text,
    extra jsonb NOT NULL DEFAULT '{}',
    channel text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE invoices (
    id serial PRIMARY KEY,
    contact_id bigint NOT NULL REFERENCES contacts (id),
    amount numeric(10, 2) NOT NULL,
    address text NOT NULL,
    channel text
);
CREATE TABLE tickets (
    id serial PRIMARY KEY,
    contact_id bigint NOT NULL,
    body text NOT NULL,
    status text NOT NULL DEFAULT 'open',
    channel text
);
CREATE TABLE replies (id serial PRIMARY KEY, ticket_id int NOT NULL REFERENCES tickets (id), body text NOT NULL, channel text);
CREATE TABLE leads (id serial PRIMARY KEY, name text NOT NULL, email text, event text, channel text);
CREATE TABLE traffic (id bigserial PRIMARY KEY, contact_id bigint NOT NULL, at date NOT NULL, bytes bigint NOT NULL);
CREATE TABLE counters (contact_id bigint NOT NULL, at date NOT NULL, bytes bigint NOT NULL, PRIMARY KEY (contact_id, at));
CREATE TABLE staff (id serial PRIMARY KEY, name text NOT NULL, country text NOT NULL);
CREATE TABLE contacts_2019 (id int, name text, email text);
CREATE TABLE migrations (id int);

INSERT INTO organisations SELECT n, 'Organisation ' || n, CASE WHEN n % 2 = 0 THEN 'retail' ELSE 'energy' END, n FROM generate_series(1, 6) n;
INSERT INTO contacts (organisation_id, role, name, email, phone, channel)
SELECT 1 + n % 6, CASE WHEN n % 2 = 0 THEN 'delivery' ELSE 'billing' END, 'Person ' || n, 'person' || n || '@example.com',
       '+44 7700 900' || lpad(n::text, 3, '0'), 'phone' FROM generate_series(1, 60) n;
INSERT INTO invoices (contact_id, amount, address, channel) SELECT n, n * 10, n || ' Wick Lane', 'phone' FROM generate_series(1, 60) n;
INSERT INTO tickets (contact_id, body, status, channel)
SELECT n, 'the lantern flickers', CASE WHEN n % 3 = 0 THEN 'closed' ELSE 'open' END, 'form' FROM generate_series(1, 30) n;
INSERT INTO replies (ticket_id, body, channel) SELECT id, 'try a new wick', 'form' FROM tickets WHERE status = 'closed';
INSERT INTO leads (name, email, event, channel) SELECT 'Lead ' || n, 'lead' || n || '@example.com', 'Lantern fair', 'event' FROM generate_series(1, 5) n;
INSERT INTO traffic (contact_id, at, bytes) SELECT 1 + n % 60, date '2026-01-01' + n % 3, n FROM generate_series(1, 600) n;
INSERT INTO counters SELECT contact_id, at, sum(bytes) FROM traffic GROUP BY 1, 2;
INSERT INTO staff (name, country) SELECT 'Wick ' || n, 'uk' FROM generate_series(1, 4) n;
INSERT INTO contacts_2019 SELECT n, 'Person ' || n, 'person' || n || '@example.com' FROM generate_series(1, 10) n;
ANALYZE;

CREATE VIEW open_contacts AS SELECT id, name, email FROM contacts;
CREATE FUNCTION find_email(wanted text) RETURNS text LANGUAGE sql SECURITY DEFINER
    AS $$ SELECT email FROM contacts WHERE name = wanted $$;

-- Before Avow: one right for everybody, as in real life.
CREATE ROLE %P%app LOGIN; CREATE ROLE %P%finance LOGIN; CREATE ROLE %P%marketing LOGIN;
CREATE ROLE %P%analyst LOGIN; CREATE ROLE %P%staff NOLOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO %P%staff;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO %P%staff;
GRANT %P%staff TO %P%app, %P%finance, %P%marketing, %P%analyst;
GRANT SELECT ON open_contacts TO PUBLIC;
DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO %P%app, %P%finance, %P%marketing, %P%analyst', current_database()); END $$;
