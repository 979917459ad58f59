-- Moves of requests that a subscription was not told yet, oldest first; only those that are committed for good: an event with a
-- smaller id may still come from a transaction that is under way, so that the newest seconds wait.
SELECT e.id, e.at, e.name, e.from_state, e.to_state, r.id, r.reference, r.kind
FROM control.request_event e JOIN control.request r ON r.id = e.request
WHERE r.company = %(company)s AND e.id > %(after)s AND e.from_state <> e.to_state AND NOT r.synthetic
  AND e.at < %(now)s - interval '5 seconds'
ORDER BY e.id
LIMIT %(limit)s
