CREATE OR REPLACE FUNCTION avow.lift_addresses(person_table text, person_keys text[], said_mark text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE lifted bigint;
BEGIN
  DELETE FROM avow.suppressed WHERE mark = said_mark AND digest = ANY (avow.addresses_of(person_table, person_keys));
  GET DIAGNOSTICS lifted = ROW_COUNT;
  RETURN lifted;
END $body$;
REVOKE ALL ON FUNCTION avow.lift_addresses(text, text[], text) FROM PUBLIC
