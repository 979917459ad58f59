-- Rows in whose texts an own number or cookie of a person stands: looked for one by one, which is quickest for a few.
SELECT {number}, t.tableoid, t.ctid, f.n, 'm'::"char", false
FROM avow_form f
JOIN avow_ident i ON i.n = f.n AND i.i = f.i AND i.own
JOIN {table} t ON position(f.form IN lower({text})) > 0 AND {text} ~* i.pattern
WHERE f.kind IN ('customer_number', 'cookie') AND i.pattern <> '' AND {unknown}
