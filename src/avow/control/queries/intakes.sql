-- name: add
INSERT INTO control.delivery (id, company, store, intake, facts, notice, channel, opened_by, synthetic, state, rows, key_id, content, opened_at)
VALUES (%(id)s, %(company)s, %(store)s, %(intake)s, %(facts)s, %(notice)s, %(channel)s, %(by)s, %(synthetic)s, 'waiting', %(rows)s, %(key)s, %(content)s, %(now)s)
ON CONFLICT (id) DO NOTHING RETURNING id
-- name: lock_waiting
SELECT id, store, intake, facts, notice, channel, opened_by, synthetic, state, cause, rows, worked, accepted, opened_at, finished_at, key_id, content
FROM control.delivery WHERE company = %(company)s AND state = 'waiting' AND content IS NOT NULL
ORDER BY opened_at LIMIT 1 FOR UPDATE SKIP LOCKED
-- name: find
SELECT id, store, intake, facts, notice, channel, opened_by, synthetic, state, cause, rows,
       greatest(worked, (SELECT p.worked FROM control.delivery_progress p WHERE p.delivery = id)), accepted, opened_at, finished_at
FROM control.delivery WHERE company = %(company)s AND id = %(id)s
-- name: newest
SELECT id, store, intake, facts, notice, channel, opened_by, synthetic, state, cause, rows,
       greatest(worked, (SELECT p.worked FROM control.delivery_progress p WHERE p.delivery = id)), accepted, opened_at, finished_at
FROM control.delivery WHERE company = %(company)s AND NOT synthetic ORDER BY opened_at DESC, id LIMIT %(limit)s
-- name: progress
UPDATE control.delivery SET worked = %(worked)s, accepted = accepted + %(accepted)s WHERE id = %(id)s
-- name: show_progress
INSERT INTO control.delivery_progress (delivery, worked) VALUES (%(id)s, %(worked)s)
ON CONFLICT (delivery) DO UPDATE SET worked = excluded.worked
-- name: finish
UPDATE control.delivery SET state = %(state)s, cause = %(cause)s, content = NULL, finished_at = %(now)s WHERE id = %(id)s
-- name: reject
INSERT INTO control.delivery_reject (delivery, line, code, field)
SELECT %(id)s, l, c, f FROM unnest(%(lines)s::int[], %(codes)s::text[], %(fields)s::text[]) u (l, c, f) ON CONFLICT DO NOTHING
-- name: rejects
SELECT line, code, field FROM control.delivery_reject WHERE delivery = %(id)s ORDER BY line
-- name: reject_counts
SELECT code, count(*) FROM control.delivery_reject WHERE delivery = %(id)s GROUP BY code ORDER BY code
-- name: forget_synthetic
WITH old AS (DELETE FROM control.delivery_reject r USING control.delivery d WHERE d.id = r.delivery AND d.synthetic AND d.company = %(company)s)
DELETE FROM control.delivery WHERE synthetic AND company = %(company)s RETURNING key_id
-- name: overdue
SELECT count(*) FROM control.delivery WHERE company = %(company)s AND state = 'waiting' AND NOT synthetic AND opened_at < %(before)s
-- name: take_line
INSERT INTO control.day_one_line (company, what, digest, taken_at) VALUES (%(company)s, %(what)s, %(digest)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING digest
