-- Columns of every relation that holds rows, with what an erasure must know of them.
SELECT n.nspname || '.' || c.relname, c.oid::int8, c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN t.typtype = 'd' THEN b.typcategory ELSE t.typcategory END::text,
       coalesce(b.typname, t.typname), a.attnotnull OR t.typnotnull, a.attgenerated <> '',
       EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisunique AND a.attnum = ANY (x.indkey::int2[])),
       CASE WHEN a.atttypmod > 4 AND coalesce(b.typname, t.typname) IN ('varchar', 'bpchar') THEN a.atttypmod - 4 ELSE 0 END,
       c.relispartition, c.relispopulated
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND n.nspname !~ '^(avow|av_p[0-9]+)$'
ORDER BY 1, a.attnum
