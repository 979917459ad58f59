-- Whether a view reads a column of a table itself, or hands on its whole row.
SELECT EXISTS (
  SELECT FROM pg_class v JOIN pg_namespace vn ON vn.oid = v.relnamespace JOIN pg_rewrite w ON w.ev_class = v.oid
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND (a.attnum = d.refobjsubid OR w.ev_action::text LIKE '%%:varattno 0 %%')
  WHERE vn.nspname || '.' || v.relname = %(view)s AND n.nspname || '.' || c.relname = %(table)s AND a.attname = %(column)s)
