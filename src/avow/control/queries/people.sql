-- Statements about people. Values arrive as digests and sealed bytes; :company and :now are bound to every one.

-- name: add_subjects
INSERT INTO control.subject (id, company, key_id, jurisdiction, synthetic, made_at)
SELECT id, %(company)s, key_id, %(jurisdiction)s, %(synthetic)s, %(now)s FROM unnest(%(ids)s::uuid[], %(keys)s::uuid[]) AS new (id, key_id)

-- name: subjects
SELECT id, key_id, version, synthetic, erased_at FROM control.subject WHERE id = ANY(%(ids)s) AND company = %(company)s

-- name: lock_subjects
SELECT id FROM control.subject WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE

-- name: by_key
SELECT digest.number, k.subject
FROM unnest(%(stores)s::text[], %(tables)s::text[], %(digests)s::bytea[]) WITH ORDINALITY AS digest (store, table_name, key_digest, number)
JOIN control.subject_key k ON k.company = %(company)s AND k.store = digest.store
    AND k.table_name = digest.table_name AND k.key_digest = digest.key_digest

-- name: by_identifier
SELECT DISTINCT i.subject, i.proven_at IS NOT NULL AS proven
FROM control.subject_identifier i
WHERE i.company = %(company)s AND i.kind = %(kind)s AND i.digest = ANY(%(digests)s)
ORDER BY proven DESC, i.subject

-- name: add_key
INSERT INTO control.subject_key AS k
    (company, store, table_name, key_digest, subject, key_sealed, reason, confidence, confirmed, found_at)
VALUES (%(company)s, %(store)s, %(table)s, %(digest)s, %(subject)s, %(sealed)s, %(reason)s, %(confidence)s, %(confirmed)s, %(now)s)
ON CONFLICT (company, store, table_name, key_digest) DO UPDATE SET confirmed = k.confirmed OR excluded.confirmed
RETURNING k.subject, k.found_at = %(now)s AS fresh

-- name: add_keys
INSERT INTO control.subject_key (company, store, table_name, key_digest, subject, key_sealed, reason, confidence, confirmed, found_at)
SELECT %(company)s, store, table_name, digest, subject, sealed, %(reason)s, 1, true, %(now)s
FROM unnest(%(subjects)s::uuid[], %(stores)s::text[], %(tables)s::text[], %(digests)s::bytea[], %(sealed)s::bytea[])
    AS new (subject, store, table_name, digest, sealed)
ON CONFLICT (company, store, table_name, key_digest) DO NOTHING

-- name: add_identifier
INSERT INTO control.subject_identifier AS i (company, kind, digest, normalisation, subject, sealed, proven_at, changed_at)
VALUES (%(company)s, %(kind)s, %(digest)s, %(normalisation)s, %(subject)s, %(sealed)s, %(proven_at)s, %(now)s)
ON CONFLICT (company, kind, digest, subject)
DO UPDATE SET proven_at = coalesce(excluded.proven_at, i.proven_at)

-- name: identifier_changed
UPDATE control.subject_identifier SET changed_at = %(now)s
WHERE company = %(company)s AND kind = %(kind)s AND digest = %(digest)s

-- name: changed_since
-- What was shown for the first time was not changed.
SELECT greatest(
    (SELECT max(changed_at) FROM control.subject_identifier
     WHERE company = %(company)s AND subject = %(subject)s AND changed_at > %(since)s AND changed_at > proven_at),
    (SELECT reach_changed_at FROM control.subject WHERE id = %(subject)s AND reach_changed_at > %(since)s))

-- name: reach_changed
UPDATE control.subject SET reach_changed_at = greatest(reach_changed_at, %(at)s)
WHERE company = %(company)s AND id = %(subject)s

-- name: keys_of
SELECT k.subject, s.key_id, k.store, k.table_name, k.key_digest, k.key_sealed, k.reason, k.confidence, k.confirmed
FROM control.subject_key k JOIN control.subject s ON s.id = k.subject
WHERE k.subject = ANY(%(subjects)s) ORDER BY k.subject, k.store, k.table_name, k.key_digest

