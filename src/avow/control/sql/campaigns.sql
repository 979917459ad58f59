-- Messages to many people: what was to be sent, to whom it went and whom it left out, never an address in the clear.
CREATE TABLE IF NOT EXISTS control.campaign (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    purpose text NOT NULL,
    name text NOT NULL,
    subject_line text NOT NULL,
    body text NOT NULL,                 -- the same for everybody: a campaign holds nobody's data
    state text NOT NULL,                -- asked (a program asked; a worker will put it), sent, refused (never to be put)
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    seen int NOT NULL,                  -- people whom the purpose's role saw
    synthetic boolean NOT NULL DEFAULT false,
    refused text NOT NULL DEFAULT ''    -- the error code of why it is never put
);
CREATE INDEX IF NOT EXISTS campaign_newest ON control.campaign (company, made_at DESC);
CREATE INDEX IF NOT EXISTS campaign_asked ON control.campaign (company, made_at) WHERE state = 'asked';
CREATE TABLE IF NOT EXISTS control.campaign_send (
    id uuid PRIMARY KEY,                -- of the message in the outbox, too
    campaign uuid NOT NULL REFERENCES control.campaign,
    company text NOT NULL,
    subject uuid NOT NULL REFERENCES control.subject,
    address_digest bytea NOT NULL,      -- keyed: the same address twice is one message
    state text NOT NULL,                -- put, left out
    reason text NOT NULL DEFAULT '',
    token_digest bytea,                 -- of the link by which the receiver says no
    at timestamptz NOT NULL,
    UNIQUE (campaign, address_digest)
);
CREATE UNIQUE INDEX IF NOT EXISTS campaign_send_token ON control.campaign_send (token_digest) WHERE token_digest IS NOT NULL;
CREATE INDEX IF NOT EXISTS campaign_send_subject ON control.campaign_send (subject);
