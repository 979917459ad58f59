CREATE TABLE :to.contacts (LIKE public.contacts INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
CREATE TABLE :to.orders (LIKE public.orders INCLUDING ALL);
CREATE TABLE :to.interests (LIKE public.interests INCLUDING ALL);
INSERT INTO :to.contacts SELECT * FROM public.contacts;
INSERT INTO :to.orders SELECT * FROM public.orders;
INSERT INTO :to.interests SELECT * FROM public.interests;
SELECT setval(pg_get_serial_sequence(':to.orders', 'id'), (SELECT max(id) FROM :to.orders));
SELECT setval(pg_get_serial_sequence(':to.interests', 'id'), (SELECT max(id) FROM :to.interests));
