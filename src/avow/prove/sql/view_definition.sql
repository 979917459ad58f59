-- The text of one view, as PostgreSQL would write it.
SELECT pg_get_viewdef(c.oid)
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname || '.' || c.relname = %(view)s AND c.relkind = 'v'
