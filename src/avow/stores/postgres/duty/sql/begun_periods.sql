-- Periods of a table from a day on that were counted already, by whatever limit.
SELECT grain, period FROM avow.kept_period WHERE table_name = %s AND period >= %s
