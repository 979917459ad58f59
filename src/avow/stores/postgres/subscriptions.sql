-- Servers that this database takes rows from: (name, connection string).
SELECT subname::text, subconninfo FROM pg_subscription
WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1
