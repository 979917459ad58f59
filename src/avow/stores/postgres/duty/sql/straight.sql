-- Rows of a table that needs no decision, deleted along its one path and counted by person.
WITH gone AS (
  DELETE FROM {table} t USING avow_key k WHERE k.subject = {subject} AND {link} = k.key::{kind} RETURNING k.n)
INSERT INTO avow_count SELECT n, {number}, 'delete', count(*) FROM gone GROUP BY n
