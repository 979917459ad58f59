SELECT count(*) FROM control.outbox
WHERE company = %(company)s AND kind = 'mail' AND (sent_at > %(since)s OR (state = 'sending' AND claimed_at > %(since)s))
