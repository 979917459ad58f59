-- Holds the row while the server is spoken to: a sender that is killed lets go of it at once.
SELECT kind, template, key_id, to_sealed, body_sealed, attempts, made_at
FROM control.outbox WHERE id = %(id)s AND state = 'sending' FOR UPDATE SKIP LOCKED
