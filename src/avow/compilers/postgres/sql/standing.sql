-- who owns the relations, the routines with their owner's rights and the database, and what owners give to others by default
SELECT 'relation' AS kind, n.nspname || '.' || c.relname AS name, r.rolname::text AS role, r.rolsuper AS superuser, c.relkind::text AS detail
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_.*|information_schema|avow|av_p[0-9]+)$'
UNION ALL
SELECT 'routine', n.nspname || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')', r.rolname::text, r.rolsuper, ''
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner
WHERE p.prosecdef AND n.nspname !~ '^(pg_.*|information_schema|avow)$'
UNION ALL
SELECT 'database', d.datname, r.rolname::text, r.rolsuper, ''
FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = current_database()
UNION ALL
SELECT 'default', r.rolname::text, g.rolname::text, false, d.defaclobjtype::text
FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole, aclexplode(d.defaclacl) a JOIN pg_roles g ON g.oid = a.grantee
WHERE a.privilege_type IN ('SELECT', 'USAGE') AND d.defaclobjtype IN ('r', 'S', 'n') AND a.grantee <> d.defaclrole
ORDER BY 1, 2, 3, 5
