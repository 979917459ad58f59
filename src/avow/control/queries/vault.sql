-- Statements about documents of the vault.

-- name: put
INSERT INTO control.vault_document (id, company, kind, name, owner, media, sha256, size, key_id, content_sealed, valid_from,
    valid_until, remind_days, put_by, put_at, synthetic)
VALUES (%(id)s, %(company)s, %(kind)s, %(name)s, %(owner)s, %(media)s, %(sha256)s, %(size)s, %(key)s, %(sealed)s,
    %(valid_from)s, %(valid_until)s, %(remind_days)s, %(by)s, %(now)s, %(synthetic)s)

-- name: find
SELECT id, kind, name, owner, media, sha256, size, valid_from, valid_until, remind_days, reminded_at, put_by, put_at,
    withdrawn_at, synthetic
FROM control.vault_document WHERE id = %(id)s AND company = %(company)s

-- name: named
SELECT id, kind, name, owner, media, sha256, size, valid_from, valid_until, remind_days, reminded_at, put_by, put_at,
    withdrawn_at, synthetic
FROM control.vault_document
WHERE company = %(company)s AND kind = %(kind)s AND name = %(name)s AND withdrawn_at IS NULL
    AND valid_from <= %(on)s AND valid_until >= %(on)s
ORDER BY put_at DESC LIMIT 1

-- name: list
SELECT id, kind, name, owner, media, sha256, size, valid_from, valid_until, remind_days, reminded_at, put_by, put_at,
    withdrawn_at, synthetic
FROM control.vault_document
WHERE company = %(company)s AND (%(kind)s = '' OR kind = %(kind)s) AND withdrawn_at IS NULL
    AND (%(with_synthetic)s OR NOT synthetic)
ORDER BY valid_until, name, id

-- name: content
SELECT key_id, content_sealed FROM control.vault_document WHERE id = %(id)s AND company = %(company)s

-- name: to_remind
UPDATE control.vault_document SET reminded_at = %(now)s
WHERE company = %(company)s AND withdrawn_at IS NULL AND valid_until - remind_days <= %(today)s
    AND (reminded_at IS NULL OR reminded_at < %(again_before)s)
    AND synthetic = %(synthetic)s
RETURNING id, kind, name, owner, media, sha256, size, valid_from, valid_until, remind_days, reminded_at, put_by, put_at,
    withdrawn_at, synthetic

-- name: withdraw
UPDATE control.vault_document SET withdrawn_at = %(now)s
WHERE id = %(id)s AND company = %(company)s AND withdrawn_at IS NULL

-- name: forget_synthetic
DELETE FROM control.vault_document WHERE company = %(company)s AND synthetic
RETURNING key_id
