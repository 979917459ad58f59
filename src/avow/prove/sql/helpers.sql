-- Routines that other routines may call: what they do counts with the rights of whoever calls them.
SELECT n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
       pg_get_userbyid(p.proowner) AS owner,
       '{}'::text[] AS callers,
       pg_get_functiondef(p.oid) AS definition,
       l.lanname::text AS language
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 WHERE NOT p.prosecdef AND p.prokind IN ('f', 'p')
   AND (n.nspname NOT IN ('pg_catalog', 'information_schema', 'avow')
        OR n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' = ANY (%(planted)s))
   AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1
