-- Takes an idempotency key. No row: somebody has it already. A key that began and never ended is free again after a minute.
INSERT INTO control.api_answer (client, key, digest, made_at)
VALUES (%(client)s, %(key)s, %(digest)s, %(now)s)
ON CONFLICT (client, key) DO UPDATE SET digest = excluded.digest, made_at = excluded.made_at, status = NULL, body = NULL
WHERE (control.api_answer.status IS NULL AND control.api_answer.made_at < %(now)s - interval '1 minute')
   OR control.api_answer.made_at < %(now)s - interval '24 hours'
RETURNING key
