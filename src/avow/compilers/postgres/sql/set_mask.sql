
DECLARE
  key pg_catalog.text := NEW.{first}::pg_catalog.text;
  held pg_catalog.int8;
BEGIN
  -- The lock before the look: a change of this person's choice is either seen here, or waits for this row. Nothing is null.
  IF pg_catalog.pg_advisory_xact_lock_shared(1096175447, pg_catalog.hashtext(key) OPERATOR(pg_catalog.&) 63) IS NULL THEN END IF;
  SELECT mask INTO held FROM avow.subject_state
    WHERE subject_key OPERATOR(pg_catalog.=) key AND subject_table OPERATOR(pg_catalog.=) {subject};
  IF NEW.avow_mask OPERATOR(pg_catalog.<>) coalesce(held, 0) THEN NEW.avow_mask := coalesce(held, 0); END IF;
  RETURN NEW;
END $body$