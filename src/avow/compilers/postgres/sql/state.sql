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
CREATE OR REPLACE FUNCTION avow.mask_of(tables text[], keys text[]) RETURNS bigint STABLE LANGUAGE sql AS $body$
  SELECT coalesce(bit_or(mask & {deny}), 0) | coalesce(bit_and(mask & {admit}), 0)
  FROM (SELECT coalesce(s.mask, 0) AS mask FROM unnest(tables, keys) u (t, k)
        LEFT JOIN avow.subject_state s ON s.subject_table = t AND s.subject_key = k WHERE k IS NOT NULL) persons
$body$;
CREATE OR REPLACE FUNCTION avow.rewrite(person_table text, person_key text) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE total bigint := 0; changed bigint;
BEGIN
{rewrites}  RETURN total;
END $body$;
CREATE OR REPLACE FUNCTION avow.set_state(person_table text, person_key text, mark text, held boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF person_table <> ALL (ARRAY[{subjects}]::text[]) THEN
    RAISE EXCEPTION 'avow: % is not a subject table', person_table USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(1096175447, hashtext(person_key) & 63);
  INSERT INTO avow.subject_state AS s (subject_table, subject_key, marks)
    VALUES (person_table, person_key, CASE WHEN held THEN ARRAY[mark] ELSE '{{}}' END)
    ON CONFLICT (subject_table, subject_key) DO UPDATE SET marks = array_remove(s.marks, mark) || excluded.marks;
  UPDATE avow.subject_state s SET mask = avow.mask_for(s.marks) WHERE s.subject_table = person_table AND s.subject_key = person_key;
  RETURN avow.rewrite(person_table, person_key);
END $body$;
CREATE OR REPLACE PROCEDURE avow.refresh() LANGUAGE plpgsql AS $body$
DECLARE person record; done int := 0;
BEGIN
  FOR person IN SELECT subject_table, subject_key FROM avow.subject_state ORDER BY 1, 2 LOOP
    PERFORM pg_advisory_xact_lock(1096175447, hashtext(person.subject_key) & 63);
    UPDATE avow.subject_state s SET mask = avow.mask_for(s.marks)
      WHERE s.subject_table = person.subject_table AND s.subject_key = person.subject_key AND s.mask <> avow.mask_for(s.marks);
    PERFORM avow.rewrite(person.subject_table, person.subject_key);
    done := done + 1;
    IF done % 500 = 0 THEN COMMIT; END IF;
  END LOOP;
END $body$;
REVOKE ALL ON FUNCTION avow.share(text[], text[]), avow.mask_for(text[]), avow.mask_of(text[], text[]), avow.rewrite(text, text),
  avow.set_state(text, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON PROCEDURE avow.refresh() FROM PUBLIC
