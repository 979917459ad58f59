-- what was applied, in order
SELECT key, seq, phase, wanted, live, create_sql AS create, undo_sql AS undo, why, on_table, on_role FROM avow.object ORDER BY seq
