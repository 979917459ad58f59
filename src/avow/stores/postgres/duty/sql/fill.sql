-- A new batch: what the last one left goes, the people of this one come. Emptied by deleting: a truncation would make every
-- prepared statement be planned again.
WITH a AS (DELETE FROM avow_item), b AS (DELETE FROM avow_key), c AS (DELETE FROM avow_ident), d AS (DELETE FROM avow_form),
     e AS (DELETE FROM avow_hold), f AS (DELETE FROM avow_hit), g AS (DELETE FROM avow_row), h AS (DELETE FROM avow_person),
     i AS (DELETE FROM avow_count), o AS (DELETE FROM avow_doomed),
     j AS (INSERT INTO avow_item SELECT * FROM unnest(%s::int[], %s::text[])),
     k AS (INSERT INTO avow_key SELECT * FROM unnest(%s::int[], %s::text[], %s::text[])),
     l AS (INSERT INTO avow_ident
           SELECT * FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[])),
     m AS (INSERT INTO avow_form SELECT * FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[]))
INSERT INTO avow_hold SELECT * FROM unnest(%s::int[], %s::int[], %s::text[])
