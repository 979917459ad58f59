-- Which policy version stands at which address since when. Every statement may run again.
CREATE TABLE IF NOT EXISTS control.publication (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    version text NOT NULL,
    place text NOT NULL,                       -- the path at the privacy centre, such as /company/privacy-policy
    effective_on date NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    synthetic boolean NOT NULL DEFAULT false   -- the mystery shopper's, at an address that nobody knows
);
CREATE INDEX IF NOT EXISTS publication_newest ON control.publication (company, place, effective_on DESC, published_at DESC);

-- What was published stays published: a later version takes its place, and nothing takes it back.
CREATE OR REPLACE FUNCTION control.refuse_unpublishing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.synthetic THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'what was published stays published' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER publication_stays BEFORE UPDATE OR DELETE ON control.publication
    FOR EACH ROW EXECUTE FUNCTION control.refuse_unpublishing();
CREATE OR REPLACE TRIGGER publication_is_never_emptied BEFORE TRUNCATE ON control.publication
    FOR EACH STATEMENT EXECUTE FUNCTION control.refuse_unpublishing();
