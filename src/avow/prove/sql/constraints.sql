-- What refuses values in a column: check constraints and foreign keys that name it. A check that only stands in the
-- catalogue as NOT VALID counts: it is enforced for every new row.
SELECT con.conname::text
  FROM pg_constraint con
  JOIN pg_class c ON c.oid = con.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (con.conkey)
 WHERE n.nspname || '.' || c.relname = %(table)s AND a.attname = %(column)s AND con.contype IN ('c', 'f')
 ORDER BY 1
