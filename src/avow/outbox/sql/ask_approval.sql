-- A batch that grew beyond the limit waits as a whole; one that was decided already is asked about again.
WITH grown AS (
    SELECT batch, count(*)::int AS recipients FROM control.outbox
    WHERE company = %(company)s AND batch = ANY(%(batches)s) AND state <> 'refused'
    GROUP BY batch HAVING count(*) > %(above)s
), asked AS (
    INSERT INTO control.outbox_approval (company, batch, asked_by, recipients, asked_at)
    SELECT %(company)s, batch, %(asked_by)s, recipients, %(now)s FROM grown
    ON CONFLICT (company, batch) DO UPDATE SET asked_by = EXCLUDED.asked_by, recipients = EXCLUDED.recipients,
        asked_at = EXCLUDED.asked_at, decided_by = NULL, decided_at = NULL, approved = NULL
)
UPDATE control.outbox SET state = 'approval'
WHERE company = %(company)s AND batch IN (SELECT batch FROM grown) AND state IN ('held', 'queued', 'failed')
