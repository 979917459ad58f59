-- Answers as files in sealed chunks, and certificates.

-- name: add_answer
INSERT INTO control.answer (id, request, key_id, made_at, expires_at, score)
VALUES (%(id)s, %(request)s, %(key_id)s, %(now)s, %(expires_at)s, 0)

-- name: release_answer
UPDATE control.answer SET released_at = CASE WHEN %(release)s THEN %(now)s::timestamptz END, score = %(score)s, missing = %(missing)s
WHERE id = %(id)s

-- name: add_file
INSERT INTO control.answer_file (answer, name, media_type, bytes, sha256)
VALUES (%(answer)s, %(name)s, %(media_type)s, %(size)s, %(sha256)s)
ON CONFLICT (answer, name) DO UPDATE SET media_type = excluded.media_type, bytes = excluded.bytes, sha256 = excluded.sha256

-- name: begin_file
INSERT INTO control.answer_file (answer, name, media_type, bytes, sha256) VALUES (%(answer)s, %(name)s, '', 0, '')
ON CONFLICT (answer, name) DO NOTHING

-- name: add_chunk
INSERT INTO control.answer_chunk (answer, name, number, sealed) VALUES (%(answer)s, %(name)s, %(number)s, %(sealed)s)

-- name: newest
SELECT id, key_id, made_at, released_at, expires_at, score, opened_at, missing FROM control.answer
WHERE request = %(request)s AND released_at IS NOT NULL ORDER BY made_at DESC, id LIMIT 1

-- name: draft
SELECT id, key_id, made_at, released_at, expires_at, score, opened_at, missing FROM control.answer
WHERE request = %(request)s ORDER BY made_at DESC, id LIMIT 1

-- name: files
SELECT name, media_type, bytes, sha256 FROM control.answer_file WHERE answer = %(answer)s ORDER BY name

-- name: chunk
SELECT sealed FROM control.answer_chunk WHERE answer = %(answer)s AND name = %(name)s AND number = %(number)s

-- name: opened
UPDATE control.answer SET opened_at = coalesce(opened_at, %(now)s) WHERE id = %(answer)s

-- name: older_answers
DELETE FROM control.answer WHERE request = %(request)s AND id <> %(id)s RETURNING key_id

-- name: expired_answers
DELETE FROM control.answer WHERE expires_at <= %(now)s RETURNING key_id

-- name: answers_of_subject
DELETE FROM control.answer a USING control.request r WHERE r.id = a.request AND r.subject = ANY(%(subjects)s) RETURNING a.key_id

-- name: add_certificate
INSERT INTO control.certificate (id, request, made_at, document, signature)
VALUES (%(id)s, %(request)s, %(now)s, %(document)s, %(signature)s)

-- name: certificate
SELECT document, signature FROM control.certificate WHERE request = %(request)s ORDER BY made_at DESC, id LIMIT 1
