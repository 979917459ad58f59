-- What sessions start with in this database, the weaker setting first: for everybody everywhere, for everybody here, for a
-- login everywhere, for a login here.
SELECT coalesce(r.rolname::text, '') AS login, s.setconfig AS settings
  FROM pg_db_role_setting s
  LEFT JOIN pg_roles r ON r.oid = s.setrole
 WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
 ORDER BY s.setrole <> 0, s.setdatabase <> 0, 1
