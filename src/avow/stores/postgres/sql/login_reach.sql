-- Which columns of the named tables a login may read in the database as it stands: by its own rights, by PUBLIC's, and by those of every
-- role that it may become.
SELECT n.nspname || '.' || c.relname, a.attname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
    AND EXISTS (
        SELECT FROM pg_roles r
        WHERE pg_has_role(%(login)s::name, r.oid, 'MEMBER') AND has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT')
    )
