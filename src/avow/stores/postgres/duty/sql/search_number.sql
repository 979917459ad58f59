-- (part of a search) Telephone numbers in columns of numbers: whole values, long enough to be told from a count or an id.
SELECT f.n, w.name, t.ctid
FROM ONLY {table} t CROSS JOIN LATERAL (VALUES {values}) w (name, v)
JOIN avow_form f ON f.kind = 'phone' AND length(ltrim(f.form, '0')) >= {fewest} AND split_part(w.v, '.', 1) = ltrim(f.form, '0')
WHERE ltrim(split_part(w.v, '.', 2), '0') = ''
