-- Staff belong to departments, and see what theirs may.
ALTER TABLE IF EXISTS control.staff_member ADD COLUMN IF NOT EXISTS departments text[] NOT NULL DEFAULT '{}';
ALTER TABLE IF EXISTS control.staff_invitation ADD COLUMN IF NOT EXISTS departments text[] NOT NULL DEFAULT '{}';
ALTER TABLE IF EXISTS control.staff_look ADD COLUMN IF NOT EXISTS departments text[] NOT NULL DEFAULT '{}';
