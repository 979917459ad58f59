-- Statements about what belongs to a request: stores, matches, messages, challenges, holds, decisions, tasks.

-- name: add_steps
INSERT INTO control.request_store (request, store, step, covered, state, at)
SELECT request, store, step, covered,
       CASE covered WHEN 'machine' THEN 'waiting' WHEN 'hand' THEN 'open_task' ELSE 'done' END, %(now)s
FROM unnest(%(requests)s::uuid[], %(stores)s::text[], %(steps)s::text[], %(covered)s::text[]) AS new (request, store, step, covered)
ON CONFLICT (request, store, step) DO NOTHING

-- name: reset_steps
UPDATE control.request_store SET state = 'waiting', attempts = 0, error = '', cause = '', retry_at = NULL, at = %(now)s
WHERE request = ANY(%(requests)s) AND step = ANY(%(steps)s) AND covered = 'machine'

-- name: reset_hand_steps
UPDATE control.request_store SET state = 'open_task', error = '', cause = '', at = %(now)s
WHERE request = ANY(%(requests)s) AND step = ANY(%(steps)s) AND covered = 'hand'

-- name: ready_steps
-- Steps of one store that may go on: what comes before in this store is done, and nobody has to decide a match there.
SELECT s.request FROM control.request_store s
JOIN control.request r ON r.id = s.request
WHERE r.company = %(company)s AND s.store = %(store)s AND s.step = %(step)s AND r.state = ANY(%(states)s)
  AND s.covered = 'machine' AND s.state IN ('waiting', 'failed') AND (s.retry_at IS NULL OR s.retry_at <= %(now)s)
  AND NOT EXISTS (SELECT FROM control.request_store b WHERE b.request = s.request AND b.store = s.store
                  AND b.step = ANY(%(before)s) AND b.state <> 'done')
  AND NOT EXISTS (SELECT FROM control.request_match m WHERE m.request = s.request AND m.store = s.store
                  AND m.verdict = 'ask' AND %(step)s NOT IN ('find', 'preview'))
ORDER BY r.step_run, s.request LIMIT %(limit)s FOR UPDATE OF s SKIP LOCKED

-- name: ready_answers
-- Requests of which every store has been looked into and nothing waits: they are answered from all stores at once.
SELECT r.id FROM control.request r
WHERE r.company = %(company)s AND r.state = 'working' AND r.kind IN ('access', 'copy')
  AND EXISTS (SELECT FROM control.request_store s WHERE s.request = r.id AND s.step = 'read' AND s.state IN ('waiting', 'failed')
              AND s.covered = 'machine')
  AND NOT EXISTS (SELECT FROM control.request_store s WHERE s.request = r.id AND s.step = 'read' AND s.covered = 'machine'
                  AND s.retry_at > %(now)s)
  AND NOT EXISTS (SELECT FROM control.request_store s WHERE s.request = r.id AND s.step = 'find' AND s.covered = 'machine'
                  AND s.state <> 'done')
ORDER BY r.received_at, r.id LIMIT 1 FOR UPDATE OF r SKIP LOCKED

-- name: steps_done
UPDATE control.request_store s
SET state = %(state)s, attempts = s.attempts + 1, error = '', cause = '', retry_at = NULL, at = %(now)s,
    counts = new.counts, searched = new.searched::text[]
FROM unnest(%(requests)s::uuid[], %(counts)s::jsonb[], %(searched)s::text[]) AS new (request, counts, searched)
WHERE s.request = new.request AND s.store = %(store)s AND s.step = %(step)s

-- name: steps_failed
UPDATE control.request_store s
SET state = 'failed', attempts = s.attempts + 1, error = %(error)s, cause = %(cause)s, at = %(now)s,
    counts = coalesce(%(counts)s::jsonb, s.counts),
    retry_at = %(now)s::timestamptz + least(interval '1 hour', interval '5 seconds' * power(3, least(s.attempts, 8)))
WHERE s.request = ANY(%(requests)s) AND s.store = %(store)s AND s.step = %(step)s

-- name: retry_now
UPDATE control.request_store SET retry_at = NULL
WHERE request = %(request)s AND store = %(store)s AND state = 'failed' RETURNING step

