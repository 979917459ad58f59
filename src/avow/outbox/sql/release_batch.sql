UPDATE control.outbox SET state = CASE WHEN %(approved)s THEN 'held' ELSE 'refused' END,
    error = CASE WHEN %(approved)s THEN '' ELSE %(error)s END
WHERE company = %(company)s AND batch = %(batch)s AND state = 'approval'
