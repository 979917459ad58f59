-- Statements about reviews.

-- name: add
INSERT INTO control.duty_review (id, company, kind, made_at, evidence, findings, synthetic)
VALUES (%(id)s, %(company)s, %(kind)s, %(now)s, %(evidence)s, %(findings)s, %(synthetic)s)

-- name: find
SELECT id, kind, made_at, evidence, findings, signed_by, signed_at, statement, synthetic
FROM control.duty_review WHERE id = %(id)s AND company = %(company)s

-- name: list
SELECT id, kind, made_at, evidence, findings, signed_by, signed_at, statement, synthetic
FROM control.duty_review WHERE company = %(company)s AND NOT synthetic ORDER BY made_at DESC, id LIMIT %(limit)s

-- name: sign
UPDATE control.duty_review SET signed_by = %(by)s, signed_at = %(now)s, statement = %(statement)s
WHERE id = %(id)s AND company = %(company)s AND signed_at IS NULL

-- name: last_signed
SELECT max(signed_at) FROM control.duty_review
WHERE company = %(company)s AND kind = %(kind)s AND synthetic = %(synthetic)s AND signed_at IS NOT NULL

-- name: unsigned
SELECT EXISTS (SELECT FROM control.duty_review
               WHERE company = %(company)s AND kind = %(kind)s AND signed_at IS NULL AND NOT synthetic AND made_at > %(since)s)

-- name: begun
-- When this company's policy first came under Avow: the first review is due one period later.
SELECT min(registered_at) FROM control.policy_version WHERE company = %(company)s

-- name: figures
-- What happened since a time, for the review of whether the controls work.
SELECT
    (SELECT count(*) FROM control.check_run WHERE company = %(company)s AND checked_at > %(since)s) AS checks,
    (SELECT count(*) FROM control.check_run, jsonb_array_elements(report -> 'statements') s
     WHERE company = %(company)s AND checked_at > %(since)s AND s ->> 'verdict' = 'broken') AS broken,
    (SELECT count(*) FROM control.shopper_finding f JOIN control.shopper_run r ON r.id = f.run
     WHERE r.company = %(company)s AND f.at > %(since)s) AS tried,
    (SELECT count(*) FROM control.shopper_finding f JOIN control.shopper_run r ON r.id = f.run
     WHERE r.company = %(company)s AND f.at > %(since)s AND f.result <> 'held') AS not_held,
    (SELECT count(*) FROM control.duty_case WHERE company = %(company)s AND requested_at > %(since)s
     AND kind IN ('breach', 'abuse') AND synthetic = %(synthetic)s) AS incidents,
    (SELECT count(*) FROM control.policy_version WHERE company = %(company)s AND registered_at > %(since)s) AS versions,
    (SELECT count(*) FROM control.staff_event WHERE company = %(company)s AND at > %(since)s) AS staff_changes

-- name: forget_synthetic
DELETE FROM control.duty_review WHERE company = %(company)s AND synthetic
