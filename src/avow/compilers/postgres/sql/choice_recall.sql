  LOOP
    WITH fresh AS (
      INSERT INTO avow.choice (subject_table, subject_key, purpose, outcome, channel, at)
      SELECT {subject}, p.{key}::text, {purpose}, {outcome}, {channel}, {at} FROM {table} p
      WHERE p.{key} IS NOT NULL AND {outcome} IS NOT NULL AND {outcome} IS DISTINCT FROM (
        SELECT h.outcome FROM avow.choice h
        WHERE h.subject_table = {subject} AND h.subject_key = p.{key}::text AND h.purpose = {purpose} ORDER BY h.seq DESC LIMIT 1)
      LIMIT 500 RETURNING subject_key, outcome)
    SELECT count(*), array_agg(DISTINCT subject_key) FILTER (WHERE outcome = 'refused') INTO counted, refused FROM fresh;
    EXIT WHEN counted = 0;
    IF refused IS NOT NULL THEN PERFORM avow.refuse({subject}, refused, {purpose}); END IF;
    COMMIT;
  END LOOP;