-- name: identifiers_of
SELECT i.subject, s.key_id, i.kind, i.digest, i.sealed, i.proven_at, i.changed_at
FROM control.subject_identifier i JOIN control.subject s ON s.id = i.subject
WHERE i.subject = ANY(%(subjects)s) ORDER BY i.subject, i.kind, i.digest

-- name: drop_keys_of
DELETE FROM control.subject_key WHERE subject = ANY(%(subjects)s)

-- name: drop_identifiers_of
DELETE FROM control.subject_identifier WHERE subject = ANY(%(subjects)s)

-- name: drop_holdings_of
DELETE FROM control.holding WHERE subject = ANY(%(subjects)s)

-- name: mark_erased
UPDATE control.subject SET erased_at = %(now)s WHERE id = ANY(%(subjects)s) AND erased_at IS NULL RETURNING key_id

-- name: add_merge
INSERT INTO control.subject_merge (kept, gone, undone, reason, actor, at)
VALUES (%(kept)s, %(gone)s, %(undone)s, %(reason)s, %(actor)s, %(now)s)

-- name: merge_subject
UPDATE control.subject SET merged_into = %(kept)s WHERE id = %(gone)s

-- name: merge_requests
UPDATE control.request SET subject = %(kept)s WHERE subject = %(gone)s

-- name: merge_state
INSERT INTO control.subject_state AS s (subject, mark, held, version, since, request)
SELECT %(kept)s, mark, held, version, since, request FROM control.subject_state WHERE subject = %(gone)s
ON CONFLICT (subject, mark) DO UPDATE
SET held = CASE WHEN s.mark ~ '^(consented|told):' THEN s.held AND excluded.held ELSE s.held OR excluded.held END

-- name: raise_version
UPDATE control.subject SET version = version + 1 WHERE id = ANY(%(subjects)s) RETURNING id, version

-- name: set_state
INSERT INTO control.subject_state AS s (subject, mark, held, version, since, request)
SELECT new.subject, new.mark, new.held, p.version, %(now)s, new.request
FROM unnest(%(subjects)s::uuid[], %(marks)s::text[], %(held)s::boolean[], %(requests)s::uuid[]) AS new (subject, mark, held, request)
JOIN control.subject p ON p.id = new.subject
ON CONFLICT (subject, mark) DO UPDATE
SET held = excluded.held, version = excluded.version, since = excluded.since, request = excluded.request
WHERE s.held <> excluded.held

-- name: state_of
SELECT subject, mark, held, since FROM control.subject_state WHERE subject = ANY(%(subjects)s) ORDER BY subject, mark

-- name: versions_of
SELECT id, version FROM control.subject WHERE id = ANY(%(subjects)s)

-- name: add_effects
INSERT INTO control.subject_state_effect AS e (subject, store, version, at)
SELECT subject, %(store)s, version, %(now)s FROM unnest(%(subjects)s::uuid[], %(versions)s::bigint[]) AS new (subject, version)
ON CONFLICT (subject, store) DO UPDATE SET version = excluded.version, at = excluded.at WHERE e.version < excluded.version

-- name: drop_effects
DELETE FROM control.subject_state_effect WHERE subject = ANY(%(subjects)s)

-- name: effects_of
SELECT store, version FROM control.subject_state_effect WHERE subject = %(subject)s

-- name: lagging
-- Locked no further than whoever notes an effect of one of them beside this must be let by.
SELECT s.id, s.version FROM control.subject s
WHERE s.company = %(company)s AND s.stirred > s.settled AND s.version > 0 AND s.erased_at IS NULL AND s.merged_into IS NULL
  AND EXISTS (SELECT FROM control.subject_key k WHERE k.subject = s.id AND k.store = %(store)s)
  AND s.version > coalesce((SELECT e.version FROM control.subject_state_effect e WHERE e.subject = s.id AND e.store = %(store)s), 0)
ORDER BY s.id LIMIT %(limit)s FOR NO KEY UPDATE OF s SKIP LOCKED

-- name: effects_gone
-- What a store was told of people's states counts no more: it is an older copy.
DELETE FROM control.subject_state_effect e USING control.subject s
WHERE s.id = e.subject AND s.company = %(company)s AND e.store = %(store)s

