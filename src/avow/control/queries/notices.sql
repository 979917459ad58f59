-- name: shown_at
SELECT p.version, v.digest, v.published, p.effective_on, p.published_at, v.reason, v.text
FROM control.publication p JOIN control.policy_version v USING (company, version)
WHERE p.company = %(company)s AND p.place = %(place)s AND p.effective_on <= %(today)s
ORDER BY p.effective_on DESC, p.published_at DESC, p.id LIMIT 1

-- name: in_force
SELECT p.version
FROM control.publication p
WHERE p.company = %(company)s AND p.effective_on <= %(today)s AND NOT p.synthetic
ORDER BY p.effective_on DESC, p.published_at DESC, p.id LIMIT 1

-- name: publications
SELECT version, place, effective_on, published_at, published_by
FROM control.publication
WHERE company = %(company)s AND NOT synthetic
ORDER BY published_at DESC, place

-- name: publish
INSERT INTO control.publication (id, company, version, place, effective_on, published_at, published_by, synthetic)
SELECT %(id)s, company, version, %(place)s, %(effective_on)s, %(now)s, %(by)s, %(synthetic)s
FROM control.policy_version WHERE company = %(company)s AND version = %(version)s

-- name: forget_synthetic
DELETE FROM control.publication WHERE company = %(company)s AND place = %(place)s AND synthetic

-- name: version_text
SELECT text FROM control.policy_version WHERE company = %(company)s AND version = %(version)s

-- name: switch
INSERT INTO control.verdict_switch (company, statement, quote_sha256, shown, by_whom, at)
VALUES (%(company)s, %(statement)s, %(quote)s, %(shown)s, %(by)s, %(now)s)

-- name: shown
SELECT statement FROM (
    SELECT DISTINCT ON (statement) statement, quote_sha256, shown FROM control.verdict_switch
    WHERE company = %(company)s ORDER BY statement, id DESC
) newest WHERE shown AND statement || ' ' || quote_sha256 = ANY (%(wanted)s)

-- name: hold
INSERT INTO control.verdict_hold (company, statement, reason, by_whom, at, until)
VALUES (%(company)s, %(statement)s, %(reason)s, %(by)s, %(now)s, %(until)s)

-- name: holds
SELECT statement, count(*), max(until) FROM control.verdict_hold WHERE company = %(company)s GROUP BY statement

-- name: alarm
-- Those of which the owner was told, or is on the way to be, are carried on from the check before; the others are told now.
WITH before AS (
    SELECT a.statement, m.message, m.since, m.told_at, a.raised_at,
        m.message IS NULL OR m.told_at IS NOT NULL OR EXISTS (
            SELECT FROM control.outbox o WHERE o.id = m.message AND o.state NOT IN ('refused', 'expired')) AS known
    FROM control.verdict_alarm a LEFT JOIN control.verdict_alarm_mail m USING (company, statement, check_run)
    WHERE a.company = %(company)s
      AND a.check_run = (SELECT max(id) FROM control.check_run WHERE company = %(company)s AND id < %(check_run)s)
), raised AS (
    INSERT INTO control.verdict_alarm (company, statement, check_run, raised_at)
    SELECT %(company)s, statement, %(check_run)s, %(now)s FROM unnest(%(statements)s::text[]) AS statement
    ON CONFLICT DO NOTHING RETURNING statement
), lines AS (
    SELECT r.statement, coalesce(b.known, false) AS known, CASE WHEN b.known THEN b.message ELSE %(message)s END AS message,
        coalesce(b.since, b.raised_at, %(now)s) AS since, CASE WHEN b.known THEN b.told_at END AS told_at
    FROM raised r LEFT JOIN before b USING (statement)
), mailed AS (
    INSERT INTO control.verdict_alarm_mail (company, statement, check_run, message, since, told_at)
    SELECT %(company)s, statement, %(check_run)s, message, since, told_at FROM lines WHERE message IS NOT NULL
)
SELECT statement FROM lines WHERE NOT known

-- name: alarmed
-- Of which the owner was told; after 72 hours untold they count as told, so that no silence of the mail hides a fall.
SELECT a.statement
FROM control.verdict_alarm a LEFT JOIN control.verdict_alarm_mail m USING (company, statement, check_run)
WHERE a.company = %(company)s AND a.check_run = %(check_run)s AND a.statement = ANY (%(statements)s)
  AND (m.message IS NULL OR m.told_at IS NOT NULL OR m.since <= %(now)s::timestamptz - interval '72 hours')

-- name: newest_check
SELECT id, checked_at, report -> 'statements' FROM control.check_run
WHERE company = %(company)s AND policy_version = %(version)s ORDER BY id DESC LIMIT 1

-- name: approve_reading
INSERT INTO control.reading_approval (company, version, statement, quote_sha256, reading_sha256, by_whom, at)
VALUES (%(company)s, %(version)s, %(statement)s, %(quote)s, %(reading)s, %(by)s, %(now)s)

-- name: readings
SELECT DISTINCT ON (statement) statement, quote_sha256, reading_sha256, by_whom, at FROM control.reading_approval
WHERE company = %(company)s AND version = %(version)s ORDER BY statement, id DESC
