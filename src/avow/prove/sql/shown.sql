-- Every view of the user's schemas, and the columns of the named tables that it reads, through any number of views between,
-- or as the rows of a table above. A view that hands on a whole row reads every column.
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
), reached AS (
    SELECT view, relation, attnum FROM direct
    UNION
    SELECT reached.view, direct.relation, direct.attnum FROM reached JOIN direct ON direct.view = reached.relation
), family AS (
    SELECT c.oid AS top, c.oid AS base FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
    UNION
    SELECT i.inhparent, family.base FROM family JOIN pg_inherits i ON i.inhrelid = family.top
), shows AS (
    SELECT reached.view AS top, family.base, read.attname
      FROM reached
      JOIN family ON family.top = reached.relation
      JOIN pg_attribute read ON read.attrelid = family.top AND read.attnum = reached.attnum
)
SELECT vn.nspname || '.' || v.relname, n.nspname || '.' || base.relname, a.attname::text
  FROM shows
  JOIN pg_class v ON v.oid = shows.top
  JOIN pg_namespace vn ON vn.oid = v.relnamespace
  JOIN pg_class base ON base.oid = shows.base
  JOIN pg_namespace n ON n.oid = base.relnamespace
  JOIN pg_attribute a ON a.attrelid = base.oid AND a.attname = shows.attname AND a.attnum > 0
 WHERE vn.nspname !~ '^(pg_.*|information_schema|avow|av_p[0-9]+)$' OR vn.nspname || '.' || v.relname = ANY (%(planted)s)
 ORDER BY 1, 2, 3
