-- The console wrote the beginning of the evidence, which is sealed, as the note of a task and as the cause of a store as well.
DO $$
BEGIN
    IF to_regclass('control.task') IS NOT NULL AND to_regclass('control.request_store') IS NOT NULL THEN
        UPDATE control.request_store s SET cause = 'impossible' FROM control.task t
        WHERE t.request = s.request AND t.store = s.store AND t.step = s.step AND s.cause <> '' AND s.cause = left(t.outcome, 200);
        UPDATE control.task SET outcome = state WHERE evidence_sealed IS NOT NULL AND outcome <> '';
    END IF;
END $$;
