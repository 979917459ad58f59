SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()) AS due,
    count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()) AS later,
    count(*) FILTER (WHERE status = 'doing') AS doing,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    (SELECT count(*) FROM work.procrastinate_workers WHERE last_heartbeat > now() - %(stalled)s * interval '1 second') AS workers
FROM work.procrastinate_jobs
