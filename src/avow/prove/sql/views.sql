-- Views that read with their owner's rights, and materialized views, which hold a copy: who may read them and which
-- columns of the named tables they lead to, through any number of views between. One row per reader and column.
WITH RECURSIVE direct AS (
    SELECT DISTINCT w.ev_class AS view, d.refobjid AS relation, d.refobjsubid AS attnum
      FROM pg_rewrite w
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class AND d.refobjsubid > 0
), reached AS (
    SELECT view, relation, attnum FROM direct
    UNION
    SELECT reached.view, direct.relation, direct.attnum
      FROM reached
      JOIN direct ON direct.view = reached.relation
), definer AS (
    SELECT v.oid, v.relowner, v.relkind, n.nspname::text AS schema_name, n.nspname || '.' || v.relname AS name
      FROM pg_class v
      JOIN pg_namespace n ON n.oid = v.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND (v.relkind = 'm'
            OR (v.relkind = 'v' AND NOT coalesce(v.reloptions::text[] && ARRAY['security_invoker=true',
                                                                     'security_invoker=on',
                                                                     'security_invoker=1'], false)))
), role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_'
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
)
SELECT role.name AS role,
       definer.name AS view,
       definer.schema_name,
       pg_get_userbyid(definer.relowner) AS owner,
       definer.relkind = 'm' AS holds_copy,
       n.nspname || '.' || base.relname AS table_name,
       a.attname::text AS column_name,
       ARRAY(SELECT s.attname::text FROM pg_attribute s
              WHERE s.attrelid = definer.oid AND s.attnum > 0 AND NOT s.attisdropped) AS shown
  FROM definer
  JOIN reached ON reached.view = definer.oid
  JOIN pg_class base ON base.oid = reached.relation
  JOIN pg_namespace n ON n.oid = base.relnamespace
  JOIN pg_attribute a ON a.attrelid = base.oid AND a.attnum = reached.attnum
 CROSS JOIN role
 WHERE n.nspname || '.' || base.relname = ANY (%(tables)s)
   AND has_any_column_privilege(role.oid, definer.oid, 'SELECT')
   AND (definer.relkind = 'm' OR has_column_privilege(definer.relowner, base.oid, a.attnum, 'SELECT'))
 ORDER BY 2, 1
