-- What was decided and done: person, table, fate, rows.
SELECT h.n, h.t, CASE WHEN h.held THEN 'k' ELSE r.fate::text END, count(*)
FROM avow_hit h JOIN avow_row r USING (t, part, at) GROUP BY 1, 2, 3
UNION ALL
SELECT n, t, action, rows FROM avow_count
