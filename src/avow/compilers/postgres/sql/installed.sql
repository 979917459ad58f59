-- The recorded id and database, and whether that database stands in this cluster still.
SELECT i.id, i.database_oid::int8, EXISTS (SELECT FROM pg_database d WHERE d.oid = i.database_oid) FROM avow.install i
