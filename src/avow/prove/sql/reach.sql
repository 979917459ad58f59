-- Which role reaches which column of the named tables, with all that counts: PUBLIC, inherited roles, ownership.
-- Superusers are left out: they reach everything and are told apart. A row with an empty column is a right on whole rows.
WITH role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_'
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
), relation AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
)
SELECT role.name, relation.name, a.attname::text, privilege.word
  FROM relation
  JOIN pg_attribute a ON a.attrelid = relation.oid AND a.attnum > 0 AND NOT a.attisdropped
 CROSS JOIN role
 CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('REFERENCES')) AS privilege (word)
 WHERE has_column_privilege(role.oid, relation.oid, a.attnum, privilege.word)
UNION ALL
SELECT role.name, relation.name, '', privilege.word
  FROM relation
 CROSS JOIN role
 CROSS JOIN (VALUES ('DELETE'), ('TRUNCATE'), ('TRIGGER')) AS privilege (word)
 WHERE has_table_privilege(role.oid, relation.oid, privilege.word)
