-- of the named tables, those of which row security may hide rows from this login: it applies, and no policy shows all rows
SELECT n.nspname || '.' || c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = 'true'), false) AS open, coalesce(bool_or(NOT p.polpermissive), false) AS narrowed
  FROM pg_policy p
  WHERE p.polrelid = c.oid AND p.polcmd IN ('*', 'r')
    AND EXISTS (SELECT FROM unnest(p.polroles) r (oid) WHERE r.oid = 0 OR pg_has_role(r.oid, 'USAGE'))
) mine
WHERE n.nspname || '.' || c.relname = ANY (%(tables)s) AND row_security_active(c.oid) AND (narrowed OR NOT open)
ORDER BY 1
