CREATE TABLE :to.contacts (LIKE public.contacts INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE :to.orders (LIKE public.orders INCLUDING DEFAULTS INCLUDING IDENTITY);
CREATE TABLE :to.interests (LIKE public.interests INCLUDING DEFAULTS INCLUDING IDENTITY);
INSERT INTO :to.contacts SELECT * FROM public.contacts;
INSERT INTO :to.orders SELECT * FROM public.orders;
INSERT INTO :to.interests SELECT * FROM public.interests;
