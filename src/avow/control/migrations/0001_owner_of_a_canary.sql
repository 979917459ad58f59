-- A synthetic row belongs to a mystery shopper, or to nobody but its store.
ALTER TABLE IF EXISTS control.canary ADD COLUMN IF NOT EXISTS owner text NOT NULL DEFAULT '';
