-- One line per person: keys and values between signs that no value has, so that a position test finds a whole one; and the
-- pattern of everything that may be taken out of a text.
INSERT INTO avow_person
WITH known (n, kind, form) AS (
  {known}
), vals AS (
  SELECT n, string_agg(DISTINCT E'\x01' || kind || ' ' || form || E'\x01', '') AS vals FROM known GROUP BY n
), keys AS (
  SELECT n, string_agg(DISTINCT E'\x01' || subject || ' ' || key || E'\x01', '') AS keys FROM avow_key GROUP BY n
), patterns AS (
  SELECT n, string_agg(pattern, '|') FILTER (WHERE own) AS pattern FROM avow_ident WHERE pattern <> '' GROUP BY n
)
SELECT i.n, coalesce(k.keys, ''), coalesce(v.vals, ''), coalesce(p.pattern, '')
FROM avow_item i LEFT JOIN keys k USING (n) LEFT JOIN vals v USING (n) LEFT JOIN patterns p USING (n)
