-- Every role but the predefined ones, with its direct memberships (predefined roles among them), and PUBLIC.
SELECT r.oid::int8, r.rolname, r.rolcanlogin AND has_database_privilege(r.oid, current_database(), 'CONNECT'),
       r.rolsuper, r.rolbypassrls, r.rolcreaterole,
       ARRAY(SELECT pg_get_userbyid(m.roleid) FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1)::text[]
FROM pg_roles r WHERE r.rolname !~ '^pg_'
UNION ALL SELECT 0, 'PUBLIC', false, false, false, false, '{}'
ORDER BY 2;
