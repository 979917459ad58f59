-- Writes the groups of whole periods; a group of fewer people than the limit asks for is left out.
INSERT INTO avow.kept_figure (rule, table_name, aggregate, period, groups, subjects, figures)
SELECT {rule}, {table}, {name}, {period}, jsonb_build_object({named}), {people}, jsonb_build_object({told})
FROM {joined}
WHERE {dated} >= {since} AND {dated} < {until} AND {period} = ANY ({periods})
GROUP BY {grouped} HAVING {people} >= {at_least}
