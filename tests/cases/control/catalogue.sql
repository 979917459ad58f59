-- Everything that a schema `control` is made of, one line each, in no order of columns: what was added later stands last.
SELECT format('column %s.%s %s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN ' not null' ELSE '' END, ' ' || a.attidentity::text || a.attgenerated::text,
              ' default ' || coalesce(pg_get_expr(d.adbin, d.adrelid), ''))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'control'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
UNION ALL
SELECT format('relation %s %s', relkind, relname) FROM pg_class WHERE relnamespace = 'control'::regnamespace
UNION ALL
SELECT format('constraint %s on %s %s', conname, conrelid::regclass, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'control'::regnamespace AND contype <> 'n'
UNION ALL
SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
WHERE c.relnamespace = 'control'::regnamespace
UNION ALL
SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
WHERE c.relnamespace = 'control'::regnamespace AND NOT tgisinternal
UNION ALL
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'control'::regnamespace
ORDER BY 1
