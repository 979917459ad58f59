-- Marks periods of a table as counted for a limit; those that were not before.
INSERT INTO avow.kept_period (rule, table_name, period)
SELECT %s, %s, p FROM unnest(%s::date[]) p ON CONFLICT DO NOTHING RETURNING period
