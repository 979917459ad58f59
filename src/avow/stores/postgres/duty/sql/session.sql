-- Working tables of one connection, emptied before each use. A person of a batch has a number `n`; a row is known by its
-- table's place in the spec, its partition and its ctid, which stays true within one repeatable-read transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS avow_item (n int, item text);
CREATE TEMPORARY TABLE IF NOT EXISTS avow_key (n int, subject text, key text);
CREATE TEMPORARY TABLE IF NOT EXISTS avow_ident (n int, i int, kind text, pattern text, since text, until text, own boolean);
CREATE TEMPORARY TABLE IF NOT EXISTS avow_form (n int, i int, kind text, form text);
CREATE TEMPORARY TABLE IF NOT EXISTS avow_hold (n int, t int, row_id text);
CREATE TEMPORARY TABLE IF NOT EXISTS avow_hit (t int, part oid, at tid, n int, how "char", held boolean);
CREATE TEMPORARY TABLE IF NOT EXISTS avow_row (t int, part oid, at tid, fate "char");
CREATE TEMPORARY TABLE IF NOT EXISTS avow_person (n int, keys text, vals text, pattern text);
CREATE TEMPORARY TABLE IF NOT EXISTS avow_doomed (t int, key text[]);
CREATE TEMPORARY TABLE IF NOT EXISTS avow_count (n int, t int, action text, rows bigint)
