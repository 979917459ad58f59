CREATE OR REPLACE FUNCTION avow.refuse(person_table text, person_keys text[], said_purpose text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  RETURN;  -- no use depends on a mark here: there is nothing to mark anybody with
END $body$;
REVOKE ALL ON FUNCTION avow.refuse(text, text[], text) FROM PUBLIC
