-- A task says whether something about the person stands in its store; an answer says what it lacks.
ALTER TABLE IF EXISTS control.task ADD COLUMN IF NOT EXISTS found boolean;
ALTER TABLE IF EXISTS control.answer ADD COLUMN IF NOT EXISTS missing text[] NOT NULL DEFAULT '{}';
