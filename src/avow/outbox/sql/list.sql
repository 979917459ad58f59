SELECT id, kind, template, state, batch, request, to_domain, attempts, error, made_at, expires_at, sent_at, synthetic
FROM control.outbox
WHERE company = %(company)s AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
    AND (%(request)s::uuid IS NULL OR request = %(request)s)
ORDER BY made_at DESC, id LIMIT %(limit)s
