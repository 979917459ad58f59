-- Primary and foreign keys: kind, table, columns, referenced table and columns, what a delete does, and whether an index
-- begins with the columns. Keys that a partition has from its parent are left out.
SELECT k.contype::text, n.nspname || '.' || c.relname, k.conname,
       ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY u (num, i)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.i)::text[],
       coalesce(fn.nspname || '.' || fc.relname, ''),
       ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY u (num, i)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.i)::text[],
       k.confdeltype::text,
       EXISTS (SELECT FROM pg_index x
               WHERE x.indrelid = k.conrelid AND x.indisvalid AND x.indpred IS NULL
                 AND (x.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
                 AND k.conkey @> (x.indkey::int2[])[0:cardinality(k.conkey) - 1])
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class fc ON fc.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
WHERE k.contype IN ('p', 'f') AND k.conparentid = 0 AND n.nspname !~ '^pg_' AND n.nspname !~ '^(avow|av_p[0-9]+)$'
ORDER BY 2, 3