-- name: add_suppressions
INSERT INTO control.suppression (company, kind, digest, normalisation, mark, since, request)
SELECT %(company)s, kind, digest, %(normalisation)s, mark, %(now)s, request
FROM unnest(%(kinds)s::text[], %(digests)s::bytea[], %(marks)s::text[], %(requests)s::uuid[]) AS new (kind, digest, mark, request)
ON CONFLICT DO NOTHING

-- name: suppressed
SELECT asked.number, s.mark
FROM unnest(%(numbers)s::int[], %(kinds)s::text[], %(digests)s::bytea[]) AS asked (number, kind, digest)
JOIN control.suppression s ON s.company = %(company)s AND s.kind = asked.kind AND s.digest = asked.digest
ORDER BY asked.number, s.mark

-- name: suppressions
SELECT kind, digest, mark FROM control.suppression WHERE company = %(company)s ORDER BY kind, digest, mark

-- name: ask_holding
INSERT INTO control.holding AS h (subject, asked_at) VALUES (%(subject)s, %(now)s)
ON CONFLICT (subject) DO UPDATE SET asked_at = excluded.asked_at
WHERE h.counted_at IS NULL OR h.counted_at < %(now)s::timestamptz - make_interval(mins => %(minutes)s)

-- name: ask_rows
-- Of these people, those who showed who they are and of whom no row is known: a worker looks for theirs, and counts.
INSERT INTO control.holding AS h (subject, asked_at)
SELECT s.id, %(now)s FROM control.subject s
WHERE s.id = ANY (%(subjects)s) AND NOT EXISTS (SELECT FROM control.subject_key k WHERE k.subject = s.id)
  AND EXISTS (SELECT FROM control.subject_identifier i WHERE i.subject = s.id AND i.proven_at IS NOT NULL)
ON CONFLICT (subject) DO UPDATE SET asked_at = excluded.asked_at

-- name: asked_holdings
SELECT h.subject FROM control.holding h JOIN control.subject s ON s.id = h.subject
WHERE s.company = %(company)s AND s.erased_at IS NULL AND h.asked_at IS NOT NULL
  AND (h.counted_at IS NULL OR h.asked_at > h.counted_at)
ORDER BY h.asked_at LIMIT %(limit)s FOR UPDATE OF h SKIP LOCKED

-- name: set_holding
INSERT INTO control.holding (subject, sealed, asked_at, counted_at) VALUES (%(subject)s, %(sealed)s, %(now)s, %(now)s)
ON CONFLICT (subject) DO UPDATE SET sealed = excluded.sealed, counted_at = excluded.counted_at

-- name: holding_of
SELECT h.sealed, h.counted_at, s.key_id FROM control.holding h JOIN control.subject s ON s.id = h.subject
WHERE h.subject = %(subject)s AND h.sealed IS NOT NULL

-- name: any_unsettled
SELECT EXISTS (SELECT FROM control.subject WHERE company = %(company)s AND stirred > settled)

-- name: settle
-- Those whose state no store lacks. Locked before it is asked who lacks it: whatever stirs one meanwhile counts on from here.
WITH seen AS (
    SELECT id, stirred FROM control.subject WHERE company = %(company)s AND stirred > settled
    ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE control.subject s SET settled = seen.stirred FROM seen
WHERE s.id = seen.id AND (s.erased_at IS NOT NULL OR s.merged_into IS NOT NULL OR NOT EXISTS (
    SELECT FROM control.subject_key k WHERE k.subject = s.id AND s.version > coalesce(
        (SELECT e.version FROM control.subject_state_effect e WHERE e.subject = s.id AND e.store = k.store), 0)))

-- name: any_lagging
SELECT EXISTS (SELECT FROM control.subject s
WHERE s.company = %(company)s AND s.stirred > s.settled AND s.version > 0 AND s.erased_at IS NULL AND s.merged_into IS NULL
  AND EXISTS (SELECT FROM control.subject_key k WHERE k.subject = s.id AND k.store = %(store)s)
  AND s.version > coalesce((SELECT e.version FROM control.subject_state_effect e WHERE e.subject = s.id AND e.store = %(store)s), 0))
