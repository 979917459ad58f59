-- (part of a search) Telephone numbers inside the values, however their digits are set apart.
SELECT f.n, w.name, t.ctid
FROM ONLY {table} t CROSS JOIN LATERAL (VALUES {values}) w (name, v)
CROSS JOIN LATERAL regexp_matches(w.v, '[0-9][0-9[:space:]()./-]{{5,}}[0-9]', 'g') m (found)
CROSS JOIN LATERAL (SELECT regexp_replace(m.found[1], '[^0-9]', '', 'g')) d (digits)
CROSS JOIN LATERAL (
  SELECT d.digits UNION ALL
  SELECT substr(d.digits, a, l) FROM generate_series(1, length(d.digits) - 6) a, generate_series(7, 17) l
  WHERE length(d.digits) > 13 AND a + l <= length(d.digits) + 1
) x (form)
JOIN avow_form f ON f.kind = 'phone' AND f.form = x.form
WHERE true{near}
