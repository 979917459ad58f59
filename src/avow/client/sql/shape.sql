-- What the session may read, the pair's own views first: oid, name, the base tables behind it, its columns by number.
SELECT v.oid::bigint, v.relname,
       coalesce((SELECT string_agg(DISTINCT bn.nspname || '.' || b.relname, ',' ORDER BY bn.nspname || '.' || b.relname)
                 FROM pg_rewrite r
                 JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass
                                 AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
                 JOIN pg_class b ON b.oid = d.refobjid
                 JOIN pg_namespace bn ON bn.oid = b.relnamespace
                 WHERE r.ev_class = v.oid), n.nspname || '.' || v.relname),
       (SELECT jsonb_object_agg(a.attnum, a.attname) FROM pg_attribute a
        WHERE a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class v
JOIN pg_namespace n ON n.oid = v.relnamespace
WHERE v.relkind IN ('v', 'r', 'm', 'p', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND (n.nspname = %(schema)s OR has_any_column_privilege(v.oid, 'SELECT, INSERT, UPDATE'))
ORDER BY n.nspname <> %(schema)s, v.relname, v.oid
