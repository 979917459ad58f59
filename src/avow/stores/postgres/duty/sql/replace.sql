-- The old value in rows about the person becomes the new one; where a row moves, what was collected follows it.
WITH moved AS (
  UPDATE {table} t SET {name} = %s FROM avow_hit h
  WHERE h.t = {number} AND h.part = t.tableoid AND h.at = t.ctid AND h.how <> 'm' AND {value} = {wanted}{alone}
  RETURNING h.part, h.at, t.ctid AS now)
UPDATE avow_hit h SET at = m.now FROM moved m WHERE h.t = {number} AND h.part = m.part AND h.at = m.at
