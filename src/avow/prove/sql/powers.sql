-- Who was handed a key to more than tables: routines that reach files of the server, parameters that make it run programs or believe
-- other logins, statistics with values in them, the tables of long values, foreign servers that lead back to this database.
-- Superusers are left out. One row per role and key; table_name is empty where every table is reached.
WITH role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
), governed AS (
    SELECT c.reltoastrelid AS toast, n.nspname || '.' || c.relname AS name
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
)
SELECT role.name AS role, 'files' AS kind, p.oid::regprocedure::text AS what, '' AS table_name
  FROM pg_proc p
 CROSS JOIN role
 WHERE p.proname IN ('pg_read_file', 'pg_read_binary_file', 'lo_import', 'lo_export', 'pg_file_read', 'pg_file_write',
                     'pg_get_wal_record_info', 'pg_get_wal_records_info', 'pg_get_wal_block_info', 'pg_get_wal_fpi_info')
   AND (p.oid < 16384 OR p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'c'))
   AND has_function_privilege(role.oid, p.oid, 'EXECUTE')
UNION ALL
SELECT role.name, 'parameter', p.parname, ''
  FROM pg_parameter_acl p
 CROSS JOIN role
 WHERE p.parname IN ('archive_command', 'archive_cleanup_command', 'archive_library', 'restore_command', 'recovery_end_command',
                     'ssl_passphrase_command', 'shared_preload_libraries', 'session_preload_libraries',
                     'dynamic_library_path', 'jit_provider', 'extension_control_path', 'hba_file', 'ident_file')
   AND (has_parameter_privilege(role.oid, p.parname, 'ALTER SYSTEM') OR has_parameter_privilege(role.oid, p.parname, 'SET'))
UNION ALL
SELECT role.name, 'statistics', held.relation::text, ''
  FROM (VALUES ('pg_catalog.pg_statistic'::regclass), ('pg_catalog.pg_statistic_ext_data'::regclass)) AS held (relation)
 CROSS JOIN role
 WHERE has_any_column_privilege(role.oid, held.relation, 'SELECT')
UNION ALL
SELECT role.name, 'statistics', n.nspname || '.' || v.relname, ''
  FROM pg_class v
  JOIN pg_namespace n ON n.oid = v.relnamespace
 CROSS JOIN role
 WHERE v.relkind IN ('v', 'm') AND v.oid >= 16384 AND pg_get_viewdef(v.oid) ~ '\mpg_statistic(_ext_data)?\M'
   AND has_any_column_privilege(role.oid, v.oid, 'SELECT')
   AND (v.relkind = 'm' OR has_any_column_privilege(v.relowner, 'pg_catalog.pg_statistic'::regclass, 'SELECT')
        OR has_any_column_privilege(v.relowner, 'pg_catalog.pg_statistic_ext_data'::regclass, 'SELECT'))
UNION ALL
SELECT role.name, 'stored', governed.toast::regclass::text, governed.name
  FROM governed
 CROSS JOIN role
 WHERE governed.toast <> 0 AND has_any_column_privilege(role.oid, governed.toast, 'SELECT')
   AND has_schema_privilege(role.oid, 'pg_toast', 'USAGE')
UNION ALL
SELECT role.name, 'server', s.srvname::text, ''
  FROM pg_foreign_server s
  JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
 CROSS JOIN role
 CROSS JOIN LATERAL (
    SELECT max(o.option_value) FILTER (WHERE o.option_name IN ('host', 'hostaddr')) AS host,
           max(o.option_value) FILTER (WHERE o.option_name = 'port') AS port,
           max(o.option_value) FILTER (WHERE o.option_name = 'dbname') AS dbname
      FROM pg_options_to_table(s.srvoptions) o) leads
 WHERE w.fdwname IN ('postgres_fdw', 'dblink_fdw')
   AND coalesce(leads.host, '/') ~ '^(/|@|localhost$|127\.|::1$)'
   AND coalesce(leads.port, current_setting('port')) = current_setting('port')
   AND coalesce(leads.dbname, current_database()) = current_database()
   AND has_server_privilege(role.oid, s.oid, 'USAGE')
   AND EXISTS (SELECT FROM pg_user_mappings m WHERE m.srvid = s.oid AND m.umuser IN (0, role.oid))
 ORDER BY 1, 2, 3
