-- One value of one row about the person; where the row moves, what was collected follows it.
WITH moved AS (
  UPDATE {table} t SET {name} = %s::{type}
  WHERE {row} = %s AND {value} IS DISTINCT FROM %s::{type}
    AND EXISTS (SELECT FROM avow_hit h WHERE h.t = {number} AND h.part = t.tableoid AND h.at = t.ctid)
  RETURNING t.tableoid AS part, t.ctid AS now)
INSERT INTO avow_hit SELECT {number}, part, now, 0, 'p'::"char", false FROM moved
