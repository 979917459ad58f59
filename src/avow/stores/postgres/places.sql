-- What this server says of places: (what, name, target, blind). An empty target is the machine itself.
SELECT 'server', current_database()::text, coalesce(host(inet_server_addr()), ''), false
UNION ALL
SELECT 'replica', coalesce(nullif(application_name, ''), 'pid ' || pid), coalesce(host(client_addr), ''),
       NOT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AND client_addr IS NULL
FROM pg_stat_replication
UNION ALL
-- a library beats a command (15), or forbids it (16 and later)
SELECT CASE name WHEN 'archive_command' THEN 'archive' ELSE 'archive library' END, name, setting, false
FROM pg_settings
WHERE name IN ('archive_command', 'archive_library') AND setting <> ''
  AND (SELECT setting FROM pg_settings WHERE name = 'archive_mode') <> 'off'
UNION ALL
-- libpq goes to hostaddr where there is one, whatever host says; a service stands in a file that nobody sees from here. Other wrappers
-- have words of their own; one that says nothing of a host leads who knows where, unless it reads files of the machine.
SELECT 'foreign server', s.srvname::text, btrim(coalesce(o.host, '')),
       CASE WHEN w.libpq THEN o.service
            WHEN w.file THEN false
            ELSE o.host IS NULL OR (o.alias AND o.host !~ '[./:]') END
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw
CROSS JOIN LATERAL (SELECT f.fdwname ~ '^(postgres_fdw|dblink_fdw)$' AS libpq, f.fdwname = 'file_fdw' AS file) w
CROSS JOIN LATERAL (
  SELECT (array_agg(value ORDER BY rank) FILTER (WHERE rank IS NOT NULL))[1] AS host,
         coalesce(bool_or(name = 'service'), false) AS service, coalesce(bool_or(name = 'dbserver'), false) AS alias
  FROM (SELECT lower(option_name) AS name, option_value AS value,
               array_position(ARRAY['hostaddr', 'host', 'dbserver', 'servername', 'server', 'address', 'url', 'uri', 'endpoint'],
                              lower(option_name)) AS rank
        FROM pg_options_to_table(s.srvoptions)) p) o
UNION ALL
SELECT 'replica', slot_name::text, '', true
FROM pg_replication_slots s
WHERE NOT EXISTS (SELECT FROM pg_stat_replication r WHERE r.pid = s.active_pid) AND NOT s.temporary
