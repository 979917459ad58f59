-- The gate is closed: what was queued here, perhaps by the original of this copy, goes nowhere.
UPDATE control.outbox SET state = 'held'
WHERE company = %(company)s AND state IN ('queued', 'sending', 'failed')
