-- Every grant on those relations and their columns, to anybody but the owner (whose rights follow from owning).
SELECT g.grantee::int8, n.nspname || '.' || c.relname || ':' || g.privilege_type
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) g
WHERE c.oid = ANY (%(oids)s::oid[]) AND g.grantee <> c.relowner
UNION ALL
SELECT g.grantee::int8, n.nspname || '.' || c.relname || ':' || g.privilege_type || ':' || a.attname
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
     aclexplode(a.attacl) g
WHERE c.oid = ANY (%(oids)s::oid[]) AND NOT a.attisdropped AND g.grantee <> c.relowner
ORDER BY 1, 2;
