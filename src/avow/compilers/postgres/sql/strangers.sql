-- everything that stands in the schemas of Avow's own: (kind, name, whom, privilege); `whom` and `privilege` of grants only
WITH home AS (
  SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = 'avow' OR nspname ~ '^av_p[0-9]+$'
), relation AS (
  SELECT c.oid, c.relkind, c.relowner, c.relacl, home.nspname || '.' || c.relname AS name
  FROM pg_class c JOIN home ON home.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
), routine AS (
  SELECT p.oid, p.proowner, p.proacl, p.prorettype, p.prokind, home.nspname || '.' || p.proname AS name,
         '(' || pg_get_function_identity_arguments(p.oid) || ')' AS arguments
  FROM pg_proc p JOIN home ON home.oid = p.pronamespace
), given AS (
  SELECT CASE WHEN a.privilege_type IN ('SELECT', 'REFERENCES') THEN 'read' ELSE 'grant' END AS kind,
         r.name, a.grantee, a.privilege_type AS privilege, r.relowner AS owner
  FROM relation r CROSS JOIN LATERAL aclexplode(r.relacl) a WHERE r.name LIKE 'avow.%'
  UNION
  SELECT CASE WHEN a.privilege_type IN ('SELECT', 'REFERENCES') THEN 'read' ELSE 'grant' END, r.name, a.grantee, a.privilege_type, r.relowner
  FROM relation r JOIN pg_attribute t ON t.attrelid = r.oid CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE r.name LIKE 'avow.%'
  UNION
  SELECT 'grant', r.name, a.grantee, a.privilege_type, r.proowner
  FROM routine r CROSS JOIN LATERAL aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) a
  WHERE r.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
  UNION
  SELECT 'grant', h.nspname, a.grantee, a.privilege_type, h.nspowner FROM home h CROSS JOIN LATERAL aclexplode(h.nspacl) a
  WHERE a.privilege_type = 'CREATE'
)
SELECT CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE 'table' END AS kind, name, '' AS whom, '' AS privilege FROM relation
UNION ALL
SELECT 'routine', name || arguments, '', '' FROM routine
UNION ALL
SELECT 'trigger', format('%s on %s', t.tgname, r.name), '', '' FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT 'rule', format('%s on %s', w.rulename, r.name), '', ''
FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT g.kind, g.name, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END, g.privilege
FROM given g LEFT JOIN pg_roles r ON r.oid = g.grantee WHERE g.grantee <> g.owner AND NOT coalesce(r.rolsuper, false)
UNION ALL
SELECT 'default', h.nspname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type
FROM pg_default_acl d JOIN home h ON h.oid = d.defaclnamespace CROSS JOIN LATERAL aclexplode(d.defaclacl) a WHERE a.grantee <> d.defaclrole
ORDER BY 1, 2, 3, 4
