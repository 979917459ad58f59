-- Every role that is not one of PostgreSQL's predefined ones, with what lets it go round grants and policies.
SELECT r.rolname AS name,
       r.rolcanlogin AS can_login,
       r.rolsuper AS superuser,
       r.rolbypassrls AS bypass_row_security,
       r.rolcreaterole AS create_role,
       r.rolinherit AS inherit,
       r.rolreplication AS replication,
       has_database_privilege(r.oid, current_database(), 'CONNECT') AS can_connect,
       coalesce((SELECT array_agg(p.rolname::text ORDER BY p.rolname)
                   FROM pg_roles p
                  WHERE p.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files',
                                      'pg_write_server_files', 'pg_execute_server_program')
                    AND pg_has_role(r.oid, p.oid, 'MEMBER')), '{}') AS predefined
  FROM pg_roles r
 WHERE r.rolname !~ '^pg_'
 ORDER BY r.rolname
