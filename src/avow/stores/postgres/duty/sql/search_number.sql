-- (part of a search) Telephone numbers in columns of numbers: whole values, long enough to be told from a count or an id.
SELECT f.n, w.name, t.ctid
FROM ONLY {table} t CROSS JOIN LATERAL (VALUES {values}) w (name, v)
JOIN avow_form f ON f.kind = 'phone' AND length(ltrim(f.form, '0')) >= {fewest} AND w.v = ltrim(f.form, '0')
