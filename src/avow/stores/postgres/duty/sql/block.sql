-- Rows to be deleted that a staying row c refers to are emptied instead.
UPDATE avow_row r SET fate = 'e' FROM {table} t
WHERE r.t = {number} AND r.fate = 'd' AND t.tableoid = r.part AND t.ctid = r.at
  AND EXISTS (SELECT FROM {child} c WHERE {pairs} AND NOT {gone})
