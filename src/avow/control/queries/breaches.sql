-- Statements about breaches.

-- name: add
INSERT INTO control.breach (duty_case, company, aware_at) VALUES (%(case)s, %(company)s, %(aware_at)s)

-- name: find
SELECT b.aware_at, b.risk, b.risk_by, b.words_sealed, b.figures, b.counted_at, b.count_wanted_at, c.key_id, coalesce((b.list_counts ->> '')::bigint, (
    SELECT count(*) FROM control.breach_person p WHERE p.duty_case = b.duty_case AND p.state = '' AND NOT p.organisation)), b.list_ended_at
FROM control.breach b JOIN control.duty_case c ON c.id = b.duty_case
WHERE b.duty_case = %(case)s AND b.company = %(company)s

-- name: lock
SELECT duty_case FROM control.breach WHERE duty_case = %(case)s AND company = %(company)s FOR UPDATE

-- name: aware
UPDATE control.breach SET aware_at = %(aware_at)s WHERE duty_case = %(case)s AND company = %(company)s

-- name: risk
UPDATE control.breach SET risk = %(risk)s, risk_by = %(by)s WHERE duty_case = %(case)s AND company = %(company)s

-- name: words
UPDATE control.breach SET words_sealed = %(words)s WHERE duty_case = %(case)s AND company = %(company)s

-- name: want_count
UPDATE control.breach SET count_wanted_at = %(now)s WHERE duty_case = %(case)s AND company = %(company)s

-- name: counted
UPDATE control.breach SET figures = %(figures)s, counted_at = %(now)s,
    count_wanted_at = CASE WHEN count_wanted_at <= %(wanted)s THEN NULL ELSE count_wanted_at END
WHERE duty_case = %(case)s AND company = %(company)s

-- name: uncounted
-- Breaches whose count somebody asked for.
SELECT b.duty_case FROM control.breach b JOIN control.duty_case c ON c.id = b.duty_case
WHERE b.company = %(company)s AND b.count_wanted_at IS NOT NULL AND c.ended_at IS NULL ORDER BY b.count_wanted_at

-- name: add_extent
INSERT INTO control.breach_extent (id, duty_case, kind, store, name, key_sealed, since, until, added_by, added_at)
VALUES (%(id)s, %(case)s, %(kind)s, %(store)s, %(name)s, %(key)s, %(since)s, %(until)s, %(by)s, %(now)s)

-- name: withdraw_extent
UPDATE control.breach_extent SET withdrawn_by = %(by)s, withdrawn_at = %(now)s
WHERE id = %(id)s AND duty_case = %(case)s AND withdrawn_at IS NULL

-- name: extents
SELECT id, kind, store, name, since, until, key_sealed, added_by FROM control.breach_extent
WHERE duty_case = %(case)s AND withdrawn_at IS NULL ORDER BY added_at, id

-- name: add_told
INSERT INTO control.breach_told (id, duty_case, recipient, law, told_at, recorded_at, by_ref, decided, words_sealed)
VALUES (%(id)s, %(case)s, %(to)s, %(law)s, %(at)s, %(now)s, %(by)s, %(decided)s, %(words)s)

-- name: told
SELECT id, recipient, law, told_at, by_ref, decided, words_sealed, recorded_at FROM control.breach_told
WHERE duty_case = %(case)s ORDER BY told_at, id

-- name: add_letter
INSERT INTO control.breach_letter (id, duty_case, letter_sealed, asked_by, asked_at)
VALUES (%(id)s, %(case)s, %(letter)s, %(by)s, %(now)s)

-- name: letters
SELECT id, letter_sealed, asked_by, asked_at, approved_by, approved_at, refused_by, finished_at FROM control.breach_letter
WHERE duty_case = %(case)s ORDER BY asked_at DESC, id

-- name: approve_letter
UPDATE control.breach_letter SET approved_by = %(by)s, approved_at = %(now)s
WHERE id = %(id)s AND duty_case = %(case)s AND approved_at IS NULL AND refused_by = ''

-- name: refuse_letter
UPDATE control.breach_letter SET refused_by = %(by)s
WHERE id = %(id)s AND duty_case = %(case)s AND approved_at IS NULL AND refused_by = ''

-- name: finish_letter
UPDATE control.breach_letter SET finished_at = %(now)s WHERE id = %(id)s AND finished_at IS NULL

-- name: going_letters
-- Approved letters that have not gone to everybody on the list.
SELECT l.id, l.duty_case FROM control.breach_letter l JOIN control.breach b ON b.duty_case = l.duty_case
WHERE b.company = %(company)s AND l.approved_at IS NOT NULL AND l.finished_at IS NULL AND l.refused_by = ''
ORDER BY l.approved_at

