-- The rows of one table that were found for the person, as they stand.
SELECT {row}, h.how, {at}, {source}, {shared}, {values}
FROM (SELECT part, at, min(how::text) AS how FROM avow_hit WHERE t = {number} GROUP BY part, at) h
JOIN {table} t ON t.tableoid = h.part AND t.ctid = h.at
