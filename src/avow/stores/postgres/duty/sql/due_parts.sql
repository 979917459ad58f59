-- partitions that end on a day before a moment, by the one column that dates their rows; none where this login may not drop them
WITH dated AS MATERIALIZED (  -- no bound of another type is read as a date, in whatever order conditions are looked at
  SELECT n.nspname || '.' || c.relname AS part, (regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$ TO \('([^']+)'\)$$re$))[1] AS bound
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind = 'r' JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_partitioned_table t ON t.partrelid = i.inhparent AND t.partstrat = 'r' AND t.partnatts = 1
  JOIN pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0] AND a.attname = %s JOIN pg_type y ON y.oid = a.atttypid
  WHERE i.inhparent = to_regclass(%s) AND coalesce(nullif(y.typbasetype, 0), y.oid) = ANY ('{date,timestamp,timestamptz}'::regtype[])
)
SELECT part FROM dated WHERE bound::timestamptz <= %s AND to_regprocedure('avow.drop_part(text, text)') IS NOT NULL
  AND has_schema_privilege('avow', 'USAGE') AND has_function_privilege(to_regprocedure('avow.drop_part(text, text)'), 'EXECUTE')
ORDER BY bound::timestamptz
