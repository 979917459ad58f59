-- Statements about messages to many people. :company and :now are bound to every one.

-- name: add_people
INSERT INTO control.subject (id, company, key_id, synthetic, made_at)
SELECT id, %(company)s, key_id, %(synthetic)s, %(now)s FROM unnest(%(ids)s::uuid[], %(keys)s::uuid[]) AS new (id, key_id)

-- name: add
INSERT INTO control.campaign (id, company, purpose, name, subject_line, body, state, made_by, made_at, seen, synthetic)
VALUES (%(id)s, %(company)s, %(purpose)s, %(name)s, %(subject_line)s, %(body)s, %(state)s, %(made_by)s, %(now)s, %(seen)s, %(synthetic)s)
ON CONFLICT (id) DO NOTHING

-- name: sent
UPDATE control.campaign SET state = 'sent', seen = %(seen)s WHERE company = %(company)s AND id = %(id)s AND state = 'asked'

-- name: refused
UPDATE control.campaign SET state = 'refused', refused = %(code)s WHERE company = %(company)s AND id = %(id)s AND state = 'asked'

-- name: waiting
SELECT id FROM control.campaign WHERE company = %(company)s AND state = 'asked' ORDER BY made_at, id

-- name: asked
SELECT purpose, name, subject_line, body, made_by FROM control.campaign
WHERE company = %(company)s AND id = %(id)s AND state = 'asked' FOR UPDATE SKIP LOCKED

-- name: add_sends
INSERT INTO control.campaign_send (id, campaign, company, subject, address_digest, state, reason, token_digest, at)
SELECT id, %(campaign)s, %(company)s, subject, digest, state, reason, token, %(now)s
FROM unnest(%(ids)s::uuid[], %(subjects)s::uuid[], %(digests)s::bytea[], %(states)s::text[], %(reasons)s::text[], %(tokens)s::bytea[])
    AS one (id, subject, digest, state, reason, token)
ON CONFLICT (campaign, address_digest) DO NOTHING

-- name: by_token
SELECT s.id, s.campaign, s.subject, c.purpose, c.name, s.at
FROM control.campaign_send s JOIN control.campaign c ON c.id = s.campaign
WHERE s.company = %(company)s AND s.token_digest = %(digest)s

-- name: list
SELECT c.id, c.purpose, c.name, c.made_by, c.made_at, c.seen, c.synthetic,
    (SELECT coalesce(jsonb_object_agg(word, n), '{}') FROM (
        SELECT CASE s.state WHEN 'put' THEN coalesce(o.state, 'gone') ELSE s.reason END AS word, count(*) AS n
        FROM control.campaign_send s LEFT JOIN control.outbox o ON o.id = s.id
        WHERE s.campaign = c.id GROUP BY 1) counted), c.state, c.refused
FROM control.campaign c WHERE c.company = %(company)s AND (NOT c.synthetic OR c.id = %(id)s) AND (%(id)s::uuid IS NULL OR c.id = %(id)s)
ORDER BY c.made_at DESC, c.id LIMIT %(limit)s

-- name: sends
SELECT s.id, s.subject, s.state, s.reason, coalesce(o.state, '')
FROM control.campaign_send s LEFT JOIN control.outbox o ON o.id = s.id WHERE s.company = %(company)s AND s.campaign = %(campaign)s

-- name: receiver
-- Asked in the moment of sending. Whoever holds the address counts, and not only the row that the campaign saw.
WITH put AS (
    SELECT s.subject, s.address_digest, c.purpose FROM control.campaign_send s JOIN control.campaign c ON c.id = s.campaign
    WHERE s.company = %(company)s AND s.id = %(message)s AND s.state = 'put'
), person AS (
    SELECT subject FROM put
    UNION SELECT i.subject FROM put JOIN control.subject_identifier i
        ON i.company = %(company)s AND i.kind = 'email' AND i.digest = put.address_digest
)
SELECT put.subject, put.purpose,
    EXISTS (SELECT FROM person JOIN control.subject_state t USING (subject) WHERE t.held AND t.mark = 'objected:' || put.purpose)
    OR EXISTS (SELECT FROM person JOIN control.subject b ON b.id = person.subject WHERE b.erased_at IS NOT NULL)
    OR coalesce((SELECT k.outcome FROM control.consent k WHERE k.subject = put.subject AND k.purpose = put.purpose
        AND k.recipient = '' AND k.channel = 'email' ORDER BY k.said_at DESC, k.recorded_at DESC, k.id DESC LIMIT 1)
        IN ('refused', 'withdrawn'), false)
FROM put

-- name: mailed_after_no
-- Messages that went, or may be on their way, to people who had said no to this use before: there must be none. A message that
-- still waits is looked at again in the moment of sending.
SELECT count(*) FROM control.campaign_send s
JOIN control.campaign c ON c.id = s.campaign
JOIN control.subject_state t ON t.subject = s.subject AND t.held AND t.mark = 'objected:' || c.purpose
LEFT JOIN control.outbox o ON o.id = s.id
WHERE s.company = %(company)s AND s.state = 'put'
    AND (t.since < s.at OR (o.state = 'sent' AND t.since < o.sent_at) OR (o.state = 'sending' AND t.since < o.claimed_at))

-- name: objected_addresses
-- Addresses of which somebody who holds them said no to this use, in whatever row the address stands.
SELECT DISTINCT asked.number
FROM unnest(%(numbers)s::int[], %(digests)s::bytea[]) AS asked (number, digest)
JOIN control.subject_identifier i ON i.company = %(company)s AND i.kind = 'email' AND i.digest = asked.digest
JOIN control.subject_state t ON t.subject = i.subject AND t.held AND t.mark = %(mark)s

-- name: drop_synthetic_sends
DELETE FROM control.campaign_send s USING control.campaign c WHERE c.id = s.campaign AND c.company = %(company)s AND c.synthetic

-- name: drop_synthetic
DELETE FROM control.campaign WHERE company = %(company)s AND synthetic
