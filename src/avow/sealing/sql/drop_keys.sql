-- Drops keys once; a second call changes nothing.
UPDATE control.seal_key SET wrapped = NULL, dropped_at = %(at)s
WHERE id = ANY(%(ids)s) AND wrapped IS NOT NULL
