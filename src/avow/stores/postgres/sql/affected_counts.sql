-- How many one kind of record is about, and which categories held something in it.
SELECT count(DISTINCT (subject, key)) FILTER (WHERE NOT organisation),
    count(DISTINCT (subject, key)) FILTER (WHERE organisation),
    array_agg(DISTINCT category ORDER BY category)
FROM avow_affected
WHERE n = %s
