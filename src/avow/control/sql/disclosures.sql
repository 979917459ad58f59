-- What was given to whom outside (or passed on inside), on which ground; what was refused; who had to be told later.
-- No person's value stands here: files are sealed under a key of their own, people are keyed digests. Every statement may run again.

CREATE TABLE IF NOT EXISTS control.disclosure (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL,                -- refused, ready, delivered
    recipient text NOT NULL,            -- id of the register, or a department
    entity text NOT NULL DEFAULT '',    -- the firm's legal name as registered then
    kind text NOT NULL DEFAULT '',      -- its recipient term
    place text NOT NULL DEFAULT '',
    affiliated boolean NOT NULL DEFAULT false,
    purpose text NOT NULL,
    ground text NOT NULL,
    duty_case uuid,
    channel text NOT NULL,
    data text[] NOT NULL,               -- categories
    columns text[] NOT NULL DEFAULT '{}', -- store:schema.table.column
    people int NOT NULL DEFAULT 0,
    left_out int NOT NULL DEFAULT 0,    -- people for whom the ground does not hold
    codes text[] NOT NULL DEFAULT '{}', -- why it was refused
    asked_by text NOT NULL,
    giver text NOT NULL DEFAULT '',
    key_id uuid REFERENCES control.seal_key,
    why_sealed bytea,
    file_sealed bytea,
    sha256 text NOT NULL DEFAULT '',
    expires_at timestamptz,             -- the file may be fetched until then
    delivered_at timestamptz,
    review_due_at timestamptz,          -- an emergency is looked at afterwards
    reviewed_at timestamptz,
    reviewed_by text NOT NULL DEFAULT '',
    review text NOT NULL DEFAULT '',    -- justified, not_justified
    synthetic boolean NOT NULL DEFAULT false,
    reviewed_by_cli boolean NOT NULL DEFAULT false, -- judged on a command line: nothing proves that it was them
    CONSTRAINT refused_with_a_reason CHECK ((state = 'refused') = (cardinality(codes) > 0)),
    CONSTRAINT released_on_a_ground CHECK (state = 'refused' OR (ground <> '' AND people > 0)),
    CONSTRAINT emergency_is_reviewed CHECK (state = 'refused' OR ground <> 'emergency' OR review_due_at IS NOT NULL),
    CONSTRAINT case_where_one_is_needed
        CHECK (state = 'refused' OR ground NOT IN ('obligation', 'transfer') OR duty_case IS NOT NULL),
    CONSTRAINT outside_in_a_place CHECK (state = 'refused' OR ground = 'inside' OR place <> ''),
    CONSTRAINT reviewed_by_another CHECK (reviewed_by = '' OR reviewed_by <> asked_by)
);
CREATE INDEX IF NOT EXISTS disclosure_newest ON control.disclosure (company, at DESC);
CREATE INDEX IF NOT EXISTS disclosure_to_review ON control.disclosure (review_due_at)
    WHERE review_due_at IS NOT NULL AND reviewed_at IS NULL;

-- Whose data went with it: a line of the file, and the keyed digest of the row that it came from.
CREATE TABLE IF NOT EXISTS control.disclosure_person (
    disclosure uuid NOT NULL REFERENCES control.disclosure ON DELETE CASCADE,
    line int NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (disclosure, line)
);
CREATE INDEX IF NOT EXISTS disclosure_person_digest ON control.disclosure_person (digest);

-- Who was given data that was corrected, erased or blocked later, and has to be told.
CREATE TABLE IF NOT EXISTS control.disclosure_notice (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    disclosure uuid NOT NULL REFERENCES control.disclosure ON DELETE CASCADE,
    line int NOT NULL,
    request uuid NOT NULL,
    what text NOT NULL,                 -- rectification, erasure, restriction
    at timestamptz NOT NULL,
    told_at timestamptz,                -- when the mail was sent, or a person noted the firm's answer
    confirmed_at timestamptz,
    synthetic boolean NOT NULL DEFAULT false,
    UNIQUE (request, disclosure, line)
);

-- By which message of the outbox they are told: until it is sent they are not.
CREATE TABLE IF NOT EXISTS control.disclosure_notice_mail (
    notice uuid PRIMARY KEY REFERENCES control.disclosure_notice ON DELETE CASCADE,
    message uuid NOT NULL
);
CREATE INDEX IF NOT EXISTS disclosure_notice_mail_message ON control.disclosure_notice_mail (message);

CREATE OR REPLACE FUNCTION control.refuse_disclosure_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'disclosure_person' OR OLD.state IN ('refused', 'delivered') AND NEW.state <> OLD.state
       OR (NEW.recipient, NEW.ground, NEW.purpose, NEW.data, NEW.at, NEW.asked_by, NEW.people)
          IS DISTINCT FROM (OLD.recipient, OLD.ground, OLD.purpose, OLD.data, OLD.at, OLD.asked_by, OLD.people) THEN
        RAISE EXCEPTION 'the register of disclosures is only added to' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER disclosure_is_only_added_to BEFORE UPDATE ON control.disclosure
    FOR EACH ROW EXECUTE FUNCTION control.refuse_disclosure_change();
CREATE OR REPLACE TRIGGER disclosure_person_is_only_added_to BEFORE UPDATE ON control.disclosure_person
    FOR EACH ROW EXECUTE FUNCTION control.refuse_disclosure_change();
