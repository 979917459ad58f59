-- keys that a deletion from a table meets: those that refer to it, and to whatever goes with its rows; (table referred to, its
-- columns, table that refers, its columns, what a deletion does there: a and r refuse, c deletes, n and d change; whether this login
-- may lock rows there)
WITH RECURSIVE gone (oid) AS (
  SELECT to_regclass(%s)::oid
  UNION
  SELECT k.conrelid FROM gone g JOIN pg_constraint k ON k.confrelid = g.oid
  WHERE k.contype = 'f' AND k.confdeltype = 'c' AND k.conparentid = 0
)
SELECT pn.nspname || '.' || p.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (n, i) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i),
       cn.nspname || '.' || c.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (n, i) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
       k.confdeltype::text, has_table_privilege(c.oid, 'UPDATE')
FROM gone g JOIN pg_constraint k ON k.confrelid = g.oid AND k.contype = 'f' AND k.conparentid = 0
JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
ORDER BY 1, 3, k.conname
