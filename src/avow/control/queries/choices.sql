-- Statements about what people said. :company and :now are bound to every one.

-- name: add
INSERT INTO control.consent (id, company, subject, purpose, recipient, channel, outcome, explicit, method, wording, policy_version,
    said_at, recorded_at, store, store_seq)
SELECT id, %(company)s, subject, purpose, recipient, channel, outcome, explicit, method, wording,
    coalesce(nullif(policy_version, ''), (
        SELECT version FROM control.policy_version WHERE company = %(company)s ORDER BY published DESC, version DESC LIMIT 1), ''),
    said_at, %(now)s,
    store, store_seq
FROM unnest(%(id)s::uuid[], %(subject)s::uuid[], %(purpose)s::text[], %(recipient)s::text[], %(channel)s::text[], %(outcome)s::text[],
    %(explicit)s::boolean[], %(method)s::text[], %(wording)s::text[], %(policy_version)s::text[], %(said_at)s::timestamptz[],
    %(store)s::text[], %(store_seq)s::bigint[])
    AS said (id, subject, purpose, recipient, channel, outcome, explicit, method, wording, policy_version, said_at, store, store_seq)
ON CONFLICT DO NOTHING
RETURNING id

-- name: wait
INSERT INTO control.consent_waiting (consent) SELECT unnest(%(ids)s::uuid[]) ON CONFLICT DO NOTHING

-- name: take_turn
-- Until the transaction ends: whoever else takes answers in, or spreads them, waits.
SELECT pg_advisory_xact_lock(4158523, hashtext(%(company)s))

-- name: history
SELECT c.id, c.subject, c.purpose, c.recipient, c.channel, c.outcome, c.explicit, c.method, c.wording, c.policy_version, c.said_at,
    c.recorded_at, c.store, c.store_seq, r.made_at IS NOT NULL AS receipt
FROM control.consent c LEFT JOIN control.consent_receipt r ON r.consent = c.id
WHERE c.company = %(company)s AND c.subject = ANY(%(subjects)s)
ORDER BY c.said_at, c.recorded_at, c.store_seq NULLS LAST, c.id

-- name: one
SELECT c.id, c.subject, c.purpose, c.recipient, c.channel, c.outcome, c.explicit, c.method, c.wording, c.policy_version, c.said_at,
    c.recorded_at, c.store, c.store_seq, r.made_at IS NOT NULL AS receipt
FROM control.consent c LEFT JOIN control.consent_receipt r ON r.consent = c.id
WHERE c.company = %(company)s AND c.id = %(id)s

-- name: waiting
SELECT c.id, c.subject, c.purpose, c.recipient, c.channel, c.outcome, c.explicit, c.method, c.wording, c.policy_version, c.said_at,
    c.recorded_at, c.store, c.store_seq, false AS receipt
FROM control.consent_waiting w JOIN control.consent c ON c.id = w.consent
WHERE c.company = %(company)s ORDER BY c.recorded_at, c.said_at, c.id LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED

-- name: count_waiting
SELECT count(*), min(c.recorded_at) FROM control.consent_waiting w JOIN control.consent c ON c.id = w.consent WHERE c.company = %(company)s

-- name: done
DELETE FROM control.consent_waiting WHERE consent = ANY(%(ids)s)

-- name: add_receipts
INSERT INTO control.consent_receipt (consent, document, signature, made_at)
SELECT consent, document::jsonb, signature, %(now)s
FROM unnest(%(consents)s::uuid[], %(documents)s::text[], %(signatures)s::bytea[]) AS new (consent, document, signature)
ON CONFLICT DO NOTHING

-- name: receipt
SELECT r.document, r.signature FROM control.consent_receipt r JOIN control.consent c ON c.id = r.consent
WHERE c.company = %(company)s AND r.consent = %(consent)s

-- name: drop_suppressions
DELETE FROM control.suppression WHERE company = %(company)s AND digest = ANY(%(digests)s) AND mark = %(mark)s

-- name: set_by_request
SELECT subject, mark FROM control.subject_state
WHERE subject = ANY (%(subjects)s) AND request IS NOT NULL AND (held OR mark LIKE 'consented:%%')

-- name: totals
SELECT purpose, channel, outcome, explicit, count(*) FROM (
    SELECT DISTINCT ON (c.subject, c.purpose, c.channel) c.purpose, c.channel, c.outcome, c.explicit
    FROM control.consent c JOIN control.subject s ON s.id = c.subject
    WHERE c.company = %(company)s AND c.recipient = '' AND NOT s.synthetic
    ORDER BY c.subject, c.purpose, c.channel, c.said_at DESC, c.recorded_at DESC) newest
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4

-- name: planted
SELECT DISTINCT store, table_name, key_value FROM control.canary
JOIN unnest(%(stores)s::text[], %(tables)s::text[], %(keys)s::text[]) AS asked (a, b, c) ON (store, table_name, key_value) = (a, b, c)
WHERE removed_at IS NULL