-- name: steps_of
SELECT request, store, step, covered, state, attempts, error, cause, counts, searched
FROM control.request_store WHERE request = ANY(%(requests)s) ORDER BY request, store, step

-- name: set_detail
UPDATE control.request_store SET detail_sealed = %(sealed)s
WHERE request = %(request)s AND store = %(store)s AND step = %(step)s

-- name: details_of
SELECT store, detail_sealed FROM control.request_store
WHERE request = %(request)s AND step = %(step)s AND detail_sealed IS NOT NULL ORDER BY store

-- name: drop_details
UPDATE control.request_store SET detail_sealed = NULL WHERE request = ANY(%(requests)s) AND detail_sealed IS NOT NULL

-- name: next_retry
SELECT min(t) FROM (
    SELECT min(retry_at) AS t FROM control.request_store WHERE state = 'failed'
    UNION ALL SELECT min(waits_until) FROM control.request WHERE state = 'waiting' AND company = %(company)s
) AS next

-- name: add_match
INSERT INTO control.request_match AS m
    (request, store, table_name, key_digest, key_sealed, card_sealed, organisation, reason, confidence, verdict)
VALUES (%(request)s, %(store)s, %(table)s, %(digest)s, %(sealed)s, %(card)s, %(organisation)s, %(reason)s, %(confidence)s,
        %(verdict)s)
ON CONFLICT (request, store, table_name, key_digest) DO UPDATE
SET reason = excluded.reason, confidence = excluded.confidence, organisation = excluded.organisation,
    card_sealed = coalesce(excluded.card_sealed, m.card_sealed)

-- name: decide_match
UPDATE control.request_match SET verdict = %(verdict)s
WHERE request = %(request)s AND store = %(store)s AND table_name = %(table)s AND key_digest = %(digest)s RETURNING 1

-- name: matches_of
SELECT m.request, r.key_id, m.store, m.table_name, m.key_digest, m.key_sealed, m.organisation, m.reason, m.confidence, m.verdict,
    m.card_sealed
FROM control.request_match m JOIN control.request r ON r.id = m.request
WHERE m.request = ANY(%(requests)s) ORDER BY m.request, m.store, m.table_name, m.key_digest

-- name: drop_matches
DELETE FROM control.request_match WHERE request = ANY(%(requests)s)

-- name: add_message
INSERT INTO control.request_message (request, at, direction, template, actor_kind, actor_ref, sealed)
VALUES (%(request)s, %(now)s, %(direction)s, %(template)s, %(actor_kind)s, %(actor_ref)s, %(sealed)s)

-- name: messages_of
SELECT at, direction, template, actor_kind, sealed FROM control.request_message WHERE request = %(request)s ORDER BY id

-- name: add_challenge
INSERT INTO control.identity_challenge (id, request, step, digest, address_digest, sealed, made_at, expires_at, tries_left)
VALUES (%(id)s, %(request)s, %(step)s, %(digest)s, %(address_digest)s, %(sealed)s, %(now)s, %(expires_at)s, %(tries)s)

-- name: end_challenges
UPDATE control.identity_challenge SET tries_left = 0, sealed = NULL, deleted_at = %(now)s
WHERE request = ANY(%(requests)s) AND step = %(step)s AND passed_at IS NULL AND deleted_at IS NULL

-- name: codes_lately
SELECT count(*) FROM control.identity_challenge
WHERE step IN ('code', 'view') AND address_digest = %(address)s AND made_at > %(since)s

-- name: try_challenge
-- A try is counted before it is compared, in one statement: two at once are two tries.
UPDATE control.identity_challenge SET tries_left = tries_left - 1
WHERE id = (SELECT id FROM control.identity_challenge
            WHERE request = %(request)s AND step = %(step)s AND passed_at IS NULL AND deleted_at IS NULL
              AND tries_left > 0 AND expires_at > %(now)s ORDER BY made_at DESC LIMIT 1 FOR UPDATE)
RETURNING id, digest, sealed

-- name: pass_challenge
UPDATE control.identity_challenge SET passed_at = %(now)s, sealed = NULL, deleted_at = %(now)s WHERE id = %(id)s

