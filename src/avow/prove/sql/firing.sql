-- A trigger of Avow's own that stands and fires in ordinary sessions, by table and name.
SELECT t.tgname::text
  FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_proc p ON p.oid = t.tgfoid
  JOIN pg_namespace home ON home.oid = p.pronamespace
 WHERE n.nspname || '.' || c.relname = %(table)s AND t.tgname = %(trigger)s AND t.tgenabled IN ('O', 'A') AND home.nspname = 'avow'
