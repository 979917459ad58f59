-- Which of these databases exist, what their comment says, and what that of their owner says.
SELECT d.datname, shobj_description(d.oid, 'pg_database'), shobj_description(d.datdba, 'pg_authid')
FROM pg_database d
WHERE d.datname = ANY (%s)
