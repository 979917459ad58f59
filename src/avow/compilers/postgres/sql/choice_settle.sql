CREATE OR REPLACE FUNCTION avow.settle_choices(seqs bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE one record; list bytea[]; digests bytea[] := '{}'; marks text[] := '{}'; near text[] := '{}';
BEGIN  -- all of them at once: each time that the list grows every row is looked at
  FOR one IN SELECT subject_table AS t, purpose AS p, array_agg(DISTINCT subject_key) AS keys FROM avow.choice
             WHERE seq = ANY (seqs) AND outcome = 'refused' AND NOT taken GROUP BY 1, 2 ORDER BY 1, 2 LOOP
    list := avow.addresses_of(one.t, one.keys);
    digests := digests || list;
    marks := marks || array_fill('objected:' || one.p, ARRAY[cardinality(list)]);
    near := near || avow.needles_of(one.t, one.keys);
  END LOOP;
  IF digests <> '{}' THEN
    PERFORM avow.suppress(digests, marks, array_fill(true, ARRAY[cardinality(digests)]), near);
  END IF;
  UPDATE avow.choice SET taken = true WHERE seq = ANY (seqs);
END $body$;
REVOKE ALL ON FUNCTION avow.settle_choices(bigint[]) FROM PUBLIC
