-- The same for many people: the words of the texts against all forms at once.
SELECT {number}, t.tableoid, t.ctid, f.n, 'm'::"char", false
FROM {table} t
CROSS JOIN LATERAL regexp_split_to_table(lower({text}), '[^[:alnum:]_-]+') w (word)
JOIN avow_form f ON f.kind IN ('customer_number', 'cookie') AND f.form = w.word
JOIN avow_ident i ON i.n = f.n AND i.i = f.i AND i.own AND i.pattern <> ''
WHERE {unknown}
