-- A campaign that can never be put says why, and waits no more.
ALTER TABLE IF EXISTS control.campaign ADD COLUMN IF NOT EXISTS refused text NOT NULL DEFAULT '';
