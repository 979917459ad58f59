-- Rows that have neither an answer nor an open status, and rows that are open without one.
SELECT count(*) FILTER (WHERE NOT answered AND NOT is_open),
       count(*) FILTER (WHERE NOT answered AND is_open)
  FROM (SELECT EXISTS (SELECT 1 FROM {answers} b WHERE b.{answer_key} = a.{key}) AS answered,
               a.{status}::text = ANY (%s) AS is_open
          FROM {table} a) looked
