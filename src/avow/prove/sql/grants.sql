-- The grants written down on the named tables and their columns (column empty: on the whole table).
WITH relation AS (
    SELECT c.oid, c.relacl, n.nspname || '.' || c.relname AS name
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
)
SELECT coalesce(r.rolname::text, 'PUBLIC'), relation.name, '', acl.privilege_type
  FROM relation
 CROSS JOIN LATERAL aclexplode(relation.relacl) acl
  LEFT JOIN pg_roles r ON r.oid = acl.grantee
UNION ALL
SELECT coalesce(r.rolname::text, 'PUBLIC'), relation.name, a.attname::text, acl.privilege_type
  FROM relation
  JOIN pg_attribute a ON a.attrelid = relation.oid AND a.attnum > 0 AND NOT a.attisdropped
 CROSS JOIN LATERAL aclexplode(a.attacl) acl
  LEFT JOIN pg_roles r ON r.oid = acl.grantee
