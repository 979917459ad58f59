CREATE OR REPLACE FUNCTION avow.refuse(person_table text, person_keys text[], said_purpose text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM avow.set_states(array_fill(person_table, ARRAY[cardinality(person_keys)]), person_keys,
    array_fill('objected:' || said_purpose, ARRAY[cardinality(person_keys)]), array_fill(true, ARRAY[cardinality(person_keys)]));
  INSERT INTO avow.suppressed SELECT DISTINCT d, 'objected:' || said_purpose
    FROM unnest(avow.addresses_of(person_table, person_keys)) d ON CONFLICT DO NOTHING;
END $body$;
REVOKE ALL ON FUNCTION avow.refuse(text, text[], text) FROM PUBLIC
