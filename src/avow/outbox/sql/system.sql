-- What tells this database from a copy: the cluster, its timeline (new after a restore from a base backup), the database.
SELECT (SELECT system_identifier FROM pg_control_system())::text
    || '/' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
    || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
