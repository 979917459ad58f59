CREATE OR REPLACE FUNCTION avow.digests(kinds text[], vals text[]) RETURNS bytea[] STABLE LANGUAGE plpgsql AS $body$
DECLARE inner_pad bytea; outer_pad bytea; forms text[]; form text; found bytea[] := '{{}}';
BEGIN  -- once for every row that comes in, and for every row when the list grows: no query where none is needed
  SELECT ipad, opad INTO inner_pad, outer_pad FROM avow.suppression_key;
  IF inner_pad IS NULL THEN RETURN found; END IF;
  FOR n IN 1 .. cardinality(vals) LOOP
    CONTINUE WHEN vals[n] IS NULL OR kinds[n] IS NULL;
    IF kinds[n] = 'phone' THEN
      forms := ARRAY[regexp_replace(vals[n], '[^0-9]', '', 'g')];
    ELSIF kinds[n] <> 'email' THEN
      forms := ARRAY[lower(btrim(vals[n]))];
    ELSIF vals[n] ~ '^[^@[:space:]\u00A0<>"'',;:()]+@[^@[:space:]\u00A0<>"'',;:()]+$' THEN
      forms := ARRAY[lower(vals[n])];  -- nothing but an address
    ELSE
      forms := ARRAY(SELECT DISTINCT lower(m.found[1])
                     FROM regexp_matches(regexp_replace(translate(vals[n], U&'\00A0', ' '), '\s*@\s*', '@', 'g'),
                                         '[^[:space:]<>"'',;:()]+@[^[:space:]<>"'',;:()]+', 'g') m (found));
    END IF;
    FOREACH form IN ARRAY forms LOOP
      IF form <> '' THEN
        found := found || sha256(outer_pad || sha256(inner_pad || convert_to('1 ' || kinds[n] || ' ' || form, 'UTF8')));
      END IF;
    END LOOP;
  END LOOP;
  RETURN found;
END $body$;
CREATE OR REPLACE FUNCTION avow.needles(kinds text[], vals text[]) RETURNS text[] IMMUTABLE LANGUAGE sql AS $body$
  -- LIKE patterns, over ASCII letters in lower case: whatever has a digest in common with these values fits one of them
  SELECT ARRAY(
    SELECT DISTINCT lower('%' || CASE
      WHEN v.kind = 'phone' THEN regexp_replace(regexp_replace(v.val, '[^0-9]', '', 'g'), '(.)', '\1%', 'g')
      ELSE regexp_replace(regexp_replace(m.form, '([\\%_])', '\\\1', 'g'), '[^\x01-\x7f]|(?=@)|(?<=@)', '%', 'g') || '%' END COLLATE "C")
    FROM unnest(kinds, vals) v (kind, val)
    CROSS JOIN LATERAL (
      SELECT btrim(v.val) WHERE v.kind <> 'email' UNION ALL
      SELECT x.found[1] FROM regexp_matches(regexp_replace(translate(v.val, U&'\00A0', ' '), '\s*@\s*', '@', 'g'),
                                            '[^[:space:]<>"'',;:()]+@[^[:space:]<>"'',;:()]+', 'g') x (found)
      WHERE v.kind = 'email') m (form)
    WHERE v.val IS NOT NULL AND m.form <> '')
$body$;
CREATE OR REPLACE FUNCTION avow.words_of(near text[]) RETURNS text[] IMMUTABLE LANGUAGE sql AS $body$
  -- what a value has to be, or (the last seven digits of a number) to end with, to have a digest in common with one that gave one of
  -- these patterns; null where one of them does not tell: a short number, or a sign between two others that may be any
  SELECT CASE WHEN near IS NULL OR bool_or(CASE WHEN n.is_number THEN length(n.bare) < 7 ELSE n.p ~ '%%|[^%@]%[^%@]' END) THEN NULL
         ELSE coalesce(array_agg(DISTINCT CASE WHEN n.is_number THEN right(n.bare, 7)
                                          ELSE regexp_replace(n.bare, '\\(.)', '\1', 'g') END), '{{}}') END
  FROM (SELECT p, p ~ '^%([0-9]%)+$' AS is_number, replace(p, '%', '') AS bare FROM unnest(near) u (p)) n
$body$;
CREATE OR REPLACE FUNCTION avow.suppressed_marks(digests bytea[]) RETURNS text[] STABLE LANGUAGE sql AS $body$
  SELECT ARRAY(SELECT DISTINCT mark FROM avow.suppressed WHERE digest = ANY (digests) ORDER BY mark)
$body$;
CREATE OR REPLACE FUNCTION avow.suppressed_mask(kinds text[], vals text[]) RETURNS bigint STABLE LANGUAGE sql AS $body$
  SELECT avow.mask_for(avow.suppressed_marks(avow.digests(kinds, vals)))
