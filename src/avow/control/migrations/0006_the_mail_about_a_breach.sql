-- By which mail somebody was written to of a breach: whose mail could not be sent is found by it.
ALTER TABLE IF EXISTS control.breach_person ADD COLUMN IF NOT EXISTS message uuid;
