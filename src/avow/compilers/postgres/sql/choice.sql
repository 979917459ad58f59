CREATE OR REPLACE FUNCTION avow.choose(person_table text, person_key text, said_purpose text, said text, said_channel text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  INSERT INTO avow.choice (subject_table, subject_key, purpose, outcome, channel)
    VALUES (person_table, person_key, said_purpose, said, coalesce(said_channel, ''));
  IF said = 'refused' THEN
    PERFORM avow.refuse(person_table, ARRAY[person_key], said_purpose);
  END IF;
END $body$;
REVOKE ALL ON FUNCTION avow.choose(text, text, text, text, text) FROM PUBLIC
