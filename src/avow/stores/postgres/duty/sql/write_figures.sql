-- Writes the groups of whole periods, those of too few people left out; gives the period of each.
INSERT INTO avow.kept_figure (rule, table_name, aggregate, period, groups, subjects, figures)
SELECT {rule}, {table}, {name}, {period}, jsonb_build_object({groups}), {people}, jsonb_build_object({figures})
FROM {source}
WHERE {dated} >= {begin} AND {dated} < {until} AND {period} = ANY ({periods})
GROUP BY {by} HAVING {people} >= {at_least}
RETURNING period
