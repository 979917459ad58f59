SELECT unnest(work.procrastinate_defer_jobs_v1(ARRAY[
    ROW(%(queue)s, %(name)s, 0, %(lock)s, %(key)s, %(ids)s, %(at)s)::work.procrastinate_job_to_defer_v1
]))
