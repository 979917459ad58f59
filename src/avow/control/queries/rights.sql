-- Statements about requests. :company and :now are bound to every one.

-- name: add
INSERT INTO control.request
    (id, company, reference, kind, state, channel, jurisdiction, received_at, original_received_at, due_at, due_source,
     identity_needed, identity_reached, subject, account, opened_by, scope, synthetic, key_id, contact_sealed, wish_sealed,
     duplicate_digest, changed_at)
VALUES
    (%(id)s, %(company)s, %(reference)s, %(kind)s, 'received', %(channel)s, %(jurisdiction)s, %(received_at)s,
     %(original_received_at)s, %(due_at)s, %(due_source)s, %(identity_needed)s, %(identity_reached)s, %(subject)s, %(account)s,
     %(opened_by)s, %(scope)s, %(synthetic)s, %(key_id)s, %(contact_sealed)s, %(wish_sealed)s, %(duplicate_digest)s, %(now)s)

-- name: add_event
INSERT INTO control.request_event (request, at, actor_kind, actor_ref, name, from_state, to_state, detail)
SELECT id, %(now)s, %(actor_kind)s, %(actor_ref)s, %(event)s, state, state, %(detail)s
FROM control.request WHERE id = ANY(%(ids)s) RETURNING request

-- name: add_first_event
INSERT INTO control.request_event (request, at, actor_kind, actor_ref, name, from_state, to_state, detail)
VALUES (%(id)s, %(now)s, %(actor_kind)s, %(actor_ref)s, 'received', '', 'received', %(detail)s)

-- name: lock
SELECT id FROM control.request WHERE id = %(id)s AND company = %(company)s FOR UPDATE

-- name: move
WITH old AS (
    SELECT id, state FROM control.request
    WHERE company = %(company)s AND id = ANY(%(ids)s) AND state = ANY(%(from)s) ORDER BY id FOR UPDATE
), moved AS (
    UPDATE control.request r
    SET state = %(to)s, changed_at = %(now)s, closed_at = CASE WHEN %(closed)s THEN %(now)s::timestamptz END
    FROM old WHERE r.id = old.id
    RETURNING r.id, old.state AS was
)
INSERT INTO control.request_event (request, at, actor_kind, actor_ref, name, from_state, to_state, detail)
SELECT id, %(now)s, %(actor_kind)s, %(actor_ref)s, %(event)s, was, %(to)s, %(detail)s FROM moved RETURNING request

-- name: duplicate
SELECT id FROM control.request
WHERE company = %(company)s AND duplicate_digest = %(digest)s AND closed_at IS NULL AND id <> %(id)s
  AND identity_reached <> 'none' AND state <> 'identity'
ORDER BY received_at, id LIMIT 1

-- name: duplicate_of_words
SELECT id FROM control.request
WHERE company = %(company)s AND duplicate_digest = %(digest)s AND closed_at IS NULL AND id <> %(id)s
ORDER BY received_at, id LIMIT 1

-- name: open_beside
SELECT id FROM control.request
WHERE company = %(company)s AND subject = ANY(%(subjects)s) AND closed_at IS NULL AND id <> ALL(%(ids)s)
  AND identity_needed <> 'none' AND state NOT IN ('received', 'identity', 'finding')
ORDER BY received_at, id

-- name: goes_on_in
-- The request that took this one in; the last of them, where that one was taken in as well.
WITH RECURSIVE taken AS (
    SELECT merged_into AS id, 1 AS step FROM control.request WHERE company = %(company)s AND id = %(id)s
    UNION ALL
    SELECT r.merged_into, t.step + 1 FROM control.request r JOIN taken t ON r.id = t.id
)
SELECT id FROM taken WHERE id IS NOT NULL ORDER BY step DESC LIMIT 1

-- name: wait_for_duplicates
SELECT pg_advisory_xact_lock(4158520, hashtext(%(digest)s))

-- name: events
SELECT at, actor_kind, actor_ref, name, from_state, to_state, detail
FROM control.request_event WHERE request = %(id)s ORDER BY id

-- name: first_done
-- When a request was done for the first time since it was looked at again, if it was.
SELECT min(e.at) FROM control.request_event e
WHERE e.request = %(id)s AND e.to_state = 'done' AND e.from_state <> 'done'
  AND e.id > coalesce((SELECT max(o.id) FROM control.request_event o WHERE o.request = %(id)s
                       AND o.from_state IN ('done', 'refused') AND o.to_state = 'review'), 0)

-- name: opener
SELECT actor_kind, actor_ref FROM control.request_event WHERE request = %(id)s ORDER BY id LIMIT 1

-- name: ready_waiting
SELECT id FROM control.request
WHERE company = %(company)s AND state = 'waiting' AND waits_until <= %(now)s
ORDER BY waits_until, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: in_state
SELECT id FROM control.request
WHERE company = %(company)s AND state = %(state)s AND kind = ANY(%(kinds)s)
ORDER BY received_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: lapsed
SELECT id FROM control.request
WHERE company = %(company)s AND state = ANY(%(states)s) AND changed_at < %(before)s
ORDER BY changed_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: found_everywhere
-- Requests whose every machine store has been looked into, or has failed at least once and so may come later.
SELECT r.id FROM control.request r
WHERE r.company = %(company)s AND r.state = 'finding'
  AND EXISTS (SELECT FROM control.request_store s WHERE s.request = r.id AND s.step = 'find')
  AND NOT EXISTS (SELECT FROM control.request_store s WHERE s.request = r.id AND s.step = 'find' AND s.state = 'waiting')
  AND (NOT %(all)s OR NOT EXISTS
      (SELECT FROM control.request_store s WHERE s.request = r.id AND s.step = 'find' AND s.covered = 'machine'
       AND s.state <> 'done'))
  AND r.kind = ANY(%(kinds)s)
ORDER BY r.received_at, r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED

-- name: without_find
SELECT r.id FROM control.request r
WHERE r.company = %(company)s AND r.state = 'finding'
  AND NOT EXISTS (SELECT FROM control.request_store s WHERE s.request = r.id AND s.step = 'find')
ORDER BY r.received_at, r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED

-- name: worked
-- Requests under way of which no machine step is left.
SELECT r.id FROM control.request r
WHERE r.company = %(company)s AND r.state = 'working' AND r.kind = ANY(%(kinds)s)
  AND NOT EXISTS (SELECT FROM control.request_store s WHERE s.request = r.id AND s.state IN ('waiting', 'failed')
                  AND s.step <> 'preview')
ORDER BY r.received_at, r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED

-- name: by_hand_ready
SELECT r.id FROM control.request r
WHERE r.company = %(company)s AND r.state = 'hands'
  AND NOT EXISTS (SELECT FROM control.task t WHERE t.request = r.id AND t.state = 'open')
ORDER BY r.received_at, r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED

-- name: set_run
UPDATE control.request SET step_run = %(run)s WHERE id = ANY(%(ids)s)

-- name: statistics
SELECT kind, state, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - received_at) / 86400)
FROM control.request WHERE company = %(company)s AND NOT synthetic GROUP BY kind, state ORDER BY kind, state

-- name: refusals
SELECT reason, count(*) FROM control.request
WHERE company = %(company)s AND state = 'refused' AND NOT synthetic GROUP BY reason ORDER BY reason

-- name: keys_of_subject
SELECT id, key_id FROM control.request WHERE subject = ANY(%(subjects)s)
