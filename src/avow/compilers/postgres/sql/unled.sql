-- columns on the way from a row to its owner that no index leads with: a change of choice reads the whole table
SELECT w.name, w.col FROM unnest(%s::text[], %s::text[]) w (name, col)
JOIN pg_attribute a ON a.attrelid = to_regclass(w.name) AND a.attname = w.col
WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indkey[0] = a.attnum AND i.indisvalid AND i.indpred IS NULL)
ORDER BY 1, 2
