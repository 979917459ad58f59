-- Counts that a company may publish: no person's request can be told from them. Synthetic requests are left out.
WITH asked AS (
    SELECT * FROM control.request WHERE company = %(company)s AND NOT synthetic AND received_at >= %(since)s
), closed AS (
    SELECT *, extract(epoch FROM closed_at - received_at) / 86400 AS days FROM asked
    WHERE closed_at IS NOT NULL AND state IN ('done', 'refused')
)
SELECT jsonb_build_object(
    'received', (SELECT count(*) FROM asked),
    'closed', (SELECT count(*) FROM asked WHERE closed_at IS NOT NULL),
    'open', (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM (
        SELECT state, count(*) AS n FROM asked WHERE closed_at IS NULL GROUP BY state) AS by_state),
    'kinds', (SELECT coalesce(jsonb_object_agg(kind, n), '{}') FROM (
        SELECT kind, count(*) AS n FROM asked GROUP BY kind) AS by_kind),
    'median_days', (SELECT coalesce(jsonb_object_agg(kind, days), '{}') FROM (
        SELECT kind, round((percentile_cont(0.5) WITHIN GROUP (ORDER BY days))::numeric, 1) AS days
        FROM closed GROUP BY kind) AS by_days),
    'refused', (SELECT coalesce(jsonb_object_agg(reason, n), '{}') FROM (
        SELECT reason, count(*) AS n FROM closed WHERE state = 'refused' GROUP BY reason) AS by_reason),
    'late', (SELECT count(*) FROM asked WHERE coalesce(closed_at, %(now)s) > due_at AND paused_at IS NULL)
)
