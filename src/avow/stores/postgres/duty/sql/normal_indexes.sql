-- Columns whose normal form begins a usable index: table, column.
SELECT n.nspname || '.' || c.relname, a.attname
FROM pg_index x
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE x.indisvalid AND x.indpred IS NULL
  AND pg_get_indexdef(x.indexrelid, 1, true) = ANY (ARRAY[
    format('lower(btrim(%I))', a.attname), format('lower(btrim(%I::text))', a.attname), format('lower(btrim((%I)::text))', a.attname)])
