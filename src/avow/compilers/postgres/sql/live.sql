-- the live definition of everything a plan may have made, by key; %(prefix)s is the pattern of the pair roles
WITH acls AS (
  SELECT 'table' AS kind, n.nspname || '.' || c.relname AS object, a.grantee, a.privilege_type AS privilege, a.is_grantable, '' AS col
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
  UNION ALL
  SELECT 'table', n.nspname || '.' || c.relname, a.grantee, a.privilege_type, a.is_grantable, t.attname
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
  WHERE t.attacl IS NOT NULL
  UNION ALL
  SELECT 'routine', n.nspname || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')',
         a.grantee, a.privilege_type, a.is_grantable, ''
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
  WHERE n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT 'schema', n.nspname, a.grantee, a.privilege_type, a.is_grantable, '' FROM pg_namespace n, aclexplode(n.nspacl) a
), pair_roles AS (
  SELECT oid, rolname FROM pg_roles WHERE rolname LIKE %(prefix)s
), spelled AS (
  SELECT kind, object, grantee, privilege || CASE WHEN col <> '' THEN ':' || col ELSE '' END || CASE WHEN is_grantable THEN '*' ELSE '' END AS word
  FROM acls
)
SELECT CASE n.nspname WHEN 'avow' THEN 'schema:' ELSE 'view:' END || n.nspname,
       pg_get_userbyid(n.nspowner) || ' ' || CASE n.nspname WHEN 'avow' THEN '' ELSE coalesce(n.nspacl::text, '') END || coalesce((
         SELECT string_agg(c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY c.relname, a.attnum)
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND n.nspname = 'avow'), '')
FROM pg_namespace n WHERE n.nspname = 'avow' OR n.nspname ~ '^av_p[0-9]+$'
UNION ALL
SELECT 'role:' || r.rolname, concat_ws(' ', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolbypassrls,
                                       shobj_description(r.oid, 'pg_authid'))
FROM pg_roles r WHERE r.rolname LIKE %(prefix)s
UNION ALL
SELECT 'grant:' || s.object || ':' || r.rolname, string_agg(s.word, ' ' ORDER BY s.word)
FROM spelled s JOIN pair_roles r ON r.oid = s.grantee WHERE s.kind = 'table' AND s.object = ANY (%(governed)s) GROUP BY s.object, r.rolname
UNION ALL
SELECT 'pass:' || r.rolname, string_agg(s.kind || ' ' || s.object || ' ' || s.word, ', ' ORDER BY s.kind, s.object, s.word)
FROM spelled s JOIN pair_roles r ON r.oid = s.grantee
WHERE NOT (s.kind = 'table' AND s.object = ANY (%(governed)s)) AND s.object !~ '^(avow|av_p[0-9]+)($|\.)' GROUP BY r.rolname
UNION ALL
SELECT 'revoke:' || o.object, coalesce((SELECT string_agg(coalesce(g.rolname, 'public') || ' ' || s.word, ', ' ORDER BY 1)
                              FROM spelled s LEFT JOIN pg_roles g ON g.oid = s.grantee
                              WHERE s.object = o.object AND s.kind <> 'schema' AND (s.grantee = 0 OR g.rolname = ANY (%(enforced)s))), '')
FROM unnest(%(revoked)s::text[]) o (object)
UNION ALL
SELECT 'policy:' || n.nspname || '.' || c.relname || ':' || p.polname,
       concat_ws(' | ', p.polpermissive, p.polcmd::text, (SELECT string_agg(pg_get_userbyid(x), ',' ORDER BY 1) FROM unnest(p.polroles) x),
                 pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
UNION ALL
SELECT 'rls:' || n.nspname || '.' || c.relname, c.relrowsecurity::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = ANY (%(governed)s)
UNION ALL
SELECT 'view:' || n.nspname || '.' || c.relname, concat_ws(' | ', pg_get_userbyid(c.relowner), c.reloptions::text, c.relacl::text, pg_get_viewdef(c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND n.nspname ~ '^av_p[0-9]+$'
UNION ALL
SELECT 'member:' || g.rolname || ':' || r.rolname, string_agg((to_jsonb(m) - '{oid,roleid,member,grantor}'::text[])::text, ' ' ORDER BY m.grantor)
FROM pg_auth_members m JOIN pair_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member WHERE r.rolname <> current_user
GROUP BY 1
UNION ALL
SELECT 'leave:' || r.rolname || ':' || g.rolname, 'member'
FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member WHERE g.rolname NOT LIKE %(prefix)s
UNION ALL
SELECT 'inherit:' || r.rolname, r.rolinherit::text FROM pg_roles r WHERE r.rolname = ANY (%(logins)s)
UNION ALL
SELECT 'contract:' || r.rolname, to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
FROM pg_roles r WHERE r.rolname = ANY (%(logins)s)
UNION ALL
SELECT 'setting:' || r.rolname, (SELECT string_agg(x, E'\n' ORDER BY x) FROM unnest(s.setconfig) x WHERE x ~ '^(role|search_path|avow\.handling)=')
FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole JOIN pg_database d ON d.oid = s.setdatabase
WHERE d.datname = current_database() AND r.rolname = ANY (%(logins)s)
UNION ALL
SELECT 'connect:' || d.datname, coalesce(d.datacl::text, '') FROM pg_database d WHERE d.datname = current_database()
UNION ALL
SELECT 'column:' || n.nspname || '.' || c.relname || ':' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attname IN ('avow_mask', 'avow_handling') AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
UNION ALL
SELECT 'check:' || n.nspname || '.' || c.relname || ':' || k.conname, replace(pg_get_constraintdef(k.oid), ' NOT VALID', '')
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.conname LIKE 'avow\_%%'
UNION ALL
SELECT 'statistics:' || n.nspname || '.' || s.stxname, pg_get_statisticsobjdef(s.oid)
FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxname LIKE 'avow\_%%'
UNION ALL
SELECT 'index:' || n.nspname || '.' || c.relname, pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname LIKE 'avow\_%%' AND n.nspname <> 'avow'
UNION ALL
SELECT 'trigger:' || n.nspname || '.' || c.relname || ':' || t.tgname, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid) || coalesce((
         -- what fires for the rows of a partition is its own copy, which can be off while the parent's is on
         SELECT string_agg(format(' [%%s.%%s %%s]', dn.nspname, d.relname, g.tgenabled), '' ORDER BY dn.nspname, d.relname)
         FROM pg_partition_tree(c.oid) b JOIN pg_class d ON d.oid = b.relid JOIN pg_namespace dn ON dn.oid = d.relnamespace
         LEFT JOIN pg_trigger g ON g.tgrelid = d.oid AND g.tgname = t.tgname AND g.tgparentid <> 0
         WHERE b.level > 0 AND t.tgtype & 1 = 1 AND g.tgenabled IS DISTINCT FROM t.tgenabled), '')
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgname LIKE 'zz\_avow\_%%' AND t.tgparentid = 0
UNION ALL
SELECT 'function:avow.' || p.proname, string_agg(pg_get_userbyid(p.proowner) || ' ' || coalesce((
         SELECT string_agg(who || ' ' || privilege_type, ', ' ORDER BY who) FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))
         CROSS JOIN LATERAL (SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END AS who) named
         WHERE who <> ALL (%(custodians)s)), '') || ' ' || md5(pg_get_functiondef(p.oid)), ', ' ORDER BY pg_get_function_identity_arguments(p.oid))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'avow' GROUP BY p.proname
