-- Which cluster and database this is. A restored copy elsewhere has another timeline or directory: its start differs too.
SELECT (SELECT system_identifier::text FROM pg_control_system()) || '/' || current_database() || '/'
       || (SELECT oid::text FROM pg_database WHERE datname = current_database())
