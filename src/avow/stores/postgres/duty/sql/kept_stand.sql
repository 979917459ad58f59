-- How figures of a table stand: periods that were counted, figures that were written and stand no more, those of too few people.
SELECT count(*), coalesce(sum(greatest(p.written - coalesce(f.stand, 0), 0)), 0)::bigint,
       (SELECT count(*) FROM avow.kept_figure s WHERE s.table_name = %(table)s AND s.subjects < %(least)s)
FROM avow.kept_period p LEFT JOIN
     (SELECT rule, period, count(*) AS stand FROM avow.kept_figure WHERE table_name = %(table)s GROUP BY 1, 2) f USING (rule, period)
WHERE p.table_name = %(table)s
