-- One outbox for everything that leaves: held until `mail.live` is set and this very database is bound. A copy never sends.
CREATE TABLE IF NOT EXISTS control.outbox_binding (
    company text PRIMARY KEY,
    system text NOT NULL,               -- avow/outbox/sql/system.sql, as it was when it was bound
    bound_by text NOT NULL,
    bound_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS control.outbox (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    kind text NOT NULL,                 -- mail, webhook
    template text NOT NULL,             -- which letter, or which event of a webhook
    request uuid,
    batch text NOT NULL DEFAULT '',     -- messages that need one approval together
    state text NOT NULL,                -- held, approval, queued, sending, sent, failed, refused, expired
    key_id uuid NOT NULL REFERENCES control.seal_key,
    to_sealed bytea NOT NULL,           -- address, or address and secret of a webhook
    body_sealed bytea NOT NULL,         -- subject and text; carries ids and links, never the data
    to_domain text NOT NULL,            -- for the allow-list
    attempts int NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',     -- a diagnostic code, never a server's words: those may hold an address
    retry_at timestamptz,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    claimed_at timestamptz,
    sent_at timestamptz,
    synthetic boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON control.outbox (company, made_at)
    WHERE state IN ('held', 'approval', 'queued', 'sending', 'failed');
CREATE INDEX IF NOT EXISTS outbox_batch ON control.outbox (company, batch) WHERE batch <> '';
CREATE INDEX IF NOT EXISTS outbox_request ON control.outbox (request) WHERE request IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_sent ON control.outbox (company, sent_at) WHERE sent_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS control.outbox_approval (
    company text NOT NULL,
    batch text NOT NULL,
    asked_by text NOT NULL,
    recipients int NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_by text,
    decided_at timestamptz,
    approved boolean,
    by_cli boolean NOT NULL DEFAULT false, -- decided on a command line: nothing proves that it was them
    PRIMARY KEY (company, batch)
);
