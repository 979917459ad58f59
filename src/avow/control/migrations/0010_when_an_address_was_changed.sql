-- Exports and erasures also wait after an address was corrected, here or in the company's own portal.
ALTER TABLE IF EXISTS control.subject ADD COLUMN IF NOT EXISTS reach_changed_at timestamptz;
