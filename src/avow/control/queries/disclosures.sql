-- The register of disclosures: what left, on which ground, what was refused, and who had to be told.

-- name: add
INSERT INTO control.disclosure (id, company, at, state, recipient, entity, kind, place, affiliated, purpose, ground, duty_case, channel,
    data, columns, people, left_out, codes, asked_by, giver, key_id, why_sealed, file_sealed, sha256, expires_at, review_due_at, synthetic)
VALUES (%(id)s, %(company)s, %(now)s, %(state)s, %(recipient)s, %(entity)s, %(kind)s, %(place)s, %(affiliated)s, %(purpose)s, %(ground)s,
    %(duty_case)s, %(channel)s, %(data)s, %(columns)s, %(people)s, %(left_out)s, %(codes)s, %(asked_by)s, %(giver)s, %(key)s,
    %(why)s, %(file)s, %(sha256)s, %(expires_at)s, %(review_due_at)s, %(synthetic)s)

-- name: add_people
INSERT INTO control.disclosure_person (disclosure, line, store, table_name, digest)
SELECT %(disclosure)s, n, s, t, d FROM unnest(%(lines)s::int[], %(stores)s::text[], %(tables)s::text[], %(digests)s::bytea[]) x (n, s, t, d)

-- name: find
SELECT id, at, state, recipient, entity, kind, place, affiliated, purpose, ground, duty_case, channel, data, columns, people, left_out,
       codes, asked_by, giver, sha256, expires_at, delivered_at, review_due_at, reviewed_at, reviewed_by, review, synthetic
FROM control.disclosure WHERE company = %(company)s AND id = %(id)s

-- name: list
SELECT id, at, state, recipient, entity, kind, place, affiliated, purpose, ground, duty_case, channel, data, columns, people, left_out,
       codes, asked_by, giver, sha256, expires_at, delivered_at, review_due_at, reviewed_at, reviewed_by, review, synthetic
FROM control.disclosure
WHERE company = %(company)s AND synthetic = %(synthetic)s AND (%(state)s = '' OR state = %(state)s)
  AND (%(recipient)s = '' OR recipient = %(recipient)s)
ORDER BY at DESC, id LIMIT %(limit)s

-- name: content
SELECT key_id, file_sealed, why_sealed FROM control.disclosure WHERE company = %(company)s AND id = %(id)s

-- name: delivered
UPDATE control.disclosure SET state = 'delivered', delivered_at = %(now)s
WHERE company = %(company)s AND id = %(id)s AND state = 'ready'

-- name: review
UPDATE control.disclosure SET reviewed_at = %(now)s, reviewed_by = %(by)s, review = %(review)s,
    reviewed_by_cli = %(by_cli)s
WHERE company = %(company)s AND id = %(id)s AND review_due_at IS NOT NULL AND reviewed_at IS NULL

-- name: of_person
-- What went to whom, of the rows with these digests: the register as one person may see it.
SELECT d.id, d.at, d.recipient, d.entity, d.kind, d.place, d.purpose, d.ground, d.data, p.line
FROM control.disclosure_person p JOIN control.disclosure d ON d.id = p.disclosure
WHERE d.company = %(company)s AND p.digest = ANY (%(digests)s) AND d.ground <> 'inside' AND d.state <> 'refused'
ORDER BY d.at DESC, d.id, p.line

-- name: subjects_of
-- The people of the rows of one disclosure; NULL for a row whose person is not known.
SELECT k.subject FROM control.disclosure_person p JOIN control.disclosure d ON d.id = p.disclosure
LEFT JOIN control.subject_key k
  ON (k.company, k.store, k.table_name, k.key_digest) = (d.company, p.store, p.table_name, p.digest)
WHERE d.company = %(company)s AND d.id = %(id)s

-- name: figures
-- For everybody to see: how often, on which ground, to which kind of recipient, about how many people; and what was refused.
SELECT kind, ground, count(*) FILTER (WHERE state <> 'refused'), coalesce(sum(people) FILTER (WHERE state <> 'refused'), 0),
       count(*) FILTER (WHERE state = 'refused')
