-- Indexes that row security keeps from use, and for what: a test may be looked up in an index before the row policy was asked only if
-- every function in it is leakproof. The functions and operators of an indexed expression stand in its tree; what casts by way of text
-- is none. LIKE uses an index that sorts by bytes, and is not leakproof.
WITH looked AS (
    SELECT x.indexrelid AS index, x.indrelid AS relation, x.indexprs::text AS tree, x.indclass::oid[] AS classes,
           x.indcollation::oid[] AS collations, n.nspname || '.' || c.relname AS name, i.relname AS index_name, i.relam AS method
      FROM pg_index x
      JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_class c ON c.oid = x.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
), keyed AS (
    SELECT looked.*, k.class, k.sorted_by
      FROM looked
     CROSS JOIN LATERAL unnest(looked.classes, looked.collations) AS k (class, sorted_by)
), leaking AS (
    SELECT keyed.name, keyed.index_name, o.oprname || ' (' || f.opfname || ')' AS what
      FROM keyed
      JOIN pg_opclass q ON q.oid = keyed.class
      JOIN pg_opfamily f ON f.oid = q.opcfamily
      JOIN pg_am m ON m.oid = keyed.method
      JOIN pg_amop a ON a.amopfamily = f.oid AND a.amoplefttype = q.opcintype
                    AND (a.amoprighttype = q.opcintype OR m.amname NOT IN ('btree', 'hash'))
      JOIN pg_operator o ON o.oid = a.amopopr
      JOIN pg_proc p ON p.oid = o.oprcode
     WHERE NOT p.proleakproof
    UNION
    SELECT looked.name, looked.index_name, p.proname || '()'
      FROM looked
     CROSS JOIN LATERAL regexp_matches(looked.tree, ':funcid ([0-9]+)', 'g') AS m
      JOIN pg_proc p ON p.oid = m[1]::oid
     WHERE NOT p.proleakproof
    UNION
    SELECT looked.name, looked.index_name, o.oprname
      FROM looked
     CROSS JOIN LATERAL regexp_matches(looked.tree, ':opno ([0-9]+)', 'g') AS m
      JOIN pg_operator o ON o.oid = m[1]::oid
      JOIN pg_proc p ON p.oid = o.oprcode
     WHERE NOT p.proleakproof
    UNION
    SELECT looked.name, looked.index_name, 'a cast'
      FROM looked
     WHERE looked.tree ~ '\{(COERCEVIAIO|ARRAYCOERCEEXPR) '
    UNION
    SELECT keyed.name, keyed.index_name, 'LIKE'
      FROM keyed
      JOIN pg_opclass q ON q.oid = keyed.class
      JOIN pg_am m ON m.oid = keyed.method AND m.amname = 'btree'
      LEFT JOIN pg_collation l ON l.oid = keyed.sorted_by
      JOIN pg_database d ON d.datname = current_database()
     WHERE q.opcname IN ('text_pattern_ops', 'varchar_pattern_ops', 'bpchar_pattern_ops')
        OR (q.opcintype = 'text'::regtype AND q.opcname = 'text_ops'
            AND CASE WHEN l.collname = 'default'
                     THEN (d.datlocprovider = 'c' AND d.datcollate IN ('C', 'POSIX')) OR d.datlocprovider = 'b'
                     ELSE l.collname IN ('C', 'POSIX', 'ucs_basic', 'pg_c_utf8') END)
)
SELECT name AS "table", index_name AS "index", string_agg(DISTINCT what, ', ' ORDER BY what) AS operators
  FROM leaking
 GROUP BY 1, 2
 ORDER BY 1, 2
