-- Cases of the company's own duties. Facts and scope are sealed; what stands in the clear names kinds, times and staff accounts.
-- What a case must never be is refused here, whoever writes: approved by its requester, open without an approver where its kind
-- needs one, ended without an outcome, changed after its end. Every statement may run again.
CREATE TABLE IF NOT EXISTS control.duty_case (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    kind text NOT NULL,                 -- checked by the registry in code
    state text NOT NULL,                -- requested, open, refused, closed; past expires_at an open one counts as expired
    requested_by text NOT NULL CHECK (requested_by <> ''),
    approved_by text NOT NULL DEFAULT '',
    owner text NOT NULL DEFAULT '',     -- who works on it
    fact_names text[] NOT NULL,         -- which facts are given; the facts themselves are sealed
    key_id uuid NOT NULL REFERENCES control.seal_key,
    facts_sealed bytea NOT NULL,
    scope_sealed bytea NOT NULL,
    requested_at timestamptz NOT NULL,
    opened_at timestamptz,
    expires_at timestamptz NOT NULL,
    worked_at timestamptz NOT NULL,     -- when anybody last did anything about it
    ended_at timestamptz,
    outcome text NOT NULL DEFAULT '',   -- of old cases, until a worker has sealed it
    synthetic boolean NOT NULL DEFAULT false,
    outcome_sealed bytea,
    CONSTRAINT duty_case_is_approved_by_another CHECK (approved_by <> requested_by),
    CONSTRAINT duty_case_opens_with_an_approver CHECK (
        opened_at IS NULL OR approved_by <> '' OR kind IN ('abuse', 'breach', 'complaint')),
    CONSTRAINT duty_case_ends_with_an_outcome CHECK (
        (state IN ('closed', 'refused')) = (ended_at IS NOT NULL)
        AND (ended_at IS NULL OR outcome_sealed IS NOT NULL OR btrim(outcome) <> '')),
    CONSTRAINT duty_case_names_its_authority CHECK (
        kind <> 'legal_disclosure' OR fact_names @> '{authority,ground}'),
    CONSTRAINT duty_case_expires_later CHECK (expires_at > requested_at)
);
CREATE INDEX IF NOT EXISTS duty_case_going ON control.duty_case (company, kind) WHERE ended_at IS NULL;

-- What was done about a case: never changed, never taken away while its case stands.
CREATE TABLE IF NOT EXISTS control.duty_case_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    duty_case uuid NOT NULL REFERENCES control.duty_case ON DELETE CASCADE,
    at timestamptz NOT NULL,
    actor_ref text NOT NULL,
    name text NOT NULL,
    note_sealed bytea,
    by_cli boolean NOT NULL DEFAULT false -- named on a command line: nothing proves that it was them
);
CREATE INDEX IF NOT EXISTS duty_case_event_of ON control.duty_case_event (duty_case, id);

-- What left the house out of a case: to whom, under which words, how much of what; never a value.
CREATE TABLE IF NOT EXISTS control.duty_case_disclosure (
    id uuid PRIMARY KEY,
    duty_case uuid NOT NULL REFERENCES control.duty_case ON DELETE CASCADE,
    at timestamptz NOT NULL,
    actor_ref text NOT NULL,
    recipient text NOT NULL,            -- a recipient of the vocabulary
    clause text NOT NULL CHECK (clause <> ''),
    terms_version text NOT NULL CHECK (terms_version <> ''),
    terms_sha256 text NOT NULL CHECK (terms_sha256 <> ''),
    fields text[] NOT NULL CHECK (cardinality(fields) > 0),
    rows int NOT NULL,
    sha256 text NOT NULL
);
CREATE INDEX IF NOT EXISTS duty_case_disclosure_of ON control.duty_case_disclosure (duty_case);

CREATE OR REPLACE FUNCTION control.duty_case_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL AND OLD.outcome_sealed IS NULL AND NEW.outcome_sealed IS NOT NULL AND NEW.outcome = ''
            AND (NEW.state, NEW.ended_at, NEW.approved_by, NEW.owner, NEW.worked_at, NEW.opened_at, NEW.facts_sealed)
                IS NOT DISTINCT FROM
                (OLD.state, OLD.ended_at, OLD.approved_by, OLD.owner, OLD.worked_at, OLD.opened_at, OLD.facts_sealed) THEN
        RETURN NEW; -- the same outcome, sealed
    END IF;
    IF OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'an ended case does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.kind <> OLD.kind OR NEW.requested_by <> OLD.requested_by OR NEW.fact_names <> OLD.fact_names
            OR NEW.scope_sealed <> OLD.scope_sealed OR (OLD.opened_at IS NOT NULL AND NEW.expires_at > OLD.expires_at) THEN
        RAISE EXCEPTION 'what a case was asked for does not change: ask for a new one' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER duty_case_stays BEFORE UPDATE ON control.duty_case
    FOR EACH ROW EXECUTE FUNCTION control.duty_case_stays();

CREATE OR REPLACE FUNCTION control.duty_case_record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was done about a case is not changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER duty_case_event_stays BEFORE UPDATE ON control.duty_case_event
    FOR EACH ROW EXECUTE FUNCTION control.duty_case_record_stays();
CREATE OR REPLACE TRIGGER duty_case_disclosure_stays BEFORE UPDATE ON control.duty_case_disclosure
    FOR EACH ROW EXECUTE FUNCTION control.duty_case_record_stays();

-- Data goes to an authority out of an approved case that is open now, whoever writes the line.
CREATE OR REPLACE FUNCTION control.duty_case_discloses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM control.duty_case c
    WHERE c.id = NEW.duty_case AND c.kind = 'legal_disclosure' AND c.state = 'open' AND c.approved_by <> ''
      AND c.expires_at > clock_timestamp()
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no approved case is open for this disclosure' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER duty_case_discloses BEFORE INSERT ON control.duty_case_disclosure
    FOR EACH ROW EXECUTE FUNCTION control.duty_case_discloses();
