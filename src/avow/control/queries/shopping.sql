-- Statements about requests as evidence: counts by kind, never who.

-- name: counts
-- Real requests by kind: open, past their due date at a time, and moved by nobody although a worker should have.
SELECT kind, count(*), count(*) FILTER (WHERE due_at < %(at)s),
       count(*) FILTER (WHERE state IN ('received', 'finding', 'working') AND changed_at < %(stuck_before)s)
FROM control.request WHERE company = %(company)s AND closed_at IS NULL AND NOT synthetic GROUP BY kind

-- name: overdue
-- Whether one request counts as past its due date at a time, by the rule of the counts.
SELECT EXISTS (SELECT FROM control.request
               WHERE id = %(id)s AND company = %(company)s AND closed_at IS NULL AND due_at < %(at)s)

-- name: findings
-- The newest finding of each aspect of each right under one policy version.
SELECT DISTINCT ON (f."right", f.aspect) f."right", f.aspect, f.result, f.seen, f.at, f.ms
FROM control.shopper_finding f JOIN control.shopper_run r ON r.id = f.run
WHERE r.company = %(company)s AND r.policy_version = %(version)s ORDER BY f."right", f.aspect, f.at DESC

-- name: add_finding
INSERT INTO control.shopper_finding (run, "right", aspect, result, seen, at, ms)
VALUES (%(run)s, %(right)s, %(aspect)s, %(result)s, %(seen)s, %(at)s, %(ms)s)
ON CONFLICT (run, "right", aspect) DO UPDATE
SET result = excluded.result, seen = excluded.seen, at = excluded.at, ms = excluded.ms

-- name: findings_of
SELECT "right", aspect, result, seen, at, ms FROM control.shopper_finding WHERE run = %(run)s ORDER BY at

-- name: begun_since
-- Whether a run of the company began at or after a time.
SELECT EXISTS (SELECT FROM control.shopper_run WHERE company = %(company)s AND started_at >= %(since)s)

-- name: open_synthetic
SELECT id FROM control.request WHERE company = %(company)s AND synthetic AND closed_at IS NULL ORDER BY received_at, id

-- name: planted
SELECT DISTINCT store, table_name, key_value FROM control.canary WHERE owner = %(owner)s

-- name: end_dead_runs
UPDATE control.shopper_run SET finished_at = clock_timestamp() WHERE company = %(company)s AND finished_at IS NULL

-- name: forget_publications
DELETE FROM control.publication WHERE company = %(company)s AND synthetic

-- name: forget_mails
DELETE FROM control.outbox WHERE company = %(company)s AND synthetic AND template = %(template)s
