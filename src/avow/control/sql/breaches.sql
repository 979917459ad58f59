-- The breach room: what was breached, whom it affects, who was told, and the letters to people. Figures, kinds and times stand in the
-- clear; words, letters and whose row it is are sealed under the key of the case. Refused here, whoever writes: a moment of awareness that
-- moves to a later one, a decision not to tell without words, a letter that its writer approved, and a person written to without an
-- approved letter. Every statement may run again.
CREATE TABLE IF NOT EXISTS control.breach (
    duty_case uuid PRIMARY KEY REFERENCES control.duty_case ON DELETE CASCADE,
    company text NOT NULL,
    aware_at timestamptz NOT NULL,             -- when the company became aware: the clocks of the laws run from here
    risk text NOT NULL DEFAULT '',             -- unlikely, risk, high; '' nobody has judged it
    risk_by text NOT NULL DEFAULT '',
    words_sealed bytea,                        -- what staff says for the letters
    figures jsonb,                             -- the newest count; NULL: nobody has counted
    counted_at timestamptz,
    count_wanted_at timestamptz,               -- somebody asked for a (new) count
    list_ended_at timestamptz,                 -- when the list of its people went, with the keys of single rows
    list_counts jsonb,                         -- how many stood on it then, by state; organisations by themselves
    CONSTRAINT breach_risk_is_judged_by_somebody CHECK ((risk = '') = (risk_by = ''))
);

CREATE TABLE IF NOT EXISTS control.breach_extent (
    id uuid PRIMARY KEY,
    duty_case uuid NOT NULL REFERENCES control.breach ON DELETE CASCADE,
    kind text NOT NULL,                        -- store, table, row, login, pair
    store text NOT NULL,
    name text NOT NULL,                        -- the table, the login or the pair
    key_sealed bytea,                          -- of a row
    since timestamptz NOT NULL,
    until timestamptz,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    withdrawn_by text NOT NULL DEFAULT '',
    withdrawn_at timestamptz
);
CREATE INDEX IF NOT EXISTS breach_extent_of ON control.breach_extent (duty_case);

-- That somebody was told, or that a person decided not to: never changed.
CREATE TABLE IF NOT EXISTS control.breach_told (
    id uuid PRIMARY KEY,
    duty_case uuid NOT NULL REFERENCES control.breach ON DELETE CASCADE,
    recipient text NOT NULL,                   -- authority, people
    law text NOT NULL,                         -- a profile; '' counts for each
    told_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    by_ref text NOT NULL CHECK (by_ref <> ''),
    decided boolean NOT NULL,                  -- a decision not to tell
    words_sealed bytea NOT NULL,               -- how, or why not
    CONSTRAINT breach_told_no_earlier_than_recorded CHECK (told_at <= recorded_at)
);
CREATE INDEX IF NOT EXISTS breach_told_of ON control.breach_told (duty_case);

CREATE TABLE IF NOT EXISTS control.breach_letter (
    id uuid PRIMARY KEY,
    duty_case uuid NOT NULL REFERENCES control.breach ON DELETE CASCADE,
    letter_sealed bytea NOT NULL,
    asked_by text NOT NULL CHECK (asked_by <> ''),
    asked_at timestamptz NOT NULL,
    approved_by text NOT NULL DEFAULT '',
    approved_at timestamptz,
    refused_by text NOT NULL DEFAULT '',
    finished_at timestamptz,                   -- everybody on the list was written to, or has no address
    CONSTRAINT breach_letter_is_approved_by_another CHECK (approved_by <> asked_by),
    CONSTRAINT breach_letter_approval_is_whole CHECK ((approved_by = '') = (approved_at IS NULL)),
    CONSTRAINT breach_letter_goes_out_approved CHECK (finished_at IS NULL OR approved_at IS NOT NULL)
);
CREATE INDEX IF NOT EXISTS breach_letter_of ON control.breach_letter (duty_case);

CREATE TABLE IF NOT EXISTS control.breach_person (
    duty_case uuid NOT NULL REFERENCES control.breach ON DELETE CASCADE,
    store text NOT NULL,
    table_name text NOT NULL,                  -- the subject table
    digest bytea NOT NULL,
    key_sealed bytea NOT NULL,                 -- whose row it is
    categories text[] NOT NULL,
    organisation boolean NOT NULL,
    counted_at timestamptz NOT NULL,
    letter uuid REFERENCES control.breach_letter,
    state text NOT NULL DEFAULT '',            -- '' not yet, queued, no_address, gone, not_sent
    queued_at timestamptz,
    message uuid,                              -- in the outbox; people with one address share it
    PRIMARY KEY (duty_case, store, table_name, digest),
    CONSTRAINT breach_person_is_written_to_with_a_letter CHECK ((state = '') = (letter IS NULL))
);

CREATE OR REPLACE FUNCTION control.breach_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.aware_at > OLD.aware_at THEN
        RAISE EXCEPTION 'nobody becomes aware later than they did' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER breach_stays BEFORE UPDATE ON control.breach
    FOR EACH ROW EXECUTE FUNCTION control.breach_stays();

CREATE OR REPLACE FUNCTION control.breach_record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'who was told is not changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER breach_told_stays BEFORE UPDATE ON control.breach_told
    FOR EACH ROW EXECUTE FUNCTION control.breach_record_stays();

CREATE OR REPLACE FUNCTION control.breach_letter_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.letter_sealed <> OLD.letter_sealed OR NEW.asked_by <> OLD.asked_by OR NEW.duty_case <> OLD.duty_case
            OR (OLD.approved_at IS NOT NULL AND (NEW.approved_by, NEW.approved_at) IS DISTINCT FROM (OLD.approved_by, OLD.approved_at)) THEN
        RAISE EXCEPTION 'a letter that was asked for is not exchanged' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER breach_letter_stays BEFORE UPDATE ON control.breach_letter
    FOR EACH ROW EXECUTE FUNCTION control.breach_letter_stays();

-- Nobody is written to but with an approved letter of the same breach, and nobody twice.
CREATE OR REPLACE FUNCTION control.breach_person_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.letter IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.letter IS NOT NULL AND NEW.letter <> OLD.letter THEN
        RAISE EXCEPTION 'nobody is written to twice' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM FROM control.breach_letter l
    WHERE l.id = NEW.letter AND l.duty_case = NEW.duty_case AND l.approved_at IS NOT NULL AND l.refused_by = '';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no approved letter goes to this person' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER breach_person_is_told BEFORE INSERT OR UPDATE ON control.breach_person
    FOR EACH ROW EXECUTE FUNCTION control.breach_person_is_told();
