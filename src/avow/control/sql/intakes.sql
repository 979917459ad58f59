-- Deliveries by registered ways in: facts of the delivery, its rows sealed until they are worked through, and why lines were
-- left out. Never a value of a person in the clear. Every statement may run again.

CREATE TABLE IF NOT EXISTS control.delivery (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    store text NOT NULL,
    intake text NOT NULL,
    facts jsonb NOT NULL,                      -- firm, contract, days, permitted use: nothing about a person
    notice text NOT NULL,                      -- which notice the people were shown, "" where none could be
    channel text NOT NULL,                     -- file or call
    opened_by text NOT NULL,
    synthetic boolean NOT NULL DEFAULT false,
    state text NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    cause text NOT NULL DEFAULT '',            -- why it failed, a code and a sentence
    rows int NOT NULL,
    worked int NOT NULL DEFAULT 0,
    accepted int NOT NULL DEFAULT 0,
    key_id uuid NOT NULL REFERENCES control.seal_key,
    content bytea,                             -- the lines, sealed; NULL once they are worked through
    opened_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX IF NOT EXISTS delivery_waiting ON control.delivery (opened_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_newest ON control.delivery (company, opened_at DESC);

-- How far a worker is, seen while it works: the delivery itself is locked by then.
CREATE TABLE IF NOT EXISTS control.delivery_progress (
    delivery uuid PRIMARY KEY,
    worked int NOT NULL
);
CREATE TABLE IF NOT EXISTS control.delivery_reject (
    delivery uuid NOT NULL REFERENCES control.delivery,
    line int NOT NULL,                         -- counted from 1, without the heading
    code text NOT NULL,                        -- missing, not-an-address, twice, objected, listed, erased, refused
    field text NOT NULL DEFAULT '',
    PRIMARY KEY (delivery, line)
);

-- Lines of the first day that were taken over, by keyed digest: the same file again takes nothing over twice.
CREATE TABLE IF NOT EXISTS control.day_one_line (
    company text NOT NULL,
    what text NOT NULL,                        -- requests, consents, suppressions
    digest bytea NOT NULL,
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (company, what, digest)
);
