-- Whose state a store may lack: two counters in place of a look at everybody with a state, at each pass of a worker.
ALTER TABLE IF EXISTS control.subject ADD COLUMN IF NOT EXISTS stirred bigint NOT NULL DEFAULT 0;
ALTER TABLE IF EXISTS control.subject ADD COLUMN IF NOT EXISTS settled bigint NOT NULL DEFAULT 0;
DO $$ BEGIN
    IF to_regclass('control.subject_state_effect') IS NOT NULL THEN
        UPDATE control.subject s SET stirred = s.stirred + 1
        WHERE s.version > 0 AND EXISTS (
            SELECT FROM control.subject_key k WHERE k.subject = s.id AND s.version > coalesce(
                (SELECT e.version FROM control.subject_state_effect e WHERE e.subject = s.id AND e.store = k.store), 0));
    END IF;
END $$;