-- name: add_people
-- Whoever was written to stays as they are; the categories of the others follow the newest count.
INSERT INTO control.breach_person (duty_case, store, table_name, digest, key_sealed, categories, organisation, counted_at)
SELECT %(case)s, store, table_name, digest, key_sealed, string_to_array(categories, ' '), organisation, %(now)s
FROM unnest(%(stores)s::text[], %(tables)s::text[], %(digests)s::bytea[], %(keys)s::bytea[], %(categories)s::text[],
    %(organisations)s::boolean[]) AS given (store, table_name, digest, key_sealed, categories, organisation)
ON CONFLICT (duty_case, store, table_name, digest)
DO UPDATE SET categories = EXCLUDED.categories, counted_at = EXCLUDED.counted_at

-- name: drop_people
-- Who is not affected after all, and was not written to.
DELETE FROM control.breach_person WHERE duty_case = %(case)s AND counted_at < %(now)s AND letter IS NULL

-- name: next_people
SELECT store, table_name, digest, key_sealed FROM control.breach_person
WHERE duty_case = %(case)s AND letter IS NULL AND NOT organisation
ORDER BY store, table_name, digest LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: written
UPDATE control.breach_person p SET letter = %(letter)s, state = given.state,
    queued_at = CASE WHEN given.state = 'queued' THEN %(now)s END, message = given.message
FROM unnest(%(stores)s::text[], %(tables)s::text[], %(digests)s::bytea[], %(states)s::text[], %(messages)s::uuid[])
    AS given (store, table_name, digest, state, message)
WHERE p.duty_case = %(case)s AND p.store = given.store AND p.table_name = given.table_name AND p.digest = given.digest
    AND p.letter IS NULL

-- name: not_sent
-- Whose mail was refused or ran out of time.
UPDATE control.breach_person p SET state = 'not_sent' FROM control.outbox o
WHERE p.letter = %(letter)s AND p.state = 'queued' AND o.id = p.message AND o.state IN ('refused', 'expired')

-- name: end_lists
-- Of breaches that ended before a time, and of which no letter is under way.
WITH due AS (
    SELECT b.duty_case FROM control.breach b JOIN control.duty_case c ON c.id = b.duty_case
    WHERE b.company = %(company)s AND c.state = 'closed' AND c.ended_at < %(before)s AND b.list_ended_at IS NULL
        AND NOT EXISTS (SELECT FROM control.breach_letter l
                        WHERE l.duty_case = b.duty_case AND l.approved_at IS NOT NULL AND l.refused_by = '' AND l.finished_at IS NULL)
    FOR UPDATE OF b SKIP LOCKED
), gone AS (
    DELETE FROM control.breach_person p USING due WHERE p.duty_case = due.duty_case
    RETURNING p.duty_case, CASE WHEN p.organisation THEN 'organisations' ELSE p.state END AS name
), counted AS (
    SELECT duty_case, jsonb_object_agg(name, n) AS counts
    FROM (SELECT duty_case, name, count(*) AS n FROM gone GROUP BY 1, 2) g GROUP BY 1
), rows AS (
    UPDATE control.breach_extent e SET key_sealed = NULL FROM due WHERE e.duty_case = due.duty_case
)
UPDATE control.breach b SET list_ended_at = %(now)s, list_counts = coalesce(counted.counts, '{}')
FROM due LEFT JOIN counted ON counted.duty_case = due.duty_case WHERE b.duty_case = due.duty_case
RETURNING b.duty_case

-- name: ended_counts
SELECT list_counts FROM control.breach WHERE duty_case = %(case)s AND list_ended_at IS NOT NULL

-- name: people_counts
SELECT state, organisation, count(*) FROM control.breach_person WHERE duty_case = %(case)s GROUP BY 1, 2

-- name: people
SELECT store, table_name, digest, key_sealed, categories, state FROM control.breach_person
WHERE duty_case = %(case)s ORDER BY store, table_name, digest LIMIT %(limit)s

-- name: all
SELECT b.duty_case, b.aware_at, b.risk, b.risk_by, b.figures, b.counted_at, b.count_wanted_at, c.key_id, coalesce((b.list_counts ->> '')::bigint, (
    SELECT count(*) FROM control.breach_person p WHERE p.duty_case = b.duty_case AND p.state = '' AND NOT p.organisation))
FROM control.breach b JOIN control.duty_case c ON c.id = b.duty_case
WHERE b.company = %(company)s AND NOT c.synthetic ORDER BY b.aware_at

-- name: mails
-- The mails of one letter, which stand in the outbox under its id.
SELECT count(*) FILTER (WHERE state = 'sent'), count(*) FILTER (WHERE state NOT IN ('sent', 'refused', 'expired')),
    count(*) FILTER (WHERE state IN ('refused', 'expired')), max(sent_at)
FROM control.outbox WHERE company = %(company)s AND request = %(letter)s
