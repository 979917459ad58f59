-- A task says whether something about the person stands in its store; an answer says what it lacks; whoever set a hold is reminded.
ALTER TABLE IF EXISTS control.task ADD COLUMN IF NOT EXISTS found boolean;
ALTER TABLE IF EXISTS control.answer ADD COLUMN IF NOT EXISTS missing text[] NOT NULL DEFAULT '{}';
ALTER TABLE IF EXISTS control.request_hold ADD COLUMN IF NOT EXISTS reminded_at timestamptz;
