-- Who may set the parameter that keeps triggers from firing.
SELECT coalesce(r.rolname::text, 'PUBLIC')
  FROM pg_parameter_acl p
 CROSS JOIN LATERAL aclexplode(p.paracl) a
  LEFT JOIN pg_roles r ON r.oid = a.grantee
 WHERE p.parname = 'session_replication_role' AND a.privilege_type = 'SET' AND coalesce(r.rolsuper, false) = false
 ORDER BY 1
