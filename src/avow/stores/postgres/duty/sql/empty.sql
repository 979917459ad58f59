-- The working tables are emptied by deleting: a truncation would make every prepared statement be planned again.
WITH a AS (DELETE FROM avow_item), b AS (DELETE FROM avow_key), c AS (DELETE FROM avow_ident), d AS (DELETE FROM avow_form),
     e AS (DELETE FROM avow_hold), f AS (DELETE FROM avow_hit), g AS (DELETE FROM avow_row), h AS (DELETE FROM avow_person)
DELETE FROM avow_count
