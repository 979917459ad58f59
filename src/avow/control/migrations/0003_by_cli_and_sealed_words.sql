-- Whoever acted was named on a command line; what a case came to and why rows are held is sealed from now on.
ALTER TABLE IF EXISTS control.duty_case_event ADD COLUMN IF NOT EXISTS by_cli boolean NOT NULL DEFAULT false;
ALTER TABLE IF EXISTS control.disclosure ADD COLUMN IF NOT EXISTS reviewed_by_cli boolean NOT NULL DEFAULT false;
ALTER TABLE IF EXISTS control.outbox_approval ADD COLUMN IF NOT EXISTS by_cli boolean NOT NULL DEFAULT false;
ALTER TABLE IF EXISTS control.duty_case ADD COLUMN IF NOT EXISTS outcome_sealed bytea;
ALTER TABLE IF EXISTS control.duty_case DROP CONSTRAINT IF EXISTS duty_case_ends_with_an_outcome;
ALTER TABLE IF EXISTS control.duty_case ADD CONSTRAINT duty_case_ends_with_an_outcome CHECK (
    (state IN ('closed', 'refused')) = (ended_at IS NOT NULL)
    AND (ended_at IS NULL OR outcome_sealed IS NOT NULL OR btrim(outcome) <> ''));
ALTER TABLE IF EXISTS control.legal_hold ADD COLUMN IF NOT EXISTS reason_sealed bytea;
ALTER TABLE IF EXISTS control.legal_hold ALTER COLUMN reason SET DEFAULT '';
