-- Views that read with their owner's rights, and materialized views, which hold a copy: who may read them and which
-- columns of the named tables they lead to, through any number of views between, each with the rights of its own owner (`actor`; 0:
-- a copy, for which nobody's rights are asked again). A view that hands on a whole row (an attribute 0 in its rule, which no
-- dependency records) leads to every column of what it reads. A table above a named one shows its rows, too.
-- One row per reader and column.
WITH RECURSIVE rule AS MATERIALIZED (
    SELECT w.oid, w.ev_class, w.ev_action::text LIKE '%%:varattno 0 %%' AS whole
      FROM pg_rewrite w
     WHERE w.oid >= 16384
), direct AS MATERIALIZED (
    SELECT DISTINCT w.ev_class AS view, d.refobjid AS relation, a.attnum
      FROM rule w
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum > 0 AND NOT a.attisdropped
                         AND (a.attnum = d.refobjsubid OR w.whole)
), relation AS (
    SELECT c.oid, c.relowner, c.relkind,
           coalesce((SELECT bool_or(o.option_value::boolean) FROM pg_options_to_table(c.reloptions) o
                      WHERE o.option_name = 'security_invoker'), false) AS invoker
      FROM pg_class c
     WHERE c.relkind IN ('v', 'm') AND c.oid >= 16384
), definer AS (
    SELECT r.oid, r.relowner, r.relkind, n.nspname::text AS schema_name, n.nspname || '.' || v.relname AS name
      FROM relation r
      JOIN pg_class v ON v.oid = r.oid
      JOIN pg_namespace n ON n.oid = v.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT r.invoker
), reached AS (
    SELECT definer.oid AS view, CASE definer.relkind WHEN 'm' THEN 0::oid ELSE definer.relowner END AS actor,
           direct.relation, direct.attnum
      FROM definer
      JOIN direct ON direct.view = definer.oid
    UNION
    SELECT reached.view,
           CASE WHEN r.relkind = 'm' THEN 0::oid WHEN r.invoker OR reached.actor = 0 THEN reached.actor ELSE r.relowner END,
           direct.relation, direct.attnum
      FROM reached
      JOIN relation r ON r.oid = reached.relation
      JOIN direct ON direct.view = r.oid
     WHERE reached.actor = 0 OR has_any_column_privilege(reached.actor, r.oid, 'SELECT')
), family AS (
    SELECT c.oid AS top, c.oid AS base FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
    UNION
    SELECT i.inhparent, family.base FROM family JOIN pg_inherits i ON i.inhrelid = family.top
), role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
)
SELECT DISTINCT role.name AS role,
       definer.name AS view,
       definer.schema_name,
       pg_get_userbyid(definer.relowner)::text AS owner,
       definer.relkind = 'm' AS holds_copy,
       n.nspname || '.' || base.relname AS table_name,
       a.attname::text AS column_name,
       ARRAY(SELECT s.attname::text FROM pg_attribute s
              WHERE s.attrelid = definer.oid AND s.attnum > 0 AND NOT s.attisdropped) AS shown
  FROM definer
  JOIN reached ON reached.view = definer.oid
  JOIN family ON family.top = reached.relation
  JOIN pg_class base ON base.oid = family.base
  JOIN pg_namespace n ON n.oid = base.relnamespace
  JOIN pg_attribute read ON read.attrelid = family.top AND read.attnum = reached.attnum
  JOIN pg_attribute a ON a.attrelid = base.oid AND a.attname = read.attname AND a.attnum > 0
 CROSS JOIN role
 WHERE has_any_column_privilege(role.oid, definer.oid, 'SELECT')
   AND (reached.actor = 0 OR has_column_privilege(reached.actor, family.top, reached.attnum, 'SELECT'))
 ORDER BY 2, 1
