CREATE INDEX IF NOT EXISTS case_open_about ON avow.case_open (kind, subject_table) WHERE ended_at IS NULL;
CREATE OR REPLACE FUNCTION avow.open_cases(case_kind text, about text) RETURNS text[] STABLE LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT coalesce(array_agg(subject_key), '{{}}') FROM avow.case_open
  WHERE kind = case_kind AND subject_table = about AND ended_at IS NULL AND expires_at > statement_timestamp()
$body$;
REVOKE ALL ON FUNCTION avow.open_cases(text, text) FROM PUBLIC
