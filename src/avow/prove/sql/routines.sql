-- Routines that run with their owner's rights and who may call them. Trigger functions cannot be called directly.
WITH role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_'
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
)
SELECT n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
       pg_get_userbyid(p.proowner) AS owner,
       array_agg(role.name ORDER BY role.name) AS callers,
       pg_get_functiondef(p.oid) AS definition,
       l.lanname::text AS language
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 CROSS JOIN role
 WHERE p.prosecdef AND p.prokind IN ('f', 'p')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'avow')
   AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
   AND has_function_privilege(role.oid, p.oid, 'EXECUTE')
 GROUP BY 1, 2, 4, 5, p.oid
 ORDER BY 1
