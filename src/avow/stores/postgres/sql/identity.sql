-- Which server and database this is: the cluster's own identifier never changes, a restored copy keeps it.
SELECT current_setting('server_version'),
       (SELECT system_identifier::text FROM pg_control_system()) || '/' || current_database();
