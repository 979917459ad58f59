-- What this server says of places: (what, name, target, blind). An empty target is the machine itself.
SELECT 'server', current_database()::text, coalesce(host(inet_server_addr()), ''), false
UNION ALL
SELECT 'replica', coalesce(nullif(application_name, ''), 'pid ' || pid), coalesce(host(client_addr), ''),
       NOT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AND client_addr IS NULL
FROM pg_stat_replication
UNION ALL
SELECT 'archive', name, setting, false
FROM pg_settings
WHERE name = 'archive_command' AND setting <> '' AND (SELECT setting FROM pg_settings WHERE name = 'archive_mode') <> 'off'
UNION ALL
SELECT 'foreign server', srvname::text,
       coalesce((SELECT split_part(o, '=', 2) FROM unnest(srvoptions) o WHERE o LIKE 'host=%'), ''), false
FROM pg_foreign_server
UNION ALL
SELECT 'replica', slot_name::text, '', true
FROM pg_replication_slots s
WHERE NOT EXISTS (SELECT FROM pg_stat_replication r WHERE r.pid = s.active_pid) AND NOT s.temporary
