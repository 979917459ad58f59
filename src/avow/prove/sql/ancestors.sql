-- Tables above the named ones: a query of the one above reads their rows with the rights on the one above alone. Who may do what there.
WITH RECURSIVE family AS (
    SELECT c.oid AS top, c.oid AS base FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
    UNION
    SELECT i.inhparent, family.base FROM family JOIN pg_inherits i ON i.inhrelid = family.top
), role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
)
SELECT role.name AS role, tn.nspname || '.' || top.relname AS above, n.nspname || '.' || base.relname AS table_name,
       a.attname::text AS column_name, privilege.word AS privilege
  FROM family
  JOIN pg_class top ON top.oid = family.top
  JOIN pg_namespace tn ON tn.oid = top.relnamespace
  JOIN pg_class base ON base.oid = family.base
  JOIN pg_namespace n ON n.oid = base.relnamespace
  JOIN pg_attribute a ON a.attrelid = family.top AND a.attnum > 0 AND NOT a.attisdropped
 CROSS JOIN role
 CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS privilege (word)
 WHERE family.top <> family.base
   AND CASE privilege.word WHEN 'DELETE' THEN has_table_privilege(role.oid, family.top, 'DELETE')
            ELSE has_column_privilege(role.oid, family.top, a.attnum, privilege.word) END
