-- this database, this session, and whether an installation is recorded
SELECT current_database(), d.oid::int8, current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
       to_regclass('avow.object') IS NOT NULL, to_regclass('avow.install') IS NOT NULL
FROM pg_database d WHERE d.datname = current_database()
