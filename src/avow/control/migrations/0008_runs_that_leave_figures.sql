-- A run says whether its limit leaves figures, so that rows which went without any are seen.
ALTER TABLE IF EXISTS control.sweep ADD COLUMN IF NOT EXISTS figures boolean NOT NULL DEFAULT false;
