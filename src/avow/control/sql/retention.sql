-- Sweeps of what may be kept no longer, and legal holds that keep it all the same. Every statement may run again.
CREATE TABLE IF NOT EXISTS control.sweep (
    company text NOT NULL,
    rule text NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,                   -- NULL: under way, or its worker died
    swept bigint NOT NULL DEFAULT 0,           -- rows taken away by this run, batch by batch
    held bigint NOT NULL DEFAULT 0,            -- due, and kept by a hold
    referred bigint NOT NULL DEFAULT 0,        -- due, and another row still refers to them
    cause text NOT NULL DEFAULT '',            -- why it stopped
    others bigint NOT NULL DEFAULT 0,          -- due, and rows of another person would go along
    waits_for text NOT NULL DEFAULT '',        -- tables whose rows keep what is due
    figures boolean NOT NULL DEFAULT false,    -- the limit leaves figures
    PRIMARY KEY (company, rule, store, table_name, started_at)
);
CREATE TABLE IF NOT EXISTS control.legal_hold (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,                  -- the subject table
    key_digest bytea NOT NULL,
    key_id uuid NOT NULL REFERENCES control.seal_key,
    key_sealed bytea NOT NULL,                 -- whose rows stay
    reason text NOT NULL DEFAULT '',           -- of old holds, until a worker has sealed it
    held_by text NOT NULL,
    held_at timestamptz NOT NULL,
    until timestamptz NOT NULL,                -- a hold without an end would be keeping
    released_at timestamptz,
    reason_sealed bytea                        -- what they are kept for
);
CREATE INDEX IF NOT EXISTS legal_hold_open ON control.legal_hold (company) WHERE released_at IS NULL;
