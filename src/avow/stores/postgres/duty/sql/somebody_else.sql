-- (a condition) The row t leads to a subject that exists and that is not one of the batch.
EXISTS (SELECT FROM (SELECT {key} AS key OFFSET 0) q
        WHERE q.key IS NOT NULL AND q.key NOT IN (SELECT k.key FROM avow_key k WHERE k.subject = {subject}))
