-- What refuses an empty column: NOT NULL on the column itself, or a check constraint that names it.
SELECT con.conname::text
  FROM pg_constraint con
  JOIN pg_class c ON c.oid = con.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (con.conkey)
 WHERE n.nspname || '.' || c.relname = %(table)s AND a.attname = %(column)s AND con.contype = 'c'
UNION ALL
SELECT 'not null'
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE n.nspname || '.' || c.relname = %(table)s AND a.attname = %(column)s AND a.attnotnull
