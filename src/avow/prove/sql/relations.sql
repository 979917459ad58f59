-- Row security, owner and triggers of the named tables, as they are now.
SELECT n.nspname || '.' || c.relname AS name,
       pg_get_userbyid(c.relowner) AS owner,
       c.relkind::text AS kind,
       c.relrowsecurity AS row_security,
       c.relforcerowsecurity AS forced,
       coalesce((SELECT array_agg(t.tgname::text ORDER BY t.tgname)
                   FROM pg_trigger t
                   JOIN pg_proc p ON p.oid = t.tgfoid
                   JOIN pg_namespace pn ON pn.oid = p.pronamespace
                  WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
                    AND pn.nspname <> 'avow'), '{}') AS triggers,
       coalesce((SELECT array_agg(t.tgname::text ORDER BY t.tgname)
                   FROM pg_trigger t
                   JOIN pg_proc p ON p.oid = t.tgfoid
                   JOIN pg_namespace pn ON pn.oid = p.pronamespace
                  WHERE t.tgrelid = c.oid AND t.tgenabled <> 'D' AND pn.nspname = 'avow'), '{}') AS avow_triggers
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
 ORDER BY 1
