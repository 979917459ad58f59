CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE, phone text, made_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE invoices (id serial PRIMARY KEY, person_id int NOT NULL REFERENCES people (id), total numeric(10, 2) NOT NULL);
CREATE TABLE tickets (id serial PRIMARY KEY, person_id int REFERENCES people (id), body text NOT NULL);
CREATE INDEX ON invoices (person_id);
CREATE INDEX ON tickets (person_id);
INSERT INTO people (id, name, email, phone) SELECT n, 'Person ' || n, 'person' || n || '@customer.example', '+44 7700 900' || lpad(n::text, 3, '0') FROM generate_series(1, 200) n;
INSERT INTO invoices (person_id, total) SELECT n, n * 10 FROM generate_series(1, 200) n;
INSERT INTO tickets (person_id, body) SELECT n, 'my lantern flickers, please write to person' || n || '@customer.example or ask sam@neighbour.example' FROM generate_series(1, 200) n;
