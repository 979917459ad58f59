-- A sweep counts rows that would take along those of somebody else, and names the tables that keep what is due.
ALTER TABLE IF EXISTS control.sweep ADD COLUMN IF NOT EXISTS others bigint NOT NULL DEFAULT 0;
ALTER TABLE IF EXISTS control.sweep ADD COLUMN IF NOT EXISTS waits_for text NOT NULL DEFAULT '';
