-- Views of the database that read a table, through any number of views between, and that a role may use: (view, whether it reads with
-- the rights of its owner, whether it reads the table itself, its columns that the role may insert, its columns).
WITH RECURSIVE base AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = %(table)s
), direct AS (
  SELECT DISTINCT w.ev_class AS view, d.refobjid AS relation
  FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
), over (view, first) AS (
  SELECT d.view, true FROM direct d JOIN base b ON b.oid = d.relation
  UNION
  SELECT d.view, false FROM over o JOIN direct d ON d.relation = o.view
)
SELECT n.nspname || '.' || v.relname, coalesce('security_invoker=true' <> ALL (v.reloptions), true), bool_or(o.first),
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped
             AND has_column_privilege(%(role)s, a.attrelid, a.attnum, 'INSERT') ORDER BY a.attnum),
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped
             AND has_column_privilege(%(role)s, a.attrelid, a.attnum, 'SELECT') ORDER BY a.attnum)
FROM over o JOIN pg_class v ON v.oid = o.view JOIN pg_namespace n ON n.oid = v.relnamespace
WHERE v.relkind IN ('v', 'm') AND has_schema_privilege(%(role)s, n.oid, 'USAGE')
GROUP BY v.oid, n.nspname, v.relname, v.reloptions ORDER BY 1
