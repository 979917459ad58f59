-- The gate is open: what was made since this database was bound may go; what is older waits until somebody releases it.
UPDATE control.outbox SET state = 'queued'
WHERE company = %(company)s AND state = 'held'
    AND made_at >= (SELECT bound_at FROM control.outbox_binding WHERE company = %(company)s)
