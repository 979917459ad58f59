-- Scheduled reviews of the company's own procedures: what a machine set side by side, and what a person signed.
-- Names of roles, tables and counts only. A signed review never changes, and none is signed by nobody. May run again.
CREATE TABLE IF NOT EXISTS control.duty_review (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    kind text NOT NULL,                 -- procedures: live against declared rights; effect: whether the controls worked
    made_at timestamptz NOT NULL,
    evidence jsonb NOT NULL,
    findings text[] NOT NULL,           -- what a person has to look at, in words
    signed_by text NOT NULL DEFAULT '',
    signed_at timestamptz,
    statement text NOT NULL DEFAULT '', -- what the person says about it
    synthetic boolean NOT NULL DEFAULT false,
    CONSTRAINT duty_review_is_signed_by_somebody CHECK (
        (signed_at IS NULL) = (signed_by = '') AND (signed_at IS NULL) = (btrim(statement) = ''))
);
CREATE INDEX IF NOT EXISTS duty_review_newest ON control.duty_review (company, kind, made_at DESC);

CREATE OR REPLACE FUNCTION control.duty_review_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.signed_at IS NOT NULL OR (NEW.evidence, NEW.findings, NEW.made_at, NEW.kind)
            IS DISTINCT FROM (OLD.evidence, OLD.findings, OLD.made_at, OLD.kind) THEN
        RAISE EXCEPTION 'a review is signed once, as it was made' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER duty_review_stays BEFORE UPDATE ON control.duty_review
    FOR EACH ROW EXECUTE FUNCTION control.duty_review_stays();
