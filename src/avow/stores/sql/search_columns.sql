-- Every column of every relation that holds rows: with large objects, comments and statistics where they may be read.
-- A login without the right to statistics sees no most-common values either.
SELECT n.nspname, c.relname, a.attname, a.atttypid = 'bytea'::regtype
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'm')
  AND (n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
       OR (c.oid = 'pg_largeobject'::regclass AND has_table_privilege(c.oid, 'SELECT'))
       OR (c.oid IN ('pg_description'::regclass, 'pg_statistic'::regclass) AND has_table_privilege(c.oid, 'SELECT')))
ORDER BY 1, 2, a.attnum
