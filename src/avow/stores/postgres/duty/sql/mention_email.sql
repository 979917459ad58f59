-- Rows in whose texts an own address of a person stands: the addresses in the texts against all forms at once.
SELECT {number}, t.tableoid, t.ctid, f.n, 'm'::"char", false
FROM {table} t
CROSS JOIN LATERAL regexp_matches(lower({text}), '[[:alnum:]._%+-]+@[[:alnum:]._-]*[[:alnum:]]', 'g') m (found)
JOIN avow_form f ON f.kind = 'email' AND f.form = m.found[1]
JOIN avow_ident i ON i.n = f.n AND i.i = f.i AND i.own
WHERE {text} LIKE '%@%' AND {near} AND {unknown}
