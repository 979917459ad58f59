INSERT INTO control.outbox (id, company, kind, template, request, batch, state, key_id, to_sealed, body_sealed, to_domain,
    error, made_at, expires_at, synthetic)
SELECT id, %(company)s, kind, template, request, batch, state, %(key_id)s, to_sealed, body_sealed, to_domain,
    error, %(now)s, %(expires_at)s, synthetic
FROM unnest(%(id)s::uuid[], %(kind)s::text[], %(template)s::text[], %(request)s::uuid[], %(batch)s::text[], %(state)s::text[],
    %(to_sealed)s::bytea[], %(body_sealed)s::bytea[], %(to_domain)s::text[], %(error)s::text[], %(synthetic)s::boolean[])
    AS given (id, kind, template, request, batch, state, to_sealed, body_sealed, to_domain, error, synthetic)
ON CONFLICT (id) DO NOTHING
