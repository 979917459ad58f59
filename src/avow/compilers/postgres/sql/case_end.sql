CREATE OR REPLACE FUNCTION avow.end_case(id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  UPDATE avow.case_open SET ended_at = statement_timestamp() WHERE case_id = id AND ended_at IS NULL;
  RETURN FOUND;
END $body$;
REVOKE ALL ON FUNCTION avow.end_case(text) FROM PUBLIC
