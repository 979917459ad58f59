-- name: begin
INSERT INTO control.sweep (company, rule, store, table_name, started_at, figures)
VALUES (%(company)s, %(rule)s, %(store)s, %(table)s, %(now)s, %(figures)s)
-- name: progress
UPDATE control.sweep SET swept = greatest(swept, %(swept)s)
WHERE company = %(company)s AND rule = %(rule)s AND store = %(store)s AND table_name = %(table)s AND started_at = %(started)s
-- name: unfinished
SELECT started_at FROM control.sweep
WHERE company = %(company)s AND rule = %(rule)s AND store = %(store)s AND table_name = %(table)s AND finished_at IS NULL
  AND started_at < %(before)s ORDER BY started_at DESC LIMIT 20
-- name: finish
UPDATE control.sweep SET finished_at = %(now)s, held = %(held)s, referred = %(referred)s,
       others = %(others)s, waits_for = %(waits_for)s, cause = %(cause)s
WHERE company = %(company)s AND rule = %(rule)s AND store = %(store)s AND table_name = %(table)s AND started_at = %(started)s
-- name: newest
SELECT DISTINCT ON (rule, store, table_name) rule, store, table_name, started_at, finished_at, swept, held, referred, cause, others, waits_for,
       bool_or(figures AND swept > 0) OVER (PARTITION BY store, table_name)
FROM control.sweep WHERE company = %(company)s ORDER BY rule, store, table_name, started_at DESC
-- name: hold
INSERT INTO control.legal_hold (id, company, store, table_name, key_digest, key_id, key_sealed, reason_sealed, held_by, held_at, until)
VALUES (%(id)s, %(company)s, %(store)s, %(table)s, %(digest)s, %(key)s, %(sealed)s, %(reason)s, %(by)s, %(now)s, %(until)s)
-- name: release
UPDATE control.legal_hold SET released_at = %(now)s WHERE company = %(company)s AND id = %(id)s AND released_at IS NULL RETURNING id
-- name: held_keys
-- Digests of keys in one store under a hold that stands, out of those asked for.
SELECT DISTINCT key_digest FROM control.legal_hold
WHERE company = %(company)s AND store = %(store)s AND key_digest = ANY (%(digests)s) AND released_at IS NULL AND until > %(now)s
-- name: held_until
-- The same digests, each with the day until which its last hold stands.
SELECT key_digest, max(until) FROM control.legal_hold
WHERE company = %(company)s AND store = %(store)s AND key_digest = ANY (%(digests)s) AND released_at IS NULL AND until > %(now)s
GROUP BY key_digest
-- name: holds
SELECT id, store, table_name, reason, held_by, held_at, until, key_id, key_digest, key_sealed, reason_sealed FROM control.legal_hold
WHERE company = %(company)s AND released_at IS NULL AND until > %(now)s ORDER BY held_at

-- name: clear_reasons
SELECT id, key_id, reason FROM control.legal_hold WHERE company = %(company)s AND reason_sealed IS NULL AND reason <> '' FOR UPDATE
-- name: seal_reason
UPDATE control.legal_hold SET reason_sealed = %(sealed)s, reason = '' WHERE company = %(company)s AND id = %(id)s
