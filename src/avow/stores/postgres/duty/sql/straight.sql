-- (part of a statement) Rows of a table that needs no decision, deleted along its one path.
{name} AS (
  DELETE FROM {table} t USING avow_key k WHERE k.subject = {subject} AND {link} = k.key::{kind} RETURNING k.n, {number} AS t)
