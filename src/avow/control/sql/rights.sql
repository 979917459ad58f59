-- Rights requests: one row each, moved by the states of avow.duties.rights.model; a timeline that is never changed.
-- Every statement may run again. Kinds and states are text checked by the registry in code.

CREATE TABLE IF NOT EXISTS control.request (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    reference text NOT NULL UNIQUE,
    kind text NOT NULL,
    state text NOT NULL,
    channel text NOT NULL,
    jurisdiction text NOT NULL,
    received_at timestamptz NOT NULL,
    original_received_at timestamptz,   -- of a request that was open before Avow
    due_at timestamptz NOT NULL,
    due_source text NOT NULL,
    extended_at timestamptz,
    paused_at timestamptz,
    paused_seconds bigint NOT NULL DEFAULT 0,
    waits_until timestamptz,
    identity_needed text NOT NULL,
    identity_reached text NOT NULL DEFAULT 'none',
    subject uuid REFERENCES control.subject,
    account text NOT NULL DEFAULT '',   -- centre account that asked, '' for guests
    opened_by text NOT NULL DEFAULT '', -- staff account that entered it for somebody, never one of its approvers
    scope text[] NOT NULL DEFAULT '{}', -- purpose terms of an objection or a withdrawal: words of the vocabulary
    merged_into uuid REFERENCES control.request,
    owner text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    held boolean,                       -- the written yes or no: is anything held; NULL not known yet
    fee_cents bigint,
    fee_currency text NOT NULL DEFAULT '',
    fee_basis text NOT NULL DEFAULT '',
    fee_announced_at timestamptz,
    fee_accepted_at timestamptz,
    fee_paid_at timestamptz,
    synthetic boolean NOT NULL DEFAULT false,
    key_id uuid NOT NULL REFERENCES control.seal_key,
    contact_sealed bytea NOT NULL,
    wish_sealed bytea NOT NULL,
    duplicate_digest bytea NOT NULL,    -- HMAC of (asker, kind, scope): an open duplicate is merged
    step_run text NOT NULL DEFAULT '',  -- the run whose markers the stores hold; durable before any effect
    closed_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS request_by_state ON control.request (state, received_at, id);
CREATE INDEX IF NOT EXISTS request_by_subject ON control.request (subject);
CREATE INDEX IF NOT EXISTS request_joined ON control.request (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX IF NOT EXISTS request_by_account ON control.request (account) WHERE account <> '';
CREATE INDEX IF NOT EXISTS request_duplicates ON control.request (company, duplicate_digest) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS request_waiting ON control.request (waits_until) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS request_by_due ON control.request (company, due_at) WHERE closed_at IS NULL;

CREATE TABLE IF NOT EXISTS control.request_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request uuid NOT NULL REFERENCES control.request,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_kind text NOT NULL,
    actor_ref text NOT NULL DEFAULT '',
    name text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS request_event_request ON control.request_event (request, id);
CREATE OR REPLACE FUNCTION control.refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a timeline is only added to' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER request_event_is_only_added_to
    BEFORE UPDATE OR DELETE ON control.request_event
    FOR EACH ROW EXECUTE FUNCTION control.refuse_event_change();

-- Where each store stands with a request; a failing store never blocks the others.
CREATE TABLE IF NOT EXISTS control.request_store (
    request uuid NOT NULL REFERENCES control.request,
    store text NOT NULL,
    step text NOT NULL,                 -- find, mark, change, erase, verify, read
    covered text NOT NULL,              -- machine, hand, not
    state text NOT NULL,                -- waiting, done, failed, open_task, held
    attempts int NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',
    cause text NOT NULL DEFAULT '',
    counts jsonb NOT NULL DEFAULT '{}', -- rows by "table action"
    searched text[] NOT NULL DEFAULT '{}', -- table.column (kind) of all that was looked into
    detail_sealed bytea,                -- what the step needs once more (old values); gone with the step
    retry_at timestamptz,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (request, store, step)
);
CREATE INDEX IF NOT EXISTS request_store_open ON control.request_store (state, retry_at) WHERE state IN ('waiting', 'failed');

-- Subject rows that identifiers of a request point at, and whose they are held to be.
CREATE TABLE IF NOT EXISTS control.request_match (
    request uuid NOT NULL REFERENCES control.request,
    store text NOT NULL,
    table_name text NOT NULL,
    key_digest bytea NOT NULL,
    key_sealed bytea NOT NULL,          -- under the request's key
    organisation bytea,                 -- digest of the organisation that the row belongs to
    reason text NOT NULL,
    confidence real NOT NULL,
    card_sealed bytea,                  -- what stands in the row, for whoever has to decide
    verdict text NOT NULL,              -- theirs, ask (staff decides), another, organisation, customer (held for one)
    PRIMARY KEY (request, store, table_name, key_digest)
);

-- Messages of a request between the asker and the company; sealed under the request's key.
CREATE TABLE IF NOT EXISTS control.request_message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request uuid NOT NULL REFERENCES control.request,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    direction text NOT NULL,            -- in, out
    template text NOT NULL DEFAULT '',
    actor_kind text NOT NULL,
    actor_ref text NOT NULL DEFAULT '',
    sealed bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS request_message_request ON control.request_message (request, id);

-- One-time codes and facts: only digests, few tries, short lives.
CREATE TABLE IF NOT EXISTS control.identity_challenge (
    id uuid PRIMARY KEY,
    request uuid NOT NULL REFERENCES control.request,
    step text NOT NULL,                 -- code, facts, document
    digest bytea NOT NULL,              -- HMAC of the code; of the address for facts and documents
    address_digest bytea NOT NULL DEFAULT '', -- where a code went: how many went there lately
    sealed bytea,                       -- facts until they are compared, a document until it is looked at
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    tries_left int NOT NULL,
    passed_at timestamptz,
    deleted_at timestamptz              -- a document is deleted after use
);
CREATE INDEX IF NOT EXISTS identity_challenge_request ON control.identity_challenge (request);
CREATE INDEX IF NOT EXISTS identity_challenge_address ON control.identity_challenge (address_digest, made_at) WHERE step = 'code';

-- Item-level holds and decisions of staff.
CREATE TABLE IF NOT EXISTS control.request_hold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request uuid NOT NULL REFERENCES control.request,
    store text NOT NULL,
    table_name text NOT NULL,
    row_sealed bytea,                   -- NULL: every row of the table
    ground text NOT NULL,
    owner text NOT NULL,
    review_on date NOT NULL,
    released_at timestamptz,
    reminded_at timestamptz
);
CREATE INDEX IF NOT EXISTS request_hold_request ON control.request_hold (request);
CREATE TABLE IF NOT EXISTS control.request_decision (
    request uuid NOT NULL REFERENCES control.request,
    item text NOT NULL,                 -- "release", "mask digest", "match store table digest", "residual store place"
    item_sealed bytea,                  -- of a mask: store, table, row, column; a row's key may tell who it is
    decision text NOT NULL,             -- approve, refuse, mask, show, same_person, another_person
    reason text NOT NULL DEFAULT '',
    actor_ref text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (request, item, actor_ref)
);

-- What a person has to do by hand, in stores that no machine reaches.
CREATE TABLE IF NOT EXISTS control.task (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    request uuid NOT NULL REFERENCES control.request,
    store text NOT NULL,
    step text NOT NULL,
    owner text NOT NULL,
    state text NOT NULL DEFAULT 'open', -- open, done, impossible
    due_at timestamptz NOT NULL,
    reminded_at timestamptz,
    evidence_sealed bytea,
    outcome text NOT NULL DEFAULT '',
    done_by text NOT NULL DEFAULT '',
    done_at timestamptz,
    found boolean                       -- whether something about the person stands there; NULL: this task does not say
);
CREATE INDEX IF NOT EXISTS task_open ON control.task (company, due_at) WHERE state = 'open';
CREATE INDEX IF NOT EXISTS task_request ON control.task (request);
-- What was found by hand, as it goes into the answer: each file under a key of its own, in sealed chunks of at most 1 MiB.
CREATE TABLE IF NOT EXISTS control.task_file (
    id uuid PRIMARY KEY,
    task uuid NOT NULL REFERENCES control.task,
    key_id uuid NOT NULL REFERENCES control.seal_key,
    number int NOT NULL,                -- within the store and the request, from 1
    name text NOT NULL,                 -- store, number and ending: tells nobody who it is about
    called_sealed bytea NOT NULL,       -- what it was called where it lay
    media_type text NOT NULL,
    bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    put_by text NOT NULL,
    put_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS task_file_task ON control.task_file (task);
CREATE TABLE IF NOT EXISTS control.task_chunk (
    file uuid NOT NULL REFERENCES control.task_file ON DELETE CASCADE,
    number int NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (file, number)
);

-- Answers: files in sealed chunks of at most 1 MiB, so that a download resumes and memory stays flat.
CREATE TABLE IF NOT EXISTS control.answer (
    id uuid PRIMARY KEY,
    request uuid NOT NULL REFERENCES control.request,
    key_id uuid NOT NULL REFERENCES control.seal_key,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_at timestamptz,
    expires_at timestamptz NOT NULL,
    score smallint NOT NULL,            -- completeness against GDPR art. 15(1)(a)-(h), 0 to 8
    opened_at timestamptz,
    missing text[] NOT NULL DEFAULT '{}' -- what the law asks for and it does not hold: letters and names of places
);
CREATE INDEX IF NOT EXISTS answer_request ON control.answer (request);
CREATE TABLE IF NOT EXISTS control.answer_file (
    answer uuid NOT NULL REFERENCES control.answer ON DELETE CASCADE,
    name text NOT NULL,                 -- index.html, data.json, data.csv, schema.json, report.pdf, ...
    media_type text NOT NULL,
    bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    PRIMARY KEY (answer, name)
);
CREATE TABLE IF NOT EXISTS control.answer_chunk (
    answer uuid NOT NULL,
    name text NOT NULL,
    number int NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (answer, name, number),
    FOREIGN KEY (answer, name) REFERENCES control.answer_file ON DELETE CASCADE
);

-- Signed certificates of erasure: the document itself holds ids, digests, counts and dates.
CREATE TABLE IF NOT EXISTS control.certificate (
    id uuid PRIMARY KEY,
    request uuid NOT NULL REFERENCES control.request,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    document jsonb NOT NULL,
    signature bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS certificate_request ON control.certificate (request);

-- Erased people, to be erased again after a restore and to be refused by every import: keys and digests only.
CREATE TABLE IF NOT EXISTS control.erasure_replay (
    company text NOT NULL,
    request uuid NOT NULL REFERENCES control.request,
    store text NOT NULL,
    system text NOT NULL,               -- identity of the store when it was erased
    table_name text NOT NULL,
    key_sealed bytea NOT NULL,          -- under the company's replay key: needed once more if an old copy comes back
    fades_at timestamptz NOT NULL,      -- when the last copy from before the erasure is gone, and this row with it
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (company, request, store, table_name, key_sealed)
);
CREATE TABLE IF NOT EXISTS control.erasure_replayed (
    company text NOT NULL,
    store text NOT NULL,
    system text NOT NULL,               -- identity of the copy on which the list was replayed
    restored text NOT NULL DEFAULT '',  -- the mark that a restore left in it
    run text NOT NULL,
    people int NOT NULL DEFAULT 0,
    finished_at timestamptz,
    PRIMARY KEY (company, store, system, restored)
);

-- Every look of staff at a person's data: shown to that person (date, purpose, role; not the name).
CREATE TABLE IF NOT EXISTS control.staff_look (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL,
    subject uuid,
    request uuid,
    staff_ref text NOT NULL,
    role text NOT NULL,
    purpose text NOT NULL,
    what text NOT NULL,                 -- names of tables or pages, never values
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    departments text[] NOT NULL DEFAULT '{}' -- of whoever looked; none: the privacy office
);
CREATE INDEX IF NOT EXISTS staff_look_subject ON control.staff_look (subject, at);
CREATE INDEX IF NOT EXISTS staff_look_request ON control.staff_look (request, at);

-- What is held about a subject, by category: counts for the first page of the centre; sealed under the subject's key.
CREATE TABLE IF NOT EXISTS control.holding (
    subject uuid PRIMARY KEY REFERENCES control.subject,
    sealed bytea,                       -- NULL: asked for, not counted yet
    asked_at timestamptz,
    counted_at timestamptz
);
