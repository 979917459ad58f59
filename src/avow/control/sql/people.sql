-- People, as Avow's own database knows them: ids, keyed digests and sealed values; never a name, an address or a number in
-- the clear. Sealed columns are AES-GCM under a key of `seal_key`, which is itself wrapped by a key outside the database:
-- dropping the wrapped key erases every copy, backups included. Every statement may run again.

CREATE TABLE IF NOT EXISTS control.seal_key (
    id uuid PRIMARY KEY,
    wrapped bytea,                      -- NULL: dropped, what was sealed with it is gone
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dropped_at timestamptz
);

CREATE TABLE IF NOT EXISTS control.subject (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    key_id uuid NOT NULL REFERENCES control.seal_key,
    jurisdiction text NOT NULL DEFAULT '',
    merged_into uuid REFERENCES control.subject,
    version bigint NOT NULL DEFAULT 0,  -- of the state; a gate compares it with what a store has
    synthetic boolean NOT NULL DEFAULT false,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz,
    reach_changed_at timestamptz,       -- when an address, a number or a way to sign in was changed last, here or elsewhere
    stirred bigint NOT NULL DEFAULT 0,  -- grows whenever a store may lack the state
    settled bigint NOT NULL DEFAULT 0   -- as far as it had grown when no store lacked it
);
CREATE INDEX IF NOT EXISTS subject_unsettled ON control.subject (company, id) WHERE stirred > settled;
CREATE INDEX IF NOT EXISTS subject_joined ON control.subject (merged_into) WHERE merged_into IS NOT NULL;

-- How a store knows a subject: its subject table and key, found with a reason.
CREATE TABLE IF NOT EXISTS control.subject_key (
    company text NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    key_digest bytea NOT NULL,          -- HMAC-SHA-256 of the key, to look it up
    subject uuid NOT NULL REFERENCES control.subject,
    key_sealed bytea NOT NULL,
    reason text NOT NULL,
    confidence real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    confirmed boolean NOT NULL DEFAULT false,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (company, store, table_name, key_digest)
);
CREATE INDEX IF NOT EXISTS subject_key_subject ON control.subject_key (subject);

-- Addresses and numbers by which a subject is reached or found.
CREATE TABLE IF NOT EXISTS control.subject_identifier (
    company text NOT NULL,
    kind text NOT NULL,
    digest bytea NOT NULL,              -- HMAC-SHA-256 over the normalised value; `normalisation` says which form
    normalisation int NOT NULL DEFAULT 1,
    subject uuid NOT NULL REFERENCES control.subject,
    sealed bytea NOT NULL,
    proven_at timestamptz,              -- when the subject showed that they hold it
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (company, kind, digest, subject)
);
CREATE INDEX IF NOT EXISTS subject_identifier_subject ON control.subject_identifier (subject);

-- Merges and splits are on record: who, when, on what ground.
CREATE TABLE IF NOT EXISTS control.subject_merge (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kept uuid NOT NULL REFERENCES control.subject,
    gone uuid NOT NULL REFERENCES control.subject,
    undone boolean NOT NULL DEFAULT false,
    reason text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The one truth about a person's state. Marks as in promises: objected:<purpose>, restricted, erasing, consented:..., told:...
CREATE TABLE IF NOT EXISTS control.subject_state (
    subject uuid NOT NULL REFERENCES control.subject,
    mark text NOT NULL,
    held boolean NOT NULL,
    version bigint NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    request uuid,
    PRIMARY KEY (subject, mark)
);
CREATE TABLE IF NOT EXISTS control.subject_state_effect (
    subject uuid NOT NULL REFERENCES control.subject,
    store text NOT NULL,
    version bigint NOT NULL,            -- the state version that this store has
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subject, store)
);

-- Whose state a store may lack is known without a look at everybody: what can make one lack it says so, in its own transaction.
CREATE OR REPLACE FUNCTION control.stir_subject() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.stirred := OLD.stirred + 1;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION control.stir_known() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE control.subject SET stirred = stirred + 1 WHERE version > 0 AND id IN (SELECT subject FROM touched);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER subject_stirs BEFORE UPDATE OF version ON control.subject
    FOR EACH ROW EXECUTE FUNCTION control.stir_subject();
CREATE OR REPLACE TRIGGER key_stirs AFTER INSERT ON control.subject_key
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION control.stir_known();
CREATE OR REPLACE TRIGGER lost_effect_stirs AFTER DELETE ON control.subject_state_effect
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION control.stir_known();

-- Who must never be written to again, and who was erased: digests that outlive the person's key. Permanent.
CREATE TABLE IF NOT EXISTS control.suppression (
    company text NOT NULL,
    kind text NOT NULL,                 -- email, phone, ...
    digest bytea NOT NULL,              -- HMAC-SHA-256 under the company's suppression key
    normalisation int NOT NULL DEFAULT 1,
    mark text NOT NULL,                 -- objected:<purpose>, or erased
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    request uuid,
    PRIMARY KEY (company, kind, digest, mark)
);
