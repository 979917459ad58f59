-- Indexes with their key columns; an expression stands as an empty text.
SELECT x.indrelid::int8, c.relname,
       ARRAY(SELECT coalesce(a.attname, '') FROM generate_series(0, x.indnkeyatts - 1) i
             LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[i] AND a.attnum > 0
             ORDER BY i)::text[],
       x.indisunique, pg_get_indexdef(x.indexrelid), x.indisvalid
FROM pg_index x
JOIN pg_class c ON c.oid = x.indexrelid
WHERE x.indrelid = ANY (%(oids)s::oid[])
ORDER BY x.indrelid, c.relname;
