-- Statements about who is told of a policy version. :company and :now are bound to every one.

-- name: decide
INSERT INTO control.notice_decision (company, version, ways, ground, told_by, by_whom, at, synthetic)
VALUES (%(company)s, %(version)s, %(ways)s, %(ground)s, %(told_by)s, %(by)s, %(now)s, %(synthetic)s)

-- name: decision
-- The newest one; the day by which people are told by mail is the earliest that was ever decided.
SELECT d.ways, d.ground, least(d.told_by, (
    SELECT min(b.told_by) FROM control.notice_decision b
    WHERE b.company = d.company AND b.version = d.version AND 'mail' = ANY (b.ways) AND 'mail' = ANY (d.ways))), d.by_whom, d.at
FROM control.notice_decision d WHERE d.company = %(company)s AND d.version = %(version)s ORDER BY d.id DESC LIMIT 1

-- name: mailed_by
SELECT min(told_by) FROM control.notice_decision
WHERE company = %(company)s AND version = %(version)s AND 'mail' = ANY (ways)

-- name: known
-- Of these rows: those that a mail goes to already, and those that are on record without one.
SELECT asked.number, p.message IS NOT NULL
FROM unnest(%(digests)s::bytea[]) WITH ORDINALITY AS asked (digest, number)
JOIN control.notice_person p ON p.company = %(company)s AND p.version = %(version)s AND p.store = %(store)s
    AND p.table_name = %(table)s AND p.digest = asked.digest

-- name: add_messages
-- One for each address; an address that has one keeps it. Gives those that are new.
INSERT INTO control.notice_message (id, company, version, address_digest, queued_at, synthetic)
SELECT id, %(company)s, %(version)s, digest, %(now)s, %(synthetic)s
FROM unnest(%(ids)s::uuid[], %(digests)s::bytea[]) AS new (id, digest)
ON CONFLICT (company, version, address_digest) DO NOTHING RETURNING id

-- name: message_ids
SELECT address_digest, id FROM control.notice_message
WHERE company = %(company)s AND version = %(version)s AND address_digest = ANY (%(digests)s)

-- name: add_people
INSERT INTO control.notice_person AS p (company, version, store, table_name, digest, message, reason, at, synthetic)
SELECT %(company)s, %(version)s, %(store)s, %(table)s, digest, message, reason, %(now)s, %(synthetic)s
FROM unnest(%(digests)s::bytea[], %(messages)s::uuid[], %(reasons)s::text[]) AS new (digest, message, reason)
ON CONFLICT (company, version, store, table_name, digest) DO UPDATE
SET message = excluded.message, reason = excluded.reason, at = excluded.at
WHERE p.message IS NULL AND p.reason <> excluded.reason

-- name: set_audience
INSERT INTO control.notice_audience AS a (company, version, store, table_name, people, taken_at, closed, synthetic)
SELECT %(company)s, %(version)s, %(store)s, %(table)s, count(*), %(now)s, %(closed)s, %(synthetic)s
FROM control.notice_person
WHERE company = %(company)s AND version = %(version)s AND store = %(store)s AND table_name = %(table)s
ON CONFLICT (company, version, store, table_name) DO UPDATE
SET people = excluded.people, taken_at = excluded.taken_at, closed = a.closed OR excluded.closed

-- name: audiences
-- With the number of people that really stands on record: it must be the same.
SELECT a.store, a.table_name, a.people, a.closed, (
    SELECT count(*) FROM control.notice_person p
    WHERE (p.company, p.version, p.store, p.table_name) = (a.company, a.version, a.store, a.table_name))
FROM control.notice_audience a WHERE a.company = %(company)s AND a.version = %(version)s ORDER BY a.store, a.table_name

-- name: begun
SELECT DISTINCT version FROM control.notice_audience WHERE company = %(company)s AND NOT synthetic ORDER BY version

-- name: renew
-- Mails whose time in the outbox ran out get a new one; those in `codes` as well. Gives (old, new).
UPDATE control.notice_message m SET id = renewed.new, queued_at = %(now)s, ended = ''
FROM unnest(%(old)s::uuid[], %(new)s::uuid[]) AS renewed (old, new)
WHERE m.id = renewed.old AND m.sent_at IS NULL AND m.ended <> ''

