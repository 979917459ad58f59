-- Files that were found by hand: put to a task, read into an answer, gone with their time or their person.

-- name: next_number
SELECT coalesce(max(f.number), 0) + 1 FROM control.task_file f
JOIN control.task t ON t.id = f.task JOIN control.task o ON o.request = t.request AND o.store = t.store
WHERE o.id = %(task)s

-- name: add_file
INSERT INTO control.task_file (id, task, key_id, number, name, called_sealed, media_type, bytes, sha256, put_by, put_at)
VALUES (%(id)s, %(task)s, %(key_id)s, %(number)s, %(name)s, %(called)s, %(media_type)s, %(size)s, %(sha256)s, %(by)s, %(now)s)

-- name: add_chunk
INSERT INTO control.task_chunk (file, number, sealed) VALUES (%(file)s, %(number)s, %(sealed)s)

-- name: files_of_request
SELECT f.id, f.task, t.store, t.step, f.key_id, f.number, f.name, f.called_sealed, f.media_type, f.bytes, f.sha256, f.put_at
FROM control.task_file f JOIN control.task t ON t.id = f.task
WHERE t.company = %(company)s AND t.request = %(request)s ORDER BY t.store, f.number

-- name: chunk
SELECT sealed FROM control.task_chunk WHERE file = %(file)s AND number = %(number)s

-- name: drop_file
DELETE FROM control.task_file f USING control.task t
WHERE f.id = %(id)s AND t.id = f.task AND t.id = %(task)s AND t.company = %(company)s AND t.state = 'open' RETURNING f.key_id

-- name: files_over
DELETE FROM control.task_file f USING control.task t, control.request r
WHERE t.id = f.task AND r.id = t.request AND r.company = %(company)s AND r.closed_at < %(before)s RETURNING f.key_id

-- name: files_of_subjects
DELETE FROM control.task_file f USING control.task t, control.request r
WHERE t.id = f.task AND r.id = t.request AND r.subject = ANY(%(subjects)s) RETURNING f.key_id
