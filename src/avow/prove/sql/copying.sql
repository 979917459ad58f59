-- Triggers on the named tables that apply did not make and that write: with each relation that their text, or that of a routine which it
-- calls, may name. `readers` are "column, tab, role" of relations that are not among the named tables; superusers are left out.
WITH governed AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
), triggered AS (
    SELECT t.tgname::text AS named, t.tgrelid AS relation, governed.name AS table_name, p.oid AS routine, p.prosrc AS body,
           coalesce(t.tgnewtable::text, '') AS new_rows, coalesce(t.tgoldtable::text, '') AS old_rows,
           n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
           p.proowner, l.lanname::text AS language
      FROM pg_trigger t
      JOIN governed ON governed.oid = t.tgrelid
      JOIN pg_proc p ON p.oid = t.tgfoid AND p.oid >= 16384
      JOIN pg_namespace n ON n.oid = p.pronamespace
      JOIN pg_language l ON l.oid = p.prolang
     WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
       AND (n.nspname <> 'avow'
            OR n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' = ANY (%(planted)s))
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
), target AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name, lower(c.relname) AS bare
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'f', 'v') AND c.oid >= 16384 AND n.nspname !~ '^(pg_|information_schema$)'
), told AS MATERIALIZED (
    SELECT triggered.*, lower(triggered.body) || ' ' || coalesce((
               SELECT string_agg(lower(h.prosrc), ' ')
                 FROM pg_proc h
                WHERE h.oid >= 16384 AND h.oid <> triggered.routine
                  AND position(lower(h.proname) || '(' IN replace(lower(triggered.body), ' ', '')) > 0), '') AS everything
      FROM triggered
), named AS (
    SELECT told.*, target.oid AS target, target.name AS target_name
      FROM told
      JOIN target ON target.oid = told.relation OR position(target.bare IN told.everything) > 0
), role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
), open AS (
    SELECT t.target, array_agg(a.attname || E'\t' || role.name ORDER BY a.attnum, role.name) AS readers
      FROM (SELECT DISTINCT target FROM named WHERE target NOT IN (SELECT oid FROM governed)) t
      JOIN pg_attribute a ON a.attrelid = t.target AND a.attnum > 0 AND NOT a.attisdropped
      JOIN role ON has_column_privilege(role.oid, t.target, a.attnum, 'SELECT')
     GROUP BY t.target
)
SELECT named.named AS trigger, named.table_name, named.name AS routine, pg_get_userbyid(named.proowner)::text AS owner,
       named.body, named.language, named.new_rows, named.old_rows, named.target_name AS target,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = named.relation AND a.attnum > 0 AND NOT a.attisdropped
              ORDER BY a.attnum) AS columns,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = named.target AND a.attnum > 0 AND NOT a.attisdropped
              ORDER BY a.attnum) AS target_columns,
       coalesce(open.readers, '{}') AS readers
  FROM named
  LEFT JOIN open ON open.target = named.target
 ORDER BY 2, 1, 9
