CREATE OR REPLACE FUNCTION avow.lift_addresses(person_table text, person_keys text[], said_mark text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE mine bytea[] := avow.addresses_of(person_table, person_keys); theirs bytea[] := '{{}}'; more bytea[]; lifted bigint;
BEGIN  -- an address that somebody else has, too, who still says no, stays on the list; most are on none, and nobody else is asked then
  SELECT array_agg(DISTINCT digest) INTO mine FROM avow.suppressed WHERE mark = said_mark AND digest = ANY (mine);
  IF mine IS NULL THEN RETURN 0; END IF;
{others}  DELETE FROM avow.suppressed WHERE mark = said_mark AND digest IN (SELECT unnest(mine) EXCEPT SELECT unnest(theirs));
  GET DIAGNOSTICS lifted = ROW_COUNT;
  RETURN lifted;
END $body$;
REVOKE ALL ON FUNCTION avow.lift_addresses(text, text[], text) FROM PUBLIC
