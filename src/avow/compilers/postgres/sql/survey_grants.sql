-- every grant on relations, columns, routines and schemas of the user, in the order of the acl
SELECT kind, object, owner, place::int AS place, grantee, privilege, grantable, col FROM (
  SELECT 'table' AS kind, n.nspname || '.' || c.relname AS object, c.relowner AS owner_id, a.ordinality AS place, a.*, '' AS col
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
       aclexplode(coalesce(c.relacl, acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner))) WITH ORDINALITY a
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT 'column', n.nspname || '.' || c.relname, c.relowner, a.ordinality, a.*, t.attname
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute t ON t.attrelid = c.oid,
       aclexplode(t.attacl) WITH ORDINALITY a
  WHERE t.attacl IS NOT NULL AND NOT t.attisdropped
  UNION ALL
  SELECT 'routine', n.nspname || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')',
         p.proowner, a.ordinality, a.*, ''
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) WITH ORDINALITY a
  UNION ALL
  SELECT 'schema', n.nspname, n.nspowner, a.ordinality, a.*, ''
  FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) WITH ORDINALITY a
) g (kind, object, owner_id, o, grantor_id, grantee_id, privilege, grantable, place, col)
CROSS JOIN LATERAL (SELECT CASE WHEN grantee_id = 0 THEN 'public' ELSE pg_get_userbyid(grantee_id) END AS grantee,
                           pg_get_userbyid(owner_id) AS owner) named
WHERE object !~ '^(pg_|information_schema|avow($|\.)|av_p[0-9]+($|\.))'
ORDER BY kind, object, col, place
