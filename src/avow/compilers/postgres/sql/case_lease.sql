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
REVOKE ALL ON FUNCTION avow.open_case(text, text, text, text, timestamptz) FROM PUBLIC
