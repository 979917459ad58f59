-- Only somebody else than the one who asked decides.
UPDATE control.outbox_approval SET decided_by = %(by)s, decided_at = %(now)s, approved = %(approved)s,
    by_cli = %(by_cli)s
WHERE company = %(company)s AND batch = %(batch)s AND decided_at IS NULL AND asked_by <> %(by)s
