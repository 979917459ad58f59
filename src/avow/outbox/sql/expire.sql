UPDATE control.outbox SET state = 'expired'
WHERE company = %(company)s AND state IN ('held', 'approval', 'queued', 'failed') AND expires_at <= %(now)s
