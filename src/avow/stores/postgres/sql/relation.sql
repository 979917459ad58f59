-- What a sample needs to know of one relation: its kind, the estimate of its rows, its size in bytes, and whether this login reads whole rows.
SELECT c.relkind::text, c.reltuples::float8, pg_relation_size(c.oid),
       has_table_privilege(c.oid, 'SELECT')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;
