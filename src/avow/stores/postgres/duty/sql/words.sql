-- People whose identifiers stand among the words of the texts of a row: rather too many than too few.
SELECT DISTINCT f.n
FROM regexp_matches({whole}, '[[:alnum:]._%+-]+@[[:alnum:]._-]*[[:alnum:]]|[0-9][0-9 ()./-]*[0-9]|[[:alnum:]_-]+', 'g') m (found)
CROSS JOIN LATERAL (SELECT regexp_replace(m.found[1], '[^0-9]', '', 'g')) d (digits)
CROSS JOIN LATERAL (
  SELECT m.found[1] UNION SELECT d.digits UNION
  SELECT substr(d.digits, a, l) FROM generate_series(1, length(d.digits) - 6) a, generate_series(7, 17) l
  WHERE length(d.digits) > 13 AND a + l <= length(d.digits) + 1
) v (form)
JOIN pg_temp.avow_form f ON f.form = v.form
