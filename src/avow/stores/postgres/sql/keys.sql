-- Primary and foreign keys. A foreign key is indexed when a valid, whole index begins with just its columns, in any
-- order: what a delete in the referenced table looks up.
SELECT k.conrelid::int8, k.contype::text, k.conname,
       ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i)::text[],
       coalesce(fn.nspname || '.' || fc.relname, ''),
       ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i)::text[],
       EXISTS (SELECT FROM pg_index x
               WHERE x.indrelid = k.conrelid AND x.indisvalid AND x.indpred IS NULL
                 AND (x.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
                 AND k.conkey @> (x.indkey::int2[])[0:cardinality(k.conkey) - 1])
FROM pg_constraint k
LEFT JOIN pg_class fc ON fc.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
WHERE k.contype IN ('p', 'f') AND k.conrelid = ANY (%(oids)s::oid[])
ORDER BY k.conrelid, k.conname;
