-- Empties, unlinks and cleans the rows of one table that stay, each by what is known of all its erased people (x).
UPDATE {table} t SET {sets}
FROM (SELECT r.part, r.at, r.fate::text AS fate, string_agg(p.keys, '') AS keys, string_agg(p.vals, '') AS vals,
             string_agg(nullif(p.pattern, ''), '|') AS pattern
      FROM avow_row r
      JOIN avow_hit h USING (t, part, at)
      JOIN avow_person p ON p.n = h.n
      WHERE r.t = {number} AND r.fate IN ('a', 's', 'e', 'c') AND NOT h.held
      GROUP BY 1, 2, 3) x
WHERE t.tableoid = x.part AND t.ctid = x.at
