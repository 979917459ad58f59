-- Rows in whose texts an own telephone number of a person stands, however its digits are set apart; where two numbers run
-- together, each part of the digits is tried.
SELECT {number}, t.tableoid, t.ctid, f.n, 'm'::"char", false
FROM {table} t
CROSS JOIN LATERAL regexp_matches({text}, '[0-9][0-9[:space:]()./-]{{5,}}[0-9]', 'g') m (found)
CROSS JOIN LATERAL (SELECT regexp_replace(m.found[1], '[^0-9]', '', 'g')) d (digits)
CROSS JOIN LATERAL (
  SELECT d.digits UNION ALL
  SELECT substr(d.digits, a, l) FROM generate_series(1, length(d.digits) - 6) a, generate_series(7, 17) l
  WHERE length(d.digits) > 13 AND a + l <= length(d.digits) + 1
) x (form)
JOIN avow_form f ON f.kind = 'phone' AND f.form = x.form
JOIN avow_ident i ON i.n = f.n AND i.i = f.i AND i.own
WHERE {near} AND {unknown}
