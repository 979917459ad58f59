CREATE OR REPLACE FUNCTION avow.addresses_of(person_table text, person_keys text[]) RETURNS bytea[] STABLE LANGUAGE plpgsql AS $body$
DECLARE found bytea[] := '{{}}'; more bytea[];
BEGIN
{addresses}  RETURN found;
END $body$;
CREATE OR REPLACE FUNCTION avow.needles_of(person_table text, person_keys text[]) RETURNS text[] STABLE LANGUAGE plpgsql AS $body$
DECLARE found text[] := '{{}}'; more text[];
BEGIN
{needles}  RETURN found;
END $body$;
REVOKE ALL ON FUNCTION avow.addresses_of(text, text[]), avow.needles_of(text, text[]) FROM PUBLIC
