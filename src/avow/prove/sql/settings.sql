-- What a login starts with in this database: the settings for it here come after those for it everywhere.
SELECT r.rolname AS login, s.setconfig AS settings
  FROM pg_db_role_setting s
  JOIN pg_roles r ON r.oid = s.setrole
 WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
 ORDER BY s.setdatabase, r.rolname
