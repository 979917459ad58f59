-- Tables of more than 16 MiB.
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND pg_table_size(c.oid) > 16 * 1024 * 1024
