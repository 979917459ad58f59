-- Every pair that is applied here, and whether this session's login may take it.
SELECT p.purpose, p.recipient, p.role, p.schema,
       EXISTS (SELECT FROM pg_roles r WHERE r.rolname = p.role AND pg_has_role(session_user, r.oid, 'MEMBER'))
FROM avow.pair p
