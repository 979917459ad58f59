-- Routines that run with their owner's rights and who may call them, themselves or through an aggregate that is made of them; and those
-- whose language lets them do what the server may do. Trigger functions cannot be called directly (see `fired`).
WITH role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
), part AS (
    SELECT a.aggfnoid::oid AS aggregate, step.routine
      FROM pg_aggregate a
     CROSS JOIN LATERAL unnest(ARRAY[a.aggtransfn::oid, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
                                     a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) AS step (routine)
     WHERE a.aggfnoid::oid >= 16384 AND step.routine <> 0
)
SELECT n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
       pg_get_userbyid(p.proowner)::text AS owner,
       array_agg(role.name ORDER BY role.name) AS callers,
       pg_get_functiondef(p.oid) AS definition,
       l.lanname::text AS language
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 CROSS JOIN role
 WHERE p.prokind IN ('f', 'p')
   AND (p.prosecdef
        OR (NOT l.lanpltrusted AND p.oid >= 16384
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')))
   AND (n.nspname NOT IN ('pg_catalog', 'information_schema', 'avow')
        OR n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' = ANY (%(planted)s))
   AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
   AND (has_function_privilege(role.oid, p.oid, 'EXECUTE')
        OR EXISTS (SELECT FROM part WHERE part.routine = p.oid AND has_function_privilege(role.oid, part.aggregate, 'EXECUTE')))
 GROUP BY 1, 2, 4, 5, p.oid
 ORDER BY 1
