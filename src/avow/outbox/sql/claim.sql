-- Marks the next message before the server is spoken to. A row that is `sending` and not locked belongs to a sender that died.
-- Fewest attempts first: a message that ends its sender each time keeps nobody else waiting.
UPDATE control.outbox SET state = 'sending', attempts = attempts + 1, claimed_at = %(now)s
WHERE id = (
    SELECT id FROM control.outbox
    WHERE company = %(company)s AND id <> ALL(%(seen)s) AND kind = ANY(%(kinds)s)
        AND (state IN ('queued', 'sending') OR (state = 'failed' AND retry_at <= %(now)s))
    ORDER BY attempts, made_at, id FOR UPDATE SKIP LOCKED LIMIT 1
)
RETURNING id
