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

-- Which verdicts customers may see: off until somebody switches it on, sentence by sentence, bound to the words of the sentence.
CREATE TABLE IF NOT EXISTS control.verdict_switch (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL,
    statement text NOT NULL,
    quote_sha256 text NOT NULL,
    shown boolean NOT NULL,
    by_whom text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS verdict_switch_newest ON control.verdict_switch (company, statement, id DESC);

-- A fall to broken is told to the owner before a customer sees it; until it was told, and while it is held, customers read
-- that the sentence is being looked into: never the better verdict of before.
CREATE TABLE IF NOT EXISTS control.verdict_alarm (
    company text NOT NULL,
    statement text NOT NULL,
    check_run bigint NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (company, statement, check_run)
);
CREATE TABLE IF NOT EXISTS control.verdict_hold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL,
    statement text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    by_whom text NOT NULL,
    at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    CHECK (until > at AND until <= at + interval '72 hours')
);
CREATE INDEX IF NOT EXISTS verdict_hold_newest ON control.verdict_hold (company, statement, until DESC);

-- Who looked at how a sentence was read into rules, bound to the words and to the rules.
CREATE TABLE IF NOT EXISTS control.reading_approval (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL,
    version text NOT NULL,
    statement text NOT NULL,
    quote_sha256 text NOT NULL,
    reading_sha256 text NOT NULL,
    by_whom text NOT NULL,
    at timestamptz NOT NULL
);
