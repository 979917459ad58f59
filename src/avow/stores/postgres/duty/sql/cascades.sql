-- keys that a deletion from a table meets: those that refer to it, and to whatever goes with its rows; (table referred to, its
-- columns, table that refers, its columns, what a deletion does there: a and r refuse, c deletes, n and d change; whether this login
-- may lock rows there; the partitions that a key is declared on alone, of the table referred to and of the one that refers).
-- Partitions are told by the name of their whole table, and by that of the asked one where it is of the same.
WITH RECURSIVE asked AS (
  SELECT r.oid, coalesce(pg_partition_root(r.oid), r.oid)::oid AS whole FROM to_regclass(%s) r (oid)
), keys AS (
  SELECT k.*, coalesce(pg_partition_root(k.confrelid), k.confrelid)::oid AS parent, coalesce(pg_partition_root(k.conrelid), k.conrelid)::oid AS child
  FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0
), gone (oid) AS (
  SELECT whole FROM asked
  UNION
  SELECT k.child FROM gone g JOIN keys k ON k.parent = g.oid WHERE k.confdeltype = 'c'
), named AS (
  SELECT c.oid, n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
)
SELECT pn.name,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (n, i) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i),
       cn.name,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (n, i) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
       k.confdeltype::text, has_table_privilege(cn.oid, 'UPDATE'),
       CASE WHEN k.confrelid <> pn.oid THEN (SELECT name FROM named WHERE oid = k.confrelid) ELSE '' END,
       CASE WHEN k.conrelid <> cn.oid THEN (SELECT name FROM named WHERE oid = k.conrelid) ELSE '' END
FROM gone g JOIN keys k ON k.parent = g.oid CROSS JOIN asked
JOIN named pn ON pn.oid = CASE k.parent WHEN asked.whole THEN asked.oid ELSE k.parent END
JOIN named cn ON cn.oid = CASE k.child WHEN asked.whole THEN asked.oid ELSE k.child END
ORDER BY 1, 3, k.conname
