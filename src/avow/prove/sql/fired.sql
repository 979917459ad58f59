-- What runs with its owner's rights without being called: trigger functions, rules, functions of event triggers. `callers` are those
-- who may write to the relation, or to a view of it or a table above, and set it off, and those who may read there what it left.
WITH RECURSIVE role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
), triggered AS (
    SELECT t.tgrelid AS relation, p.oid AS routine, t.tgname::text AS named
      FROM pg_trigger t
      JOIN pg_proc p ON p.oid = t.tgfoid
      JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND NOT t.tgisinternal AND t.tgenabled <> 'D'
       AND (n.nspname NOT IN ('avow', 'pg_catalog')
            OR n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' = ANY (%(planted)s))
), ruled AS (
    SELECT w.ev_class AS relation, w.oid AS rule, w.rulename::text AS named
      FROM pg_rewrite w
     WHERE w.oid >= 16384 AND w.ev_type <> '1' AND w.ev_enabled <> 'D'
), door AS (
    SELECT relation, relation AS via FROM triggered
    UNION
    SELECT relation, relation FROM ruled
    UNION
    SELECT door.relation, up.via
      FROM door
     CROSS JOIN LATERAL (
        SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = door.via
        UNION ALL
        SELECT w.ev_class
          FROM pg_depend d
          JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_type = '1'
         WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = door.via
           AND w.ev_class <> door.via) AS up (via)
), users AS (
    SELECT door.relation, array_agg(DISTINCT role.name ORDER BY role.name) AS callers
      FROM door
     CROSS JOIN role
     WHERE has_any_column_privilege(role.oid, door.via, 'SELECT, INSERT, UPDATE')
        OR has_table_privilege(role.oid, door.via, 'DELETE, TRUNCATE')
     GROUP BY door.relation
)
SELECT n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
       pg_get_userbyid(p.proowner)::text AS owner, users.callers, pg_get_functiondef(p.oid) AS definition, l.lanname::text AS language,
       'the trigger `' || t.named || '` on ' || t.relation::regclass AS fired_by
  FROM triggered t
  JOIN users ON users.relation = t.relation
  JOIN pg_proc p ON p.oid = t.routine
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
UNION ALL
SELECT r.named || ' on ' || r.relation::regclass, pg_get_userbyid(c.relowner)::text, users.callers, pg_get_ruledef(r.rule), 'sql',
       'the rule `' || r.named || '` on ' || r.relation::regclass
  FROM ruled r
  JOIN users ON users.relation = r.relation
  JOIN pg_class c ON c.oid = r.relation
UNION ALL
SELECT n.nspname || '.' || p.proname || '()', pg_get_userbyid(p.proowner)::text, ARRAY['PUBLIC'], pg_get_functiondef(p.oid),
       l.lanname::text, 'the event trigger `' || e.evtname || '`'
  FROM pg_event_trigger e
  JOIN pg_proc p ON p.oid = e.evtfoid
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.prosecdef AND e.evtenabled <> 'D'
   AND (n.nspname <> 'avow' OR n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' = ANY (%(planted)s))
 ORDER BY 1, 6
