-- Columns that the store fills by itself: defaults, identities, generated ones.
SELECT a.attname::text
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname || '.' || c.relname = %(table)s AND a.attnum > 0
   AND (a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '')
