-- Row policies of the named tables.
SELECT n.nspname || '.' || c.relname AS table_name,
       p.polname::text AS name,
       p.polpermissive AS permissive,
       p.polcmd::text AS command,
       ARRAY(SELECT coalesce(r.rolname::text, 'PUBLIC')
               FROM unnest(p.polroles) AS granted (oid)
               LEFT JOIN pg_roles r ON r.oid = granted.oid) AS roles,
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') AS using_expression,
       coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') AS check_expression
  FROM pg_policy p
  JOIN pg_class c ON c.oid = p.polrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
 ORDER BY 1, 2
