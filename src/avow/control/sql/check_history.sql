-- The newest checks of a company, newest first, with the verdict of each statement but without probes.
SELECT id, policy_version, checked_at, report -> 'totals' -> 'statements',
       (SELECT jsonb_object_agg(s ->> 'id', s ->> 'verdict') FROM jsonb_array_elements(report -> 'statements') AS s)
FROM control.check_run
WHERE company = %(company)s
ORDER BY checked_at DESC, id DESC
LIMIT %(limit)s
