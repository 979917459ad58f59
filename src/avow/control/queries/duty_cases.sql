-- Statements about cases of duties.

-- name: add
INSERT INTO control.duty_case (id, company, kind, state, requested_by, owner, fact_names, key_id, facts_sealed, scope_sealed,
    requested_at, opened_at, expires_at, worked_at, synthetic)
VALUES (%(id)s, %(company)s, %(kind)s, %(state)s, %(requested_by)s, %(owner)s, %(fact_names)s, %(key)s, %(facts)s, %(scope)s,
    %(now)s, %(opened_at)s, %(expires_at)s, %(now)s, %(synthetic)s)

-- name: find
SELECT id, kind, state, requested_by, approved_by, owner, key_id, facts_sealed, scope_sealed, requested_at, opened_at,
    expires_at, worked_at, ended_at, outcome, outcome_sealed, synthetic
FROM control.duty_case WHERE id = %(id)s AND company = %(company)s

-- name: lock
SELECT id FROM control.duty_case WHERE id = %(id)s AND company = %(company)s FOR UPDATE

-- name: list
SELECT id, kind, state, requested_by, approved_by, owner, key_id, facts_sealed, scope_sealed, requested_at, opened_at,
    expires_at, worked_at, ended_at, outcome, outcome_sealed, synthetic
FROM control.duty_case
WHERE company = %(company)s AND (%(kind)s = '' OR kind = %(kind)s) AND (NOT %(going)s OR ended_at IS NULL)
    AND (%(with_synthetic)s OR NOT synthetic)
ORDER BY ended_at IS NOT NULL, requested_at DESC, id LIMIT %(limit)s OFFSET %(offset)s

-- name: approve
UPDATE control.duty_case SET state = 'open', approved_by = %(by)s, opened_at = %(now)s, expires_at = %(expires_at)s,
    worked_at = %(now)s
WHERE id = %(id)s AND company = %(company)s AND state = 'requested'

-- name: take
UPDATE control.duty_case SET owner = %(owner)s, worked_at = %(now)s
WHERE id = %(id)s AND company = %(company)s AND ended_at IS NULL

-- name: worked
UPDATE control.duty_case SET worked_at = %(now)s WHERE id = %(id)s AND company = %(company)s AND ended_at IS NULL

-- name: end
UPDATE control.duty_case SET state = %(state)s, outcome_sealed = %(outcome)s, ended_at = %(now)s, worked_at = %(now)s
WHERE id = %(id)s AND company = %(company)s AND ended_at IS NULL

-- name: add_event
INSERT INTO control.duty_case_event (duty_case, at, actor_ref, name, note_sealed, by_cli)
VALUES (%(id)s, %(now)s, %(actor)s, %(name)s, %(note)s, %(by_cli)s)

-- name: events
SELECT id, at, actor_ref, name, note_sealed, by_cli FROM control.duty_case_event WHERE duty_case = %(id)s ORDER BY id

-- name: add_disclosure
INSERT INTO control.duty_case_disclosure (id, duty_case, at, actor_ref, recipient, clause, terms_version, terms_sha256,
    fields, rows, sha256)
VALUES (%(id)s, %(duty_case)s, %(now)s, %(actor)s, %(recipient)s, %(clause)s, %(version)s, %(terms)s, %(fields)s, %(rows)s,
    %(sha256)s)

-- name: disclosures
SELECT id, duty_case, at, actor_ref, recipient, clause, terms_version, terms_sha256, fields, rows, sha256
FROM control.duty_case_disclosure WHERE duty_case = %(id)s ORDER BY at, id

-- name: forget_synthetic
DELETE FROM control.duty_case WHERE company = %(company)s AND synthetic
RETURNING key_id

-- name: clear_outcomes
SELECT id, key_id, outcome FROM control.duty_case
WHERE company = %(company)s AND ended_at IS NOT NULL AND outcome_sealed IS NULL AND outcome <> '' FOR UPDATE

-- name: seal_outcome
UPDATE control.duty_case SET outcome_sealed = %(outcome)s, outcome = '' WHERE id = %(id)s AND company = %(company)s

-- name: effective
-- Cases of these kinds that open something now, and those that ended so lately that a store may still have them open.
SELECT id, kind, state, requested_by, approved_by, owner, key_id, facts_sealed, scope_sealed, requested_at, opened_at,
    expires_at, worked_at, ended_at, outcome, outcome_sealed, synthetic
FROM control.duty_case
WHERE company = %(company)s AND kind = ANY (%(kinds)s) AND NOT synthetic AND opened_at IS NOT NULL
    AND (ended_at IS NULL OR ended_at > %(since)s) AND expires_at > %(since)s
ORDER BY id
