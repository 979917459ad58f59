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
