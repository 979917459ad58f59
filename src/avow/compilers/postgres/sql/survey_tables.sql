-- every relation of the user's schemas with its acl and columns
SELECT n.nspname || '.' || c.relname AS name, c.oid::int8 AS oid, c.relkind::text AS kind, pg_get_userbyid(c.relowner) AS owner,
       greatest(c.reltuples, 0)::int8 AS rows, c.relrowsecurity AS row_security, c.relforcerowsecurity AS forced,
       coalesce(c.reloptions::text, '') ~ 'security_invoker=(true|on|1)' AS invoker,
       coalesce((SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}') AS columns,
       coalesce((SELECT array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}') AS types,
       coalesce((SELECT array_agg(p.polname::text ORDER BY p.polname) FROM pg_policy p
                 WHERE p.polrelid = c.oid AND p.polpermissive AND 0 = ANY (p.polroles)), '{}') AS open_policies,
       coalesce((SELECT array_agg(DISTINCT d.refobjid::int8) FROM pg_rewrite r
                 JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                                 AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
                 WHERE r.ev_class = c.oid AND c.relkind IN ('v', 'm')), '{}') AS reads,
       coalesce((SELECT array_agg(i.inhparent::int8) FROM pg_inherits i WHERE i.inhrelid = c.oid), '{}') AS parents,
       coalesce((SELECT a.attname::text FROM pg_partitioned_table t
                 JOIN pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0] JOIN pg_type y ON y.oid = a.atttypid
                 WHERE t.partrelid = c.oid AND t.partstrat = 'r' AND t.partnatts = 1
                   AND coalesce(nullif(y.typbasetype, 0), y.oid) = ANY ('{date,timestamp,timestamptz}'::regtype[])), '') AS parted_by
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
  AND n.nspname <> 'avow' AND n.nspname !~ '^av_p[0-9]+$'
ORDER BY 1
