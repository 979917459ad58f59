-- The columns of a table into which a role may insert.
SELECT a.attname::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE n.nspname || '.' || c.relname = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
  AND has_schema_privilege(%(role)s, n.oid, 'USAGE') AND has_column_privilege(%(role)s, c.oid, a.attnum, 'INSERT')
ORDER BY a.attnum
