-- One outbox for everything that leaves: held until `mail = live` is bound to this database's system identifier.
CREATE TABLE IF NOT EXISTS control.outbox_binding (
    company text PRIMARY KEY,
    system text NOT NULL,               -- pg_control_system().system_identifier and the database's oid when it was bound
    bound_by text NOT NULL,
    bound_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS control.outbox (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    kind text NOT NULL,                 -- mail, webhook
    template text NOT NULL,
    request uuid,
    batch text NOT NULL DEFAULT '',     -- messages that need one approval together
    state text NOT NULL,                -- held, approval, queued, sending, sent, failed, refused, expired
    key_id uuid NOT NULL REFERENCES control.seal_key,
    to_sealed bytea NOT NULL,
    body_sealed bytea NOT NULL,         -- subject and text; carries ids and links, never the data
    to_domain text NOT NULL,            -- for the allow-list
    attempts int NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',
    retry_at timestamptz,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz,
    synthetic boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON control.outbox (state, retry_at, made_at) WHERE state IN ('held', 'approval', 'queued', 'failed');
CREATE TABLE IF NOT EXISTS control.outbox_approval (
    company text NOT NULL,
    batch text NOT NULL,
    asked_by text NOT NULL,
    recipients int NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_by text,
    decided_at timestamptz,
    approved boolean,
    PRIMARY KEY (company, batch)
);
