-- For each table: rights that this login lacks, and whether row security may hide rows from it (a permissive policy of its own
-- that is always true hides none; a restrictive one may; those of roles that it does not inherit are not its own).
SELECT n.nspname || '.' || c.relname,
       (SELECT string_agg(lower(p), ', ') FROM unnest(ARRAY['SELECT', 'UPDATE', 'DELETE']) p WHERE NOT has_table_privilege(c.oid, p)),
       row_security_active(c.oid) AND (
         NOT EXISTS (SELECT FROM pg_policy y WHERE y.polrelid = c.oid AND y.polpermissive AND y.polcmd = '*'
                     AND pg_get_expr(y.polqual, y.polrelid) = 'true'
                     AND (y.polroles = '{0}' OR EXISTS (SELECT FROM unnest(y.polroles) r WHERE r <> 0 AND pg_has_role(r, 'USAGE'))))
         OR EXISTS (SELECT FROM pg_policy y WHERE y.polrelid = c.oid AND NOT y.polpermissive
                    AND (y.polroles = '{0}' OR EXISTS (SELECT FROM unnest(y.polroles) r WHERE r <> 0 AND pg_has_role(r, 'USAGE')))))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = ANY (%s)