-- name: ended
SELECT id, address_digest FROM control.notice_message
WHERE company = %(company)s AND version = %(version)s AND sent_at IS NULL AND ended = ANY (%(codes)s)
  AND address_digest = ANY (%(digests)s)

-- name: leave_out
-- Against whom something stands by now and whose mail ended without being sent: it is not made anew for them.
UPDATE control.notice_person p SET message = NULL, reason = new.reason, at = %(now)s
FROM unnest(%(digests)s::bytea[], %(reasons)s::text[]) AS new (digest, reason), control.notice_message m
WHERE p.company = %(company)s AND p.version = %(version)s AND p.store = %(store)s AND p.table_name = %(table)s
  AND p.digest = new.digest AND m.id = p.message AND m.sent_at IS NULL AND m.ended <> ''

-- name: is_notice
SELECT EXISTS (SELECT FROM control.notice_message WHERE company = %(company)s AND id = %(message)s)

-- name: figures
SELECT p.reason, m.sent_at IS NOT NULL, coalesce(m.ended, ''), coalesce(o.state, ''), count(*)
FROM control.notice_person p
LEFT JOIN control.notice_message m ON m.id = p.message
LEFT JOIN control.outbox o ON o.id = m.id
WHERE p.company = %(company)s AND p.version = %(version)s GROUP BY 1, 2, 3, 4

-- name: unmarked
-- People whose mail was sent and who do not hold every one of these marks yet.
SELECT DISTINCT k.subject
FROM control.notice_person p
JOIN control.notice_message m ON m.id = p.message AND m.sent_at IS NOT NULL
JOIN control.subject_key k ON (k.company, k.store, k.table_name, k.key_digest) = (p.company, p.store, p.table_name, p.digest)
JOIN control.subject s ON s.id = k.subject AND s.erased_at IS NULL
WHERE p.company = %(company)s AND p.version = %(version)s
  AND (SELECT count(*) FROM control.subject_state t WHERE t.subject = k.subject AND t.held AND t.mark = ANY (%(marks)s))
      < cardinality(%(marks)s)
LIMIT %(limit)s

-- name: any_due_again
-- Whether a mail ran out of time, or somebody who got none because their data was blocked is not blocked any more.
SELECT EXISTS (SELECT FROM control.notice_message m
WHERE m.company = %(company)s AND m.version = %(version)s AND m.sent_at IS NULL AND m.ended = 'expired'
  AND EXISTS (SELECT FROM control.notice_person p WHERE p.message = m.id))
OR EXISTS (SELECT FROM control.notice_person p
JOIN control.subject_key k ON (k.company, k.store, k.table_name, k.key_digest) = (p.company, p.store, p.table_name, p.digest)
WHERE p.company = %(company)s AND p.version = %(version)s AND p.reason = 'blocked'
  AND NOT EXISTS (SELECT FROM control.subject_state t WHERE t.subject = k.subject AND t.held AND t.mark = 'restricted'))

-- name: untrue
-- Marked as told, though the outbox has sent nothing: what it sent stays there for ninety days.
SELECT count(*) FROM control.notice_message m
WHERE m.company = %(company)s AND m.version = %(version)s AND m.sent_at IS NOT NULL AND m.queued_at > %(since)s
  AND NOT EXISTS (SELECT FROM control.outbox o WHERE o.id = m.id AND o.state = 'sent')

-- name: acknowledge
INSERT INTO control.notice_acknowledged (company, version, subject, at) VALUES (%(company)s, %(version)s, %(subject)s, %(now)s)
ON CONFLICT DO NOTHING

-- name: acknowledged_at
-- By the person, or by whom they were before two records of them became one.
SELECT min(k.at) FROM control.notice_acknowledged k JOIN control.subject s ON s.id = k.subject
WHERE k.company = %(company)s AND k.version = %(version)s AND %(subject)s IN (s.id, s.merged_into)

