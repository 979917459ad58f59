CREATE OR REPLACE FUNCTION avow.open_batch(number uuid, way text, said jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE wanted text[] := CASE way {needs} END; missing text;
BEGIN
  IF wanted IS NULL THEN
    RAISE EXCEPTION 'avow: % is not a registered way in', way USING ERRCODE = 'check_violation';
  END IF;
  SELECT w INTO missing FROM unnest(wanted) w WHERE coalesce(said ->> w, '') = '' LIMIT 1;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'avow: a delivery by % must state its %', way, missing USING ERRCODE = 'check_violation';
  END IF;
  IF (said ->> 'licensed_until')::date < current_date THEN
    RAISE EXCEPTION 'avow: the licence of this delivery has ended' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO avow.batch (id, intake, facts) VALUES (number, way, said) ON CONFLICT (id) DO NOTHING;
END $body$;
CREATE OR REPLACE FUNCTION avow.close_batch(number uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  UPDATE avow.batch SET closed_at = now() WHERE id = number AND closed_at IS NULL
$body$;
CREATE OR REPLACE FUNCTION avow.require_batch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE reached text := to_jsonb(NEW) ->> TG_ARGV[1];
BEGIN  -- the batch of nobody: synthetic people, who are known by an address in a reserved domain
  IF NEW.avow_batch = '00000000-0000-0000-0000-000000000000' AND lower(btrim(reached)) ~ '@example\.(test|invalid)$' THEN RETURN NEW; END IF;
  IF NOT EXISTS (SELECT FROM avow.batch b WHERE b.id = NEW.avow_batch AND b.intake = TG_ARGV[0] AND b.closed_at IS NULL) THEN
    RAISE EXCEPTION 'avow: rows of this source enter % by the way % alone', TG_TABLE_NAME, TG_ARGV[0]
      USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'avow_batch', HINT = 'avow intake import';
  END IF;
  RETURN NEW;
END $body$;
CREATE OR REPLACE FUNCTION avow.refuse_other_way() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF session_user = ANY (TG_ARGV) OR (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN RETURN NEW; END IF;  -- no row for a statement
  RAISE EXCEPTION 'avow: % is not a registered way in for %', session_user, TG_TABLE_NAME
    USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'avow_way';
END $body$;
REVOKE ALL ON FUNCTION avow.open_batch(uuid, text, jsonb), avow.close_batch(uuid), avow.require_batch(), avow.refuse_other_way()
  FROM PUBLIC
