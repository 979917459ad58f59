-- child table, its column, the column that it points at; keys of one column that would refuse a deletion
SELECT n.nspname || '.' || c.relname, a.attname::text, b.attname::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
WHERE k.contype = 'f' AND k.confrelid = to_regclass(%s) AND k.confdeltype IN ('a', 'r') AND cardinality(k.conkey) = 1 AND k.conparentid = 0
ORDER BY 1, 2
