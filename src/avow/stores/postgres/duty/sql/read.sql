-- Every row about one person in one statement: first where they are (rows known by their place, a path before an identifier
-- before a mention), then as they stand, table by table. $1, $2: subject tables and keys; $3 to $8: identifiers (number, kind,
-- normal form, since, until, pattern inside a text).
WITH avow_key (n, subject, key) AS MATERIALIZED (
  SELECT 0, k.subject, k.key FROM unnest($1::text[], $2::text[]) k (subject, key)
), avow_form (n, i, kind, form, since, until, pattern) AS MATERIALIZED (
  SELECT 0, f.* FROM unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) f
), others (n, i) AS MATERIALIZED (
  {others}
), avow_ident (n, i, since, until, pattern, own) AS MATERIALIZED (
  SELECT DISTINCT f.n, f.i, f.since, f.until, f.pattern, NOT EXISTS (SELECT FROM others o WHERE o.i = f.i) AND (f.kind <> 'ip' OR f.until <> '')
  FROM avow_form f
), led (t, part, at, n, how, held) AS MATERIALIZED (
  {led}
), named (t, part, at, n, how, held) AS MATERIALIZED (
  {named}
), avow_hit (t, part, at, n, how, held) AS MATERIALIZED (
  SELECT * FROM led UNION ALL SELECT * FROM named
), mentioned (t, part, at, n, how, held) AS MATERIALIZED (
  {mentioned}
)
{rows}
