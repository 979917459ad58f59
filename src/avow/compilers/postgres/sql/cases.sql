CREATE INDEX IF NOT EXISTS case_open_about ON avow.case_open (kind, subject_table) WHERE ended_at IS NULL;
CREATE OR REPLACE FUNCTION avow.open_cases(case_kind text, about text) RETURNS text[] STABLE LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT coalesce(array_agg(subject_key), '{{}}') FROM avow.case_open
  WHERE kind = case_kind AND subject_table = about AND ended_at IS NULL AND expires_at > statement_timestamp()
$body$;
CREATE OR REPLACE FUNCTION avow.open_case(id text, case_kind text, about text, about_key text, until timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN  -- a lease: it may be renewed while it is open, never revived after its end
  IF (case_kind, about) NOT IN ({kinds}) THEN
    RAISE EXCEPTION 'avow: no case of kind % is about %', case_kind, about USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO avow.case_open AS c VALUES (id, case_kind, about, about_key, statement_timestamp(), until)
    ON CONFLICT (case_id) DO UPDATE SET expires_at = excluded.expires_at
    WHERE c.ended_at IS NULL AND (c.kind, c.subject_table, c.subject_key) = (case_kind, about, about_key);
  RETURN FOUND;
END $body$;
CREATE OR REPLACE FUNCTION avow.end_case(id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  UPDATE avow.case_open SET ended_at = statement_timestamp() WHERE case_id = id AND ended_at IS NULL;
  RETURN FOUND;
END $body$;
REVOKE ALL ON FUNCTION avow.open_cases(text, text), avow.open_case(text, text, text, text, timestamptz), avow.end_case(text) FROM PUBLIC
