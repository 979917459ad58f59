-- Marks periods of a table as counted, with how many figures were written of each.
INSERT INTO avow.kept_period (table_name, grain, period, rule, written)
SELECT %s, %s, p, %s, w FROM unnest(%s::date[], %s::bigint[]) m (p, w)
