-- Working tables of one connection, emptied by each commit. A person of a batch has a number `n`; a row is known by its
-- table's place in the spec, its partition and its ctid, which stays true within one repeatable-read transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS avow_item (n int, item text) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS avow_key (n int, subject text, key text) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS avow_ident (n int, i int, kind text, pattern text, since text, until text, own boolean)
  ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS avow_form (n int, i int, kind text, form text) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS avow_hold (n int, t int, row_id text) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS avow_hit (t int, part oid, at tid, n int, how "char", held boolean) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS avow_row (t int, part oid, at tid, fate "char") ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS avow_person (n int, keys text, vals text, pattern text) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS avow_count (n int, t int, action text, rows bigint) ON COMMIT DELETE ROWS
