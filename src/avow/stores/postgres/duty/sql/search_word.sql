-- (part of a search) Single words: the words of the values against all forms at once.
SELECT f.n, w.name, t.ctid
FROM ONLY {table} t CROSS JOIN LATERAL (VALUES {values}) w (name, v)
CROSS JOIN LATERAL (
  SELECT lower(btrim(w.v)) UNION ALL SELECT x.word FROM regexp_split_to_table(lower(w.v), '[^[:alnum:]_-]+') x (word)
) x (word)
JOIN avow_form f ON f.kind = 'word' AND f.form = x.word
WHERE w.v IS NOT NULL{near}
