CREATE OR REPLACE FUNCTION avow.share(tables text[], keys text[]) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE bucket int;
BEGIN
  FOR bucket IN SELECT DISTINCT hashtext(k) & 63 FROM unnest(tables, keys) u (t, k) WHERE k IS NOT NULL ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock_shared(1096175447, bucket);
  END LOOP;
END $body$;
CREATE OR REPLACE FUNCTION avow.mask_for(held text[]) RETURNS bigint STABLE LANGUAGE sql AS $body$
  SELECT coalesce(bit_or(1::bigint << number), 0) FROM avow.bit WHERE mark = ANY (held)
$body$;
CREATE OR REPLACE FUNCTION avow.take(class int, buckets int[]) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE bucket int;
BEGIN
  FOR bucket IN SELECT DISTINCT b FROM unnest(buckets) b ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock(class, bucket);
  END LOOP;
END $body$;
CREATE OR REPLACE FUNCTION avow.pause(attempt int) RETURNS int LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM pg_sleep(0.01 * (1 + (attempt + 1) % 7));
  RETURN attempt + 1;
END $body$;
CREATE OR REPLACE FUNCTION avow.lock_out(class int, buckets int[]) RETURNS void LANGUAGE plpgsql SET lock_timeout = '200ms' AS $body$
DECLARE attempt int := 0;
BEGIN
  LOOP
    BEGIN  -- all or none: whoever waits for one of these locks holds none of them, so nobody can wait in a circle
      PERFORM avow.take(class, buckets);
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      IF attempt >= 100 THEN RAISE; END IF;
      attempt := avow.pause(attempt);
    END;
  END LOOP;
END $body$;
DROP FUNCTION IF EXISTS avow.rewrite(text, text);
CREATE OR REPLACE FUNCTION avow.rewrite(person_tables text[], person_keys text[]) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE total bigint := 0; changed bigint; mine text[];
BEGIN
{rewrites}  RETURN total;
END $body$;
CREATE OR REPLACE FUNCTION avow.try_states(person_tables text[], person_keys text[], said text[], is_held boolean[]) RETURNS bigint
LANGUAGE plpgsql SET lock_timeout = '200ms' SET plan_cache_mode = force_generic_plan SET jit = off AS $body$
BEGIN
  PERFORM avow.take(1096175447, ARRAY(SELECT hashtext(k) & 63 FROM unnest(person_keys) k));
  INSERT INTO avow.subject_state (subject_table, subject_key)
    SELECT DISTINCT t, k FROM unnest(person_tables, person_keys) u (t, k) ON CONFLICT DO NOTHING;
  UPDATE avow.subject_state s SET marks = w.kept || w.added, mask = avow.mask_for(w.kept || w.added)
    FROM (SELECT c.t, c.k, ARRAY(SELECT m FROM unnest(o.marks) m WHERE m <> ALL (c.named)) AS kept, c.added
          FROM (SELECT t, k, array_agg(m) AS named, coalesce(array_agg(DISTINCT m) FILTER (WHERE h), '{{}}') AS added
                FROM unnest(person_tables, person_keys, said, is_held) u (t, k, m, h) GROUP BY t, k) c
          JOIN avow.subject_state o ON o.subject_table = c.t AND o.subject_key = c.k) w
    WHERE s.subject_table = w.t AND s.subject_key = w.k;
  RETURN avow.rewrite(person_tables, person_keys);
END $body$;
CREATE OR REPLACE FUNCTION avow.set_states(person_tables text[], person_keys text[], said text[], is_held boolean[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE stranger text; attempt int := 0;
BEGIN
  SELECT t INTO stranger FROM unnest(person_tables) t WHERE t <> ALL (ARRAY[{subjects}]::text[]) LIMIT 1;
  IF stranger IS NOT NULL THEN
    RAISE EXCEPTION 'avow: % is not a subject table', stranger USING ERRCODE = 'invalid_parameter_value';
  END IF;
  LOOP
    BEGIN  -- all or none: whoever holds a row and waits for our lock gets it, before the server calls the two of us a deadlock
      RETURN avow.try_states(person_tables, person_keys, said, is_held);
    EXCEPTION WHEN lock_not_available THEN
      IF attempt >= 100 THEN RAISE; END IF;
      attempt := avow.pause(attempt);
    END;
  END LOOP;
END $body$;
CREATE OR REPLACE FUNCTION avow.set_state(person_table text, person_key text, mark text, held boolean) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT avow.set_states(ARRAY[person_table], ARRAY[person_key], ARRAY[mark], ARRAY[held])
$body$;
CREATE OR REPLACE FUNCTION avow.try_refresh(person_tables text[], person_keys text[]) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '200ms' SET plan_cache_mode = force_generic_plan SET jit = off AS $body$
BEGIN
  PERFORM avow.take(1096175447, ARRAY(SELECT hashtext(k) & 63 FROM unnest(person_keys) k));
  UPDATE avow.subject_state s SET mask = avow.mask_for(s.marks)
    FROM unnest(person_tables, person_keys) u (t, k)
    WHERE s.subject_table = u.t AND s.subject_key = u.k AND s.mask <> avow.mask_for(s.marks);
  PERFORM avow.rewrite(person_tables, person_keys);
END $body$;
CREATE OR REPLACE PROCEDURE avow.refresh() LANGUAGE plpgsql AS $body$
DECLARE batch record; attempt int; done boolean;
BEGIN
  FOR batch IN SELECT array_agg(t) AS tables, array_agg(k) AS keys
               FROM (SELECT subject_table AS t, subject_key AS k,
                            (row_number() OVER (ORDER BY subject_table, subject_key) - 1) / 500 AS part FROM avow.subject_state) p
               GROUP BY part ORDER BY part LOOP
    attempt := 0;
    done := false;
    WHILE NOT done LOOP
      BEGIN
        PERFORM avow.try_refresh(batch.tables, batch.keys);
        done := true;
      EXCEPTION WHEN lock_not_available THEN
        IF attempt >= 100 THEN RAISE; END IF;
        attempt := avow.pause(attempt);
      END;
    END LOOP;
    COMMIT;
  END LOOP;
END $body$;
REVOKE ALL ON FUNCTION avow.share(text[], text[]), avow.mask_for(text[]), avow.rewrite(text[], text[]),
  avow.take(int, int[]), avow.pause(int), avow.lock_out(int, int[]), avow.try_states(text[], text[], text[], boolean[]), avow.try_refresh(text[], text[]),
  avow.set_states(text[], text[], text[], boolean[]), avow.set_state(text, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON PROCEDURE avow.refresh() FROM PUBLIC
