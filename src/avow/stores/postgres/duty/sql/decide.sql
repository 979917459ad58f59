-- One fate per row, by its table's erasure ({erasure}) and by how it was found.
INSERT INTO avow_row
SELECT t, part, at,
       CASE WHEN bool_and(held) OR {erasure} = 'k' THEN 'k'
            WHEN every(how = 'm') THEN 'c'
            WHEN bool_or(held) OR (every(how <> 'p') AND {erasure} = 'a') THEN 's'
            ELSE {erasure} END::"char"
FROM avow_hit
GROUP BY t, part, at
