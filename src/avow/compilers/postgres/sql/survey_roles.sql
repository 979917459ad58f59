-- roles, with what they inherit from and how their sessions start in this database
SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolinherit AS inherits, r.rolbypassrls AS bypass, r.rolcanlogin AS can_login,
       coalesce((SELECT array_agg(g.rolname::text ORDER BY g.rolname) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                 WHERE m.member = r.oid), '{}') AS member_of,
       coalesce((SELECT jsonb_agg(to_jsonb(m) || jsonb_build_object('group', g.rolname, 'by', pg_get_userbyid(m.grantor)) ORDER BY g.rolname, m.grantor)
                 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid), '[]') AS memberships,
       coalesce((SELECT s.setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
                 WHERE s.setrole = r.oid AND d.datname = current_database()), '{}') AS settings_here,
       coalesce((SELECT s.setconfig FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0), '{}') AS settings,
       coalesce(to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '') AS valid_until
FROM pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1
