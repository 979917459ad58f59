-- Steps of stores that failed and are not done since, the most urgent request first.
SELECT r.id, r.reference, r.kind, r.state, r.due_at, s.store, s.step, s.attempts, s.error, s.cause, s.retry_at, s.at
FROM control.request_store s JOIN control.request r ON r.id = s.request
WHERE r.company = %(company)s AND s.state = 'failed' AND r.closed_at IS NULL
ORDER BY r.due_at, r.id, s.store
LIMIT %(limit)s
