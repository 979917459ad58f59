-- Every relation that can hold or show rows, without the system's and Avow's own schemas.
SELECT c.oid::int8, n.nspname || '.' || c.relname,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
            ELSE CASE WHEN c.relispartition THEN 'partition' ELSE 'table' END END,
       coalesce(obj_description(c.oid, 'pg_class'), ''),
       CASE WHEN c.reltuples >= 0 THEN c.reltuples::int8 ELSE coalesce(s.n_live_tup, 0) END,
       CASE WHEN c.relkind IN ('r', 'm') THEN coalesce(pg_total_relation_size(c.oid), 0) ELSE 0 END,
       pg_get_userbyid(c.relowner),
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) ELSE '' END,
       c.relrowsecurity,
       c.relkind = 'v' AND coalesce(c.reloptions::text[] && ARRAY['security_invoker=true', 'security_invoker=on',
                                                                 'security_invoker=1'], false)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND n.nspname !~ '^(avow|av_p[0-9]+)$'
ORDER BY 2;
