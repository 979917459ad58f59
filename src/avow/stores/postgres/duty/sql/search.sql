-- One pass over a table: the words of each value (addresses, digits of numbers, plain words) against the forms of all needles.
SELECT f.n, w.name, count(DISTINCT t.ctid)
FROM ONLY {table} t
CROSS JOIN LATERAL (VALUES {values}) w (name, v)
CROSS JOIN LATERAL (
  SELECT lower(btrim(w.v))
  UNION ALL
  SELECT x.form FROM regexp_matches(lower(w.v), '[[:alnum:]._%+-]+@[[:alnum:]._-]*[[:alnum:]]|[0-9][0-9 ()./-]*[0-9]|[[:alnum:]][[:alnum:]_-]*', 'g') m (found)
  CROSS JOIN LATERAL (SELECT regexp_replace(m.found[1], '[^0-9]', '', 'g')) d (digits)
  CROSS JOIN LATERAL (
    SELECT m.found[1] UNION ALL SELECT d.digits WHERE d.digits <> '' UNION ALL
    SELECT substr(d.digits, a, l) FROM generate_series(1, length(d.digits) - 6) a, generate_series(7, 17) l
    WHERE length(d.digits) > 13 AND a + l <= length(d.digits) + 1
  ) x (form)
) x (form)
JOIN pg_temp.avow_form f ON f.form = x.form
WHERE w.v IS NOT NULL
GROUP BY f.n, w.name
