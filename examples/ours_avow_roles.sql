-- The roles that Avow made for one of these databases: it writes the install and the database into each role's comment.
SELECT r.rolname
FROM pg_roles r
JOIN pg_database d
  ON shobj_description(r.oid, 'pg_authid') LIKE 'avow ' || substr(r.rolname, 4, 8) || ' ' || d.oid || ' %%'
WHERE r.rolname ~ '^av_[0-9a-f]{8}_[pv][0-9]+$' AND d.datname = ANY (%s)
