-- operators that row security keeps from using an index: those that are not leakproof
SELECT n.nspname || '.' || c.relname AS "table", i.relname AS "index",
       string_agg(DISTINCT o.oprname || ' (' || f.opfname || ')', ', ') AS operators
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL unnest(x.indclass::oid[]) k (opclass) JOIN pg_opclass q ON q.oid = k.opclass JOIN pg_opfamily f ON f.oid = q.opcfamily
JOIN pg_amop a ON a.amopfamily = f.oid AND a.amoplefttype = q.opcintype AND a.amoprighttype = q.opcintype
JOIN pg_operator o ON o.oid = a.amopopr JOIN pg_proc p ON p.oid = o.oprcode
WHERE NOT p.proleakproof AND n.nspname || '.' || c.relname = ANY (%s)
GROUP BY 1, 2
UNION ALL
SELECT n.nspname || '.' || c.relname, i.relname, 'expression'
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE x.indexprs IS NOT NULL AND n.nspname || '.' || c.relname = ANY (%s)
  AND EXISTS (SELECT FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid
              AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid WHERE NOT p.proleakproof
              UNION ALL
              SELECT FROM regexp_matches(pg_get_expr(x.indexprs, x.indrelid), '\m(lower|upper|btrim|left|substring|date_trunc|unaccent|coalesce)\M') m)
ORDER BY 1, 2
