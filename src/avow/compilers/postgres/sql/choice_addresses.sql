CREATE OR REPLACE FUNCTION avow.addresses_of(person_table text, person_keys text[]) RETURNS bytea[] STABLE LANGUAGE plpgsql AS $body$
DECLARE found bytea[] := '{{}}'; more bytea[];
BEGIN
{addresses}  RETURN found;
END $body$;
REVOKE ALL ON FUNCTION avow.addresses_of(text, text[]) FROM PUBLIC