-- name: challenge_tries
SELECT coalesce(sum(tries_left), 0) FROM control.identity_challenge
WHERE request = %(request)s AND step = %(step)s AND deleted_at IS NULL AND passed_at IS NULL AND expires_at > %(now)s

-- name: open_facts
SELECT c.id, c.request, r.key_id, c.sealed FROM control.identity_challenge c JOIN control.request r ON r.id = c.request
WHERE r.company = %(company)s AND r.state = 'identity' AND c.step = 'facts' AND c.sealed IS NOT NULL AND c.tries_left > 0
  AND c.expires_at > %(now)s ORDER BY c.made_at LIMIT %(limit)s FOR UPDATE OF c, r SKIP LOCKED

-- name: document_of
SELECT id, sealed FROM control.identity_challenge
WHERE request = %(request)s AND step = 'document' AND sealed IS NOT NULL ORDER BY made_at DESC LIMIT 1

-- name: stale_secrets
UPDATE control.identity_challenge SET sealed = NULL, deleted_at = %(now)s
WHERE sealed IS NOT NULL AND expires_at <= %(now)s RETURNING id

-- name: add_hold
INSERT INTO control.request_hold (request, store, table_name, row_sealed, ground, owner, review_on)
VALUES (%(request)s, %(store)s, %(table)s, %(sealed)s, %(ground)s, %(owner)s, %(review_on)s) RETURNING id

-- name: release_hold
UPDATE control.request_hold SET released_at = %(now)s WHERE id = %(id)s AND released_at IS NULL RETURNING request

-- name: holds_of
SELECT h.id, h.request, r.key_id, h.store, h.table_name, h.row_sealed, h.ground, h.owner, h.review_on, h.released_at
FROM control.request_hold h JOIN control.request r ON r.id = h.request
WHERE h.request = ANY(%(requests)s) AND (%(all)s OR h.released_at IS NULL) ORDER BY h.id

-- name: holds_to_review
SELECT h.id, h.request, r.reference, h.store, h.table_name, h.ground, h.owner, h.review_on
FROM control.request_hold h JOIN control.request r ON r.id = h.request
WHERE r.company = %(company)s AND h.released_at IS NULL AND h.review_on <= %(today)s ORDER BY h.review_on, h.id

-- name: holds_to_remind
UPDATE control.request_hold h SET reminded_at = %(now)s FROM control.request r
WHERE r.id = h.request AND r.company = %(company)s AND h.released_at IS NULL AND h.review_on <= %(today)s
  AND (h.reminded_at IS NULL OR h.reminded_at <= %(before)s)
RETURNING h.id, h.request, r.reference, h.store, h.table_name, h.ground, h.owner, h.review_on, r.synthetic

-- name: decide
INSERT INTO control.request_decision AS d (request, item, decision, reason, actor_ref, at)
VALUES (%(request)s, %(item)s, %(decision)s, %(reason)s, %(actor_ref)s, %(now)s)
ON CONFLICT (request, item, actor_ref) DO UPDATE SET decision = excluded.decision, reason = excluded.reason, at = excluded.at

-- name: decide_mask
INSERT INTO control.request_decision AS d (request, item, item_sealed, decision, actor_ref, at)
VALUES (%(request)s, %(item)s, %(sealed)s, %(decision)s, %(actor_ref)s, %(now)s)
ON CONFLICT (request, item, actor_ref) DO UPDATE SET decision = excluded.decision, at = excluded.at

-- name: masks_of
SELECT d.item, d.item_sealed, d.decision, r.key_id FROM control.request_decision d JOIN control.request r ON r.id = d.request
WHERE d.request = %(request)s AND d.item_sealed IS NOT NULL ORDER BY d.at

-- name: decisions_of
SELECT item, decision, reason, actor_ref, at FROM control.request_decision WHERE request = %(request)s ORDER BY at, item

-- name: confirmed
-- The newest word on each item counts, whoever said it.
SELECT request, item FROM (
    SELECT DISTINCT ON (request, item) request, item, decision FROM control.request_decision
    WHERE request = ANY(%(requests)s) AND starts_with(item, %(prefix)s) ORDER BY request, item, at DESC
) AS newest WHERE decision = %(decision)s ORDER BY request, item

