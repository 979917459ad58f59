-- Functions and procedures that people wrote, and those of extensions that run with their owner's rights.
SELECT n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       pg_get_userbyid(p.proowner), p.prosecdef,
       p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) g
                                   WHERE g.grantee = 0 AND g.privilege_type = 'EXECUTE'),
       pg_get_functiondef(p.oid),
       ARRAY(SELECT pg_get_userbyid(g.grantee) FROM aclexplode(p.proacl) g
             WHERE g.grantee NOT IN (0, p.proowner) AND g.privilege_type = 'EXECUTE' ORDER BY 1)::text[]
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p')
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND n.nspname !~ '^(avow|av_p[0-9]+)$'
  AND (p.prosecdef OR NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                                  AND d.objid = p.oid AND d.deptype = 'e'))
ORDER BY 1;
