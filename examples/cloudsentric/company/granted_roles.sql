-- Roles of Avow's naming that one of these logins is a member of: they belong to this company only.
SELECT DISTINCT r.rolname
FROM pg_auth_members m
JOIN pg_roles r ON r.oid = m.roleid
JOIN pg_roles l ON l.oid = m.member
WHERE l.rolname = ANY (%s) AND r.rolname ~ '^av_[0-9a-f]{8}_p[0-9]+$'
