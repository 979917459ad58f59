-- The list of a breach's people goes a while after the breach has ended; how many they were stays.
ALTER TABLE IF EXISTS control.breach ADD COLUMN IF NOT EXISTS list_ended_at timestamptz;
ALTER TABLE IF EXISTS control.breach ADD COLUMN IF NOT EXISTS list_counts jsonb;
