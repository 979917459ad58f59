CREATE ROLE :p1: NOLOGIN NOINHERIT;
CREATE ROLE :p2: NOLOGIN NOINHERIT;
CREATE ROLE :app: LOGIN NOINHERIT;
CREATE ROLE :charlie: LOGIN NOINHERIT;
GRANT :p1:, :p2: TO :app:;
GRANT :p1: TO :charlie:;
CREATE SCHEMA avow;
CREATE TABLE avow.pair (number int PRIMARY KEY, purpose text, recipient text, role text, schema text);
CREATE TABLE avow.handling (id int PRIMARY KEY, source text, ground text, notice text);
INSERT INTO avow.pair VALUES (1, 'support.provide', 'internal.support', ':p1:', 'av_p1'),
                             (2, 'billing.invoice', 'internal.finance', ':p2:', 'av_p2');
INSERT INTO avow.handling VALUES (0, '', '', ''), (3, 'subject.order', '', '');
GRANT USAGE ON SCHEMA avow TO :p1:, :p2:, :app:, :charlie:;
GRANT SELECT ON avow.pair, avow.handling TO :p1:, :p2:, :app:, :charlie:;
CREATE TABLE public.contacts (
    id int PRIMARY KEY, name text, email text, card text,
    avow_handling int NOT NULL DEFAULT coalesce(nullif(current_setting('avow.handling', true), ''), '0')::int
);
INSERT INTO public.contacts SELECT n, 'name ' || n, 'c' || n || '@example.invalid', 'card' FROM generate_series(1, 20) n;
CREATE SCHEMA av_p1;
CREATE SCHEMA av_p2;
CREATE VIEW av_p1.contacts WITH (security_invoker) AS SELECT id, name, email FROM public.contacts;
CREATE VIEW av_p2.contacts WITH (security_invoker) AS SELECT id, card FROM public.contacts;
GRANT USAGE ON SCHEMA av_p1 TO :p1:;
GRANT USAGE ON SCHEMA av_p2 TO :p2:;
GRANT SELECT (id, name, email), INSERT (id, name, email), UPDATE (name, email) ON public.contacts TO :p1:;
GRANT SELECT (id, card) ON public.contacts TO :p2:;
GRANT SELECT, INSERT, UPDATE ON av_p1.contacts TO :p1:;
GRANT SELECT ON av_p2.contacts TO :p2:;
ALTER ROLE :app: SET role = ':p1:';
ALTER ROLE :app: SET search_path = av_p1, "$user", public;
