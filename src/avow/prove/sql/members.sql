-- Direct memberships: who may take which role, and whether its rights come without asking. On 15 inheriting is a
-- property of the member; `to_jsonb` reads the column that only later versions have. Predefined roles can be taken like others.
SELECT m.rolname AS member,
       g.rolname AS granted,
       coalesce((to_jsonb(a) ->> 'inherit_option')::boolean, m.rolinherit) AS inherits,
       coalesce((to_jsonb(a) ->> 'set_option')::boolean, true) AS may_set,
       a.admin_option AS admin
  FROM pg_auth_members a
  JOIN pg_roles m ON m.oid = a.member
  JOIN pg_roles g ON g.oid = a.roleid
 ORDER BY 1, 2