-- name: count_acknowledged
SELECT count(DISTINCT coalesce(s.merged_into, s.id))
FROM control.notice_acknowledged k JOIN control.subject s ON s.id = k.subject
WHERE k.company = %(company)s AND k.version = %(version)s AND NOT s.synthetic

-- name: to_show
-- The version that was published last and is told by a banner, with the day on which it takes effect.
SELECT n.version, n.effective_on FROM (
    SELECT version, effective_on FROM control.publication
    WHERE company = %(company)s AND NOT synthetic ORDER BY effective_on DESC, published_at DESC, id LIMIT 1
) n
WHERE 'banner' = ANY ((SELECT ways FROM control.notice_decision d
    WHERE d.company = %(company)s AND d.version = n.version AND NOT d.synthetic ORDER BY d.id DESC LIMIT 1)::text[])

-- name: effective_on
SELECT min(effective_on) FROM control.publication WHERE company = %(company)s AND version = %(version)s AND NOT synthetic

-- name: refuse_waiting
-- Mails to people who are erased do not leave any more. One that a sender speaks of in this moment is waited for; what a sender
-- left behind that died is refused.
UPDATE control.outbox o SET state = 'refused', error = 'outbox.person-erased'
FROM control.subject_identifier i
WHERE i.subject = ANY (%(subjects)s) AND i.kind = 'email' AND o.company = %(company)s
  AND o.state IN ('held', 'approval', 'queued', 'sending', 'failed')
  AND (EXISTS (SELECT FROM control.notice_message m WHERE m.id = o.id AND m.address_digest = i.digest)
       OR EXISTS (SELECT FROM control.campaign_send c WHERE c.id = o.id AND c.address_digest = i.digest))

-- name: lines
SELECT digest, reason FROM control.notice_person
WHERE company = %(company)s AND version = %(version)s AND digest = ANY (%(digests)s)

-- name: in_outbox
-- By the outbox alone, whatever is noted about it: the batch of a version is named after it.
SELECT count(*), count(*) FILTER (WHERE state = 'sent')
FROM control.outbox WHERE company = %(company)s AND starts_with(batch, %(batch)s)

-- name: synthetic_versions
SELECT version FROM control.notice_person WHERE company = %(company)s AND synthetic
UNION SELECT version FROM control.notice_message WHERE company = %(company)s AND synthetic
UNION SELECT version FROM control.notice_audience WHERE company = %(company)s AND synthetic
UNION SELECT version FROM control.notice_decision WHERE company = %(company)s AND synthetic
UNION SELECT k.version FROM control.notice_acknowledged k JOIN control.subject s ON s.id = k.subject
      WHERE k.company = %(company)s AND s.synthetic

-- name: drop_people
DELETE FROM control.notice_person WHERE company = %(company)s AND version = %(version)s AND synthetic

-- name: drop_messages
DELETE FROM control.notice_message WHERE company = %(company)s AND version = %(version)s AND synthetic

-- name: drop_audiences
DELETE FROM control.notice_audience WHERE company = %(company)s AND version = %(version)s AND synthetic

-- name: drop_decisions
DELETE FROM control.notice_decision WHERE company = %(company)s AND version = %(version)s AND synthetic

-- name: drop_acknowledged
-- Of synthetic people alone.
DELETE FROM control.notice_acknowledged k USING control.subject s
WHERE k.company = %(company)s AND k.version = %(version)s AND s.id = k.subject AND s.synthetic

-- name: as_if_sent
-- The shopper's alone, in a transaction that is rolled back: what a sent mail would mean.
UPDATE control.outbox SET state = 'sent', sent_at = now() WHERE starts_with(batch, %(batch)s) AND state <> 'sent'

-- name: forge_sent_mark
-- The shopper's alone: the database must refuse both.
UPDATE control.notice_message SET sent_at = clock_timestamp() WHERE version = %(version)s

-- name: forge_sent_mail
INSERT INTO control.notice_message (id, company, version, address_digest, queued_at, sent_at, synthetic)
SELECT gen_random_uuid(), company, version, 'nobody', now(), now(), true FROM control.notice_message
WHERE version = %(version)s LIMIT 1
