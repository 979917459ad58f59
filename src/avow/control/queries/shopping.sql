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

-- name: planted
SELECT table_name, key_value FROM control.canary WHERE store = %(store)s AND owner = 'shopper' AND removed_at IS NULL

-- name: forget_suppression
-- What a synthetic person asked for ends with it: nobody real has an address of theirs.
DELETE FROM control.suppression s USING control.request r
WHERE s.request = r.id AND r.company = %(company)s AND r.synthetic AND r.id = ANY(%(ids)s)
