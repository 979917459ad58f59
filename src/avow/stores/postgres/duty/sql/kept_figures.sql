-- What stays of the rows of a table that went, under whatever limit, with what each period is.
SELECT f.period, p.grain, f.aggregate, f.groups, f.subjects, f.figures
FROM avow.kept_figure f LEFT JOIN avow.kept_period p ON (p.table_name, p.period, p.rule) = (f.table_name, f.period, f.rule)
WHERE f.table_name = %s ORDER BY f.period, p.grain, f.aggregate, f.groups
