-- Every view of the user's schemas, and the columns of the named tables that it reads, through any number of views between.
WITH RECURSIVE direct AS (
    SELECT DISTINCT w.ev_class AS view, d.refobjid AS relation, d.refobjsubid AS attnum
      FROM pg_rewrite w
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class AND d.refobjsubid > 0
), reached AS (
    SELECT view, relation, attnum FROM direct
    UNION
    SELECT reached.view, direct.relation, direct.attnum FROM reached JOIN direct ON direct.view = reached.relation
)
SELECT vn.nspname || '.' || v.relname, n.nspname || '.' || base.relname, a.attname::text
  FROM reached
  JOIN pg_class v ON v.oid = reached.view
  JOIN pg_namespace vn ON vn.oid = v.relnamespace
  JOIN pg_class base ON base.oid = reached.relation
  JOIN pg_namespace n ON n.oid = base.relnamespace
  JOIN pg_attribute a ON a.attrelid = base.oid AND a.attnum = reached.attnum
 WHERE n.nspname || '.' || base.relname = ANY (%(tables)s) AND vn.nspname !~ '^(pg_.*|information_schema|avow|av_p[0-9]+)$'
 ORDER BY 1, 2, 3
