ALTER TABLE :to.contacts ADD PRIMARY KEY (id);
ALTER TABLE :to.orders ADD PRIMARY KEY (id);
ALTER TABLE :to.interests ADD PRIMARY KEY (id);
CREATE INDEX ON :to.orders (contact_id);
CREATE INDEX ON :to.interests (contact_id);
SELECT setval(pg_get_serial_sequence(':to.orders', 'id'), (SELECT max(id) FROM :to.orders));
SELECT setval(pg_get_serial_sequence(':to.interests', 'id'), (SELECT max(id) FROM :to.interests));
