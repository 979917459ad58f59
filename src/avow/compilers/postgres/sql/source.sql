CREATE OR REPLACE FUNCTION avow.set_source(term text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE found int := (SELECT min(h.id) FROM avow.handling h WHERE h.source = term);
BEGIN
  IF found IS NULL THEN
    RAISE EXCEPTION 'avow: % is not a source that this store takes', term USING ERRCODE = 'check_violation';
  END IF;
  PERFORM set_config('avow.handling', found::text, false);
END $body$;
CREATE OR REPLACE FUNCTION avow.refuse_unknown_source() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'avow: a new row of % must say where it comes from', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', HINT = 'set the source of the session with avow.set_source(term)';
END $body$
