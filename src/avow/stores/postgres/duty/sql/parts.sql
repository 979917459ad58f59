-- the leaves of a table by their bounds as text: one without a lower bound first, the default last; the table itself where it has
-- none
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, to_regclass(%s) t (oid)
WHERE c.oid IN (SELECT p.relid FROM pg_partition_tree(t.oid) p WHERE p.isleaf)
   OR (c.oid = t.oid AND c.relkind = 'r')
ORDER BY pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT', strpos(pg_get_expr(c.relpartbound, c.oid), 'FROM (MINVALUE') = 0,
         pg_get_expr(c.relpartbound, c.oid), 1
