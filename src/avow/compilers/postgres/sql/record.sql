-- keep what was applied; the live definition follows when everything is read back
INSERT INTO avow.object (key, phase, wanted, live, create_sql, undo_sql, why, on_table, on_role)
VALUES (%s, %s, %s, NULL, %s, %s, %s, %s, %s)
ON CONFLICT (key) DO UPDATE SET phase = excluded.phase, wanted = excluded.wanted, live = NULL, create_sql = excluded.create_sql,
  undo_sql = excluded.undo_sql, why = excluded.why, on_table = excluded.on_table, on_role = excluded.on_role
