-- The checks on one column, as PostgreSQL writes them: the closed list of handlings stands in one of them.
SELECT pg_get_constraintdef(con.oid)
  FROM pg_constraint con
  JOIN pg_class c ON c.oid = con.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (con.conkey)
 WHERE n.nspname || '.' || c.relname = %(table)s AND a.attname = %(column)s AND con.contype = 'c'
