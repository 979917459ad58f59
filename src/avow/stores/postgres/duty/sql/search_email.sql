-- (part of a search) Addresses inside the values.
SELECT f.n, w.name, t.ctid
FROM ONLY {table} t CROSS JOIN LATERAL (VALUES {values}) w (name, v)
CROSS JOIN LATERAL regexp_matches(lower(w.v), '[[:alnum:]._%+-]+@[[:alnum:]._-]*[[:alnum:]]', 'g') m (found)
JOIN avow_form f ON f.kind = 'email' AND f.form = m.found[1]
WHERE w.v LIKE '%@%'{near}
