-- Which of these roles exist, and what their comment says.
SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = ANY (%s)
