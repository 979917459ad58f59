CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF {open_new} OR (TG_OP = 'UPDATE' AND NOT {open_old} AND OLD.{key} IS NOT DISTINCT FROM NEW.{key}) THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (SELECT FROM {answers} p WHERE p.{other} = NEW.{key} AND {recorded}) THEN
    RAISE EXCEPTION 'avow: nobody has recorded what this person answered to the question about {named}' USING
      ERRCODE = 'check_violation', SCHEMA = {schema}, TABLE = {table}, CONSTRAINT = 'avow_asked',
      HINT = 'put the question and record the outcome, "not answered" included, in {answers_named}; then complete the row';
  END IF;
  RETURN NULL;
END $body$;
REVOKE ALL ON FUNCTION {function}() FROM PUBLIC
