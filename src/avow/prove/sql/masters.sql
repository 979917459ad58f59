-- Who owns a routine that others run on a named table: a trigger's, one in a row policy, a default, a check or an index. Its owner may
-- put another text there, which then runs with the rights of whoever uses the table. Avow's own and the server's are left out.
WITH used AS (
    SELECT t.tgfoid AS routine, t.tgrelid AS relation FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'
    UNION
    SELECT d.refobjid, p.polrelid FROM pg_policy p
      JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_proc'::regclass
    UNION
    SELECT d.refobjid, f.adrelid FROM pg_attrdef f
      JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_proc'::regclass
    UNION
    SELECT d.refobjid, k.conrelid FROM pg_constraint k
      JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid = 'pg_proc'::regclass
    UNION
    SELECT d.refobjid, x.indrelid FROM pg_index x
      JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid AND d.refclassid = 'pg_proc'::regclass
)
SELECT DISTINCT owner.rolname::text, p.oid::regprocedure::text, n.nspname || '.' || c.relname
  FROM used
  JOIN pg_proc p ON p.oid = used.routine AND p.oid >= 16384
  JOIN pg_roles owner ON owner.oid = p.proowner AND NOT owner.rolsuper
  JOIN pg_namespace pn ON pn.oid = p.pronamespace
   AND (pn.nspname <> 'avow'
        OR pn.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' = ANY (%(planted)s))
  JOIN pg_class c ON c.oid = used.relation
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
 ORDER BY 1, 2, 3