-- name: drop_decisions
DELETE FROM control.request_decision WHERE request = %(request)s AND item = %(item)s

-- name: add_tasks
INSERT INTO control.task (id, company, request, store, step, owner, due_at)
SELECT id, %(company)s, request, store, step, owner, due_at
FROM unnest(%(ids)s::uuid[], %(requests)s::uuid[], %(stores)s::text[], %(steps)s::text[], %(owners)s::text[], %(due)s::timestamptz[])
    AS new (id, request, store, step, owner, due_at)
WHERE NOT EXISTS (SELECT FROM control.task t WHERE t.request = new.request AND t.store = new.store
                  AND t.step = new.step AND t.state = 'open')

-- name: tasks
SELECT t.id, t.request, r.reference, r.kind, t.store, t.step, t.owner, t.state, t.due_at, t.reminded_at, t.outcome, t.done_by,
       t.done_at, t.found
FROM control.task t JOIN control.request r ON r.id = t.request
WHERE t.company = %(company)s AND (%(state)s = '' OR t.state = %(state)s) AND (%(owner)s = '' OR t.owner = %(owner)s)
  AND (%(request)s::uuid IS NULL OR t.request = %(request)s)
ORDER BY t.due_at, t.id LIMIT %(limit)s

-- name: finish_task
UPDATE control.task
SET state = %(state)s, outcome = %(outcome)s, evidence_sealed = %(sealed)s, done_by = %(by)s, done_at = %(now)s, found = %(found)s
WHERE id = %(id)s AND state = 'open' RETURNING request, store, step

-- name: task_request
SELECT t.request, r.key_id, t.store, t.step FROM control.task t JOIN control.request r ON r.id = t.request
WHERE t.id = %(id)s AND t.company = %(company)s AND t.state = 'open' FOR UPDATE OF t

-- name: evidence_of
SELECT t.evidence_sealed, r.key_id FROM control.task t JOIN control.request r ON r.id = t.request
WHERE t.id = %(id)s AND t.company = %(company)s

-- name: whose_task
SELECT r.id, r.subject FROM control.task t JOIN control.request r ON r.id = t.request
WHERE t.id = %(id)s AND t.company = %(company)s

-- name: tasks_to_remind
-- Each store has its own number of days; whoever is not among them is reminded after `otherwise`.
UPDATE control.task t SET reminded_at = %(now)s
FROM control.request r, (SELECT o.id, coalesce(s.days, %(otherwise)s) AS days FROM control.task o
      LEFT JOIN unnest(%(stores)s::text[], %(days)s::int[]) AS s (store, days) ON s.store = o.store
      WHERE o.company = %(company)s AND o.state = 'open') AS own
WHERE t.id = own.id AND r.id = t.request AND t.due_at - make_interval(days => own.days) <= %(now)s
  AND (t.reminded_at IS NULL OR t.reminded_at < %(now)s::timestamptz - make_interval(days => own.days))
RETURNING t.id, t.request, t.store, t.owner, t.due_at, r.synthetic

-- name: close_hand_steps
UPDATE control.request_store SET state = %(state)s, cause = %(cause)s, at = %(now)s
WHERE request = %(request)s AND store = %(store)s AND step = %(step)s AND covered = 'hand'

-- name: add_look
INSERT INTO control.staff_look (company, subject, request, staff_ref, role, purpose, what, at, departments)
VALUES (%(company)s, %(subject)s, %(request)s, %(staff)s, %(role)s, %(purpose)s, %(what)s, %(now)s, %(departments)s)