FROM control.disclosure
WHERE company = %(company)s AND NOT synthetic AND at >= %(since)s AND at < %(until)s
GROUP BY kind, ground ORDER BY kind, ground

-- name: yearly
-- For everybody to see, year by year in UTC: what went outside on which ground, about how many people; and what was refused.
SELECT extract(year FROM at AT TIME ZONE 'UTC')::int, CASE WHEN state = 'refused' THEN '' ELSE ground END, count(*),
       sum(people) FILTER (WHERE state <> 'refused')
FROM control.disclosure
WHERE company = %(company)s AND NOT synthetic AND (state = 'refused' OR ground <> 'inside')
GROUP BY 1, 2 ORDER BY 1 DESC, 2

-- name: overdue
-- (emergencies that nobody reviewed in time, notices that nobody was told of for a week)
SELECT (SELECT count(*) FROM control.disclosure
        WHERE company = %(company)s AND NOT synthetic AND reviewed_at IS NULL AND review_due_at < %(now)s),
       (SELECT count(*) FROM control.disclosure_notice
        WHERE company = %(company)s AND NOT synthetic AND told_at IS NULL AND at < %(now)s::timestamptz - interval '7 days')

-- name: add_notices
INSERT INTO control.disclosure_notice (id, company, disclosure, line, request, what, at, synthetic)
SELECT i, %(company)s, d, n, %(request)s, %(what)s, %(now)s, %(synthetic)s
FROM unnest(%(ids)s::uuid[], %(disclosures)s::uuid[], %(lines)s::int[]) x (i, d, n)
ON CONFLICT (request, disclosure, line) DO NOTHING RETURNING id

-- name: add_mails
INSERT INTO control.disclosure_notice_mail (notice, message)
SELECT n, m FROM unnest(%(notices)s::uuid[], %(messages)s::uuid[]) x (n, m)

-- name: notices
SELECT n.id, d.recipient, d.entity, n.disclosure, n.line, n.what, n.at, n.told_at, n.confirmed_at,
    n.told_at IS NULL AND EXISTS (SELECT FROM control.disclosure_notice_mail m JOIN control.outbox o ON o.id = m.message
        WHERE m.notice = n.id AND o.state NOT IN ('sent', 'refused', 'expired'))
FROM control.disclosure_notice n JOIN control.disclosure d ON d.id = n.disclosure
WHERE n.company = %(company)s AND n.synthetic = %(synthetic)s AND (NOT %(open)s OR n.confirmed_at IS NULL)
ORDER BY n.at, n.id LIMIT %(limit)s

-- name: notices_of
SELECT n.id, d.recipient, d.entity, n.disclosure, n.line, n.what, n.at, n.told_at, n.confirmed_at,
    n.told_at IS NULL AND EXISTS (SELECT FROM control.disclosure_notice_mail m JOIN control.outbox o ON o.id = m.message
        WHERE m.notice = n.id AND o.state NOT IN ('sent', 'refused', 'expired'))
FROM control.disclosure_notice n JOIN control.disclosure d ON d.id = n.disclosure
WHERE n.company = %(company)s AND n.request = %(request)s ORDER BY n.at, n.id

-- name: drop_files
-- Of disclosures that are not handed over any more, or that hold somebody who is erased.
UPDATE control.disclosure SET file_sealed = NULL
WHERE company = %(company)s AND file_sealed IS NOT NULL AND (id = ANY (%(ids)s) OR expires_at < %(now)s)

-- name: confirm
UPDATE control.disclosure_notice SET told_at = coalesce(told_at, %(now)s), confirmed_at = %(now)s
WHERE company = %(company)s AND id = %(id)s AND confirmed_at IS NULL

-- name: forget_synthetic
DELETE FROM control.disclosure WHERE company = %(company)s AND synthetic AND id = ANY (%(ids)s) RETURNING key_id