$body$;
CREATE OR REPLACE FUNCTION avow.share_suppressed(digests bytea[]) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE bucket int;
BEGIN  -- bucket 64: whoever computes no digest because there is no key yet
  FOR bucket IN SELECT DISTINCT get_byte(d, 0) & 63 FROM unnest(digests) d UNION SELECT 64 ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock_shared(1096175448, bucket);
  END LOOP;
END $body$;
CREATE OR REPLACE FUNCTION avow.keep_out(person_table text, person_key text, digests bytea[]) RETURNS boolean LANGUAGE plpgsql AS $body$
DECLARE found_marks text[] := avow.suppressed_marks(digests);
BEGIN  -- volatile, so that a list that was added to while we waited for the lock is seen
  IF found_marks = '{{}}' THEN RETURN false; END IF;
  PERFORM avow.lock_out(1096175447, ARRAY[hashtext(person_key) & 63]);
  INSERT INTO avow.subject_state AS s (subject_table, subject_key, marks, mask)
    VALUES (person_table, person_key, found_marks, avow.mask_for(found_marks))
    ON CONFLICT (subject_table, subject_key) DO UPDATE
    SET marks = ARRAY(SELECT unnest(s.marks) UNION SELECT unnest(excluded.marks) ORDER BY 1),
        mask = avow.mask_for(s.marks || excluded.marks);
  RETURN true;
END $body$;
CREATE OR REPLACE FUNCTION avow.set_suppression_key(key bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE inner_pad bytea := decode(repeat('36', 64), 'hex'); outer_pad bytea := decode(repeat('5c', 64), 'hex');
BEGIN
  IF length(key) <> 32 THEN RAISE EXCEPTION 'avow: the key has 32 bytes' USING ERRCODE = 'invalid_parameter_value'; END IF;
  FOR i IN 0..31 LOOP
    inner_pad := set_byte(inner_pad, i, get_byte(key, i) # 54);
    outer_pad := set_byte(outer_pad, i, get_byte(key, i) # 92);
  END LOOP;
  IF EXISTS (SELECT FROM avow.suppression_key WHERE ipad = inner_pad) THEN RETURN; END IF;
  IF EXISTS (SELECT FROM avow.suppressed) THEN
    RAISE EXCEPTION 'avow: the list is under another key' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM avow.lock_out(1096175448, ARRAY[64]);
  DELETE FROM avow.suppression_key;
  INSERT INTO avow.suppression_key (ipad, opad) VALUES (inner_pad, outer_pad);
END $body$;
CREATE OR REPLACE FUNCTION avow.try_suppress(list bytea[], said text[], is_held boolean[], near text[]) RETURNS bigint
LANGUAGE plpgsql SET lock_timeout = '200ms' SET jit = off AS $body$
DECLARE  -- near: patterns, or what avow.words_of gave, or null
  tables text[] := '{{}}'; keys text[] := '{{}}'; marks text[] := '{{}}'; total bigint := 0; changed bigint;
BEGIN
  PERFORM avow.take(1096175448, ARRAY(SELECT get_byte(d, 0) & 63 FROM unnest(list) d));
  DELETE FROM avow.suppressed s USING unnest(list, said, is_held) u (d, m, h) WHERE NOT u.h AND s.digest = u.d AND s.mark = u.m;
  INSERT INTO avow.suppressed SELECT DISTINCT d, m FROM unnest(list, said, is_held) u (d, m, h) WHERE h ON CONFLICT DO NOTHING;
{existing}  IF tables <> '{{}}' THEN
    total := avow.try_states(tables, keys, marks, array_fill(true, ARRAY[cardinality(tables)]));
  END IF;
{copies}  RETURN total;
END $body$;
CREATE OR REPLACE FUNCTION avow.suppress(list bytea[], said text[], is_held boolean[], near text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE attempt int := 0;
BEGIN
  LOOP
    BEGIN  -- all or none, as in avow.set_states
      -- one after the other, patterns are quicker told than words for a few addresses, and slower than digests for a hundred
      RETURN avow.try_suppress(list, said, is_held, CASE WHEN cardinality(near) <= 10 THEN near ELSE avow.words_of(near) END);
    EXCEPTION WHEN lock_not_available THEN
      IF attempt >= 100 THEN RAISE; END IF;
      attempt := avow.pause(attempt);
    END;
  END LOOP;
END $body$;
CREATE OR REPLACE FUNCTION avow.suppress(list bytea[], said text[], is_held boolean[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT avow.suppress(list, said, is_held, NULL)  -- nothing but digests is known: every row is compared
$body$;
REVOKE ALL ON FUNCTION avow.digests(text[], text[]), avow.needles(text[], text[]), avow.words_of(text[]), avow.suppressed_marks(bytea[]), avow.suppressed_mask(text[], text[]),
  avow.share_suppressed(bytea[]), avow.keep_out(text, text, bytea[]), avow.set_suppression_key(bytea),
  avow.try_suppress(bytea[], text[], boolean[], text[]), avow.suppress(bytea[], text[], boolean[], text[]),
  avow.suppress(bytea[], text[], boolean[]) FROM PUBLIC