-- name: looks_of
-- By the person, by whoever was found to be the same one, and by their requests: a look from before the search knew whose a request
-- is counts as well, and so does one at a request that was joined with another.
WITH RECURSIVE person (id) AS (
    SELECT %(subject)s::uuid
    UNION SELECT s.id FROM control.subject s JOIN person p ON s.merged_into = p.id
), asked (id) AS (
    SELECT r.id FROM control.request r WHERE r.subject = ANY(ARRAY(SELECT id FROM person))
    UNION SELECT r.id FROM control.request r JOIN asked a ON r.merged_into = a.id
)
SELECT DISTINCT at, purpose, role FROM control.staff_look
WHERE company = %(company)s AND (subject = ANY(ARRAY(SELECT id FROM person)) OR request = ANY(ARRAY(SELECT id FROM asked)))
ORDER BY at DESC, role, purpose

-- name: looks_at_request
SELECT DISTINCT at, purpose, role FROM control.staff_look WHERE company = %(company)s AND request = %(request)s
ORDER BY at DESC, role, purpose

-- name: add_replay
INSERT INTO control.erasure_replay (company, request, store, system, table_name, key_sealed, fades_at, erased_at)
SELECT %(company)s, request, %(store)s, %(system)s, table_name, key_sealed, %(fades_at)s, %(now)s
FROM unnest(%(requests)s::uuid[], %(tables)s::text[], %(sealed)s::bytea[]) AS new (request, table_name, key_sealed)

-- name: drop_replay
DELETE FROM control.erasure_replay WHERE company = %(company)s AND store = %(store)s AND request = ANY(%(requests)s)

-- name: replay_list
SELECT request, table_name, key_sealed, system FROM control.erasure_replay
WHERE company = %(company)s AND store = %(store)s AND fades_at > %(now)s ORDER BY request, table_name, key_sealed

-- name: replay_known
SELECT system FROM control.erasure_replay WHERE company = %(company)s AND store = %(store)s
UNION SELECT system FROM control.erasure_replayed WHERE company = %(company)s AND store = %(store)s AND finished_at IS NOT NULL

-- name: replay_begin
INSERT INTO control.erasure_replayed AS r (company, store, system, restored, run)
VALUES (%(company)s, %(store)s, %(system)s, %(restored)s, %(run)s)
ON CONFLICT (company, store, system, restored) DO UPDATE SET run = r.run RETURNING run, finished_at

-- name: replay_end
UPDATE control.erasure_replayed SET finished_at = %(now)s, people = %(people)s
WHERE company = %(company)s AND store = %(store)s AND system = %(system)s AND restored = %(restored)s

-- name: replays
SELECT store, system, people, finished_at FROM control.erasure_replayed WHERE company = %(company)s ORDER BY finished_at

-- name: replay_faded
DELETE FROM control.erasure_replay WHERE company = %(company)s AND fades_at <= %(now)s

-- name: offers
SELECT count(*) FROM control.identity_challenge WHERE request = %(request)s AND step = %(step)s

-- name: steps_uncovered
UPDATE control.request_store SET state = 'done', covered = 'not', cause = %(cause)s, error = %(error)s, at = %(now)s, retry_at = NULL
WHERE request = ANY(%(requests)s) AND store = %(store)s AND step = %(step)s

-- name: erase_again
UPDATE control.request_store SET state = 'waiting', retry_at = NULL
WHERE request = ANY(%(requests)s) AND store = %(store)s AND step = 'erase'

-- name: unreachable
SELECT EXISTS (SELECT FROM control.request_store s WHERE s.store = %(store)s AND s.state = 'failed'
               AND s.error = 'store.unreachable' AND s.at = %(now)s)

-- name: any_replay
SELECT EXISTS (SELECT FROM control.erasure_replay WHERE company = %(company)s AND store = %(store)s AND fades_at > %(now)s)

-- name: at_work
-- What a pass of a worker can meet: states of open requests, and machine steps that may go on now, as "step store".
SELECT DISTINCT state FROM control.request WHERE company = %(company)s AND closed_at IS NULL
UNION ALL
SELECT DISTINCT s.step || ' ' || s.store FROM control.request_store s JOIN control.request r ON r.id = s.request
WHERE r.company = %(company)s AND r.closed_at IS NULL AND s.covered = 'machine' AND s.state IN ('waiting', 'failed')
  AND (s.retry_at IS NULL OR s.retry_at <= %(now)s)
  AND (s.step <> 'preview' OR r.state IN ('finding', 'review', 'waiting'))  -- work that began is previewed no more
