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
-- By which message the owner is told: customers see the fall once it is sent, and after 72 hours in any case. An alarm without one
-- was raised where nobody is named who could be written to.
CREATE TABLE IF NOT EXISTS control.verdict_alarm_mail (
    company text NOT NULL,
    statement text NOT NULL,
    check_run bigint NOT NULL,
    message uuid NOT NULL,
    since timestamptz NOT NULL,                -- of the first check that saw the fall
    told_at timestamptz,                       -- written by the outbox
    PRIMARY KEY (company, statement, check_run)
);
CREATE INDEX IF NOT EXISTS verdict_alarm_mail_message ON control.verdict_alarm_mail (message);
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

-- Who must be told of a version and how: decided, with a ground. Only added to; the newest counts.
CREATE TABLE IF NOT EXISTS control.notice_decision (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL,
    version text NOT NULL,
    ways text[] NOT NULL,                      -- page, banner, mail
    ground text NOT NULL CHECK (ground <> ''),
    told_by date NOT NULL,                     -- the last day on which somebody may be told
    by_whom text NOT NULL,
    at timestamptz NOT NULL,
    synthetic boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS notice_decision_newest ON control.notice_decision (company, version, id DESC);

-- The tables of people who are told of a version: how many stood there, and whether it is closed. Whoever comes in later was
-- shown the new version.
CREATE TABLE IF NOT EXISTS control.notice_audience (
    company text NOT NULL,
    version text NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    people int NOT NULL,                       -- as many as stand below
    taken_at timestamptz NOT NULL,
    closed boolean NOT NULL DEFAULT false,
    synthetic boolean NOT NULL DEFAULT false,
    PRIMARY KEY (company, version, store, table_name)
);
-- One mail for one address, however often it stands there. It is told when the outbox has sent it, and not before.
CREATE TABLE IF NOT EXISTS control.notice_message (
    id uuid PRIMARY KEY,                       -- of the message in the outbox, too
    company text NOT NULL,
    version text NOT NULL,
    address_digest bytea NOT NULL,             -- keyed
    queued_at timestamptz NOT NULL,
    sent_at timestamptz,                       -- written by the outbox
    ended text NOT NULL DEFAULT '',            -- why it will not be sent: a code of the outbox
    synthetic boolean NOT NULL DEFAULT false,
    UNIQUE (company, version, address_digest)
);
CREATE TABLE IF NOT EXISTS control.notice_person (
    company text NOT NULL,
    version text NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    digest bytea NOT NULL,                     -- keyed, of the row that a store knows them by
    message uuid REFERENCES control.notice_message ON UPDATE CASCADE,
    reason text NOT NULL DEFAULT '',           -- why no mail goes to them
    at timestamptz NOT NULL,
    synthetic boolean NOT NULL DEFAULT false,
    PRIMARY KEY (company, version, store, table_name, digest),
    CHECK ((message IS NULL) = (reason <> ''))
);
CREATE INDEX IF NOT EXISTS notice_person_message ON control.notice_person (message);
-- Who pressed that they have read of a version.
CREATE TABLE IF NOT EXISTS control.notice_acknowledged (
    company text NOT NULL,
    version text NOT NULL,
    subject uuid NOT NULL REFERENCES control.subject,
    at timestamptz NOT NULL,
    PRIMARY KEY (company, version, subject)
);

-- What was decided, sent and acknowledged stays so; nobody is told but by a mail that the outbox has sent.
CREATE OR REPLACE FUNCTION control.refuse_untelling() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'notice_acknowledged' AND (to_jsonb(OLD) ->> 'synthetic')::boolean THEN
        RETURN OLD;
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.sent_at IS NULL OR EXISTS (SELECT FROM control.outbox WHERE id = NEW.id AND state = 'sent' AND sent_at = NEW.sent_at) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'notice_message' THEN
        IF NEW.sent_at IS NOT DISTINCT FROM OLD.sent_at AND OLD.sent_at IS NULL
           OR EXISTS (SELECT FROM control.outbox WHERE id = NEW.id AND state = 'sent' AND sent_at = NEW.sent_at) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'who was told of a version is only what the outbox has sent' USING ERRCODE = 'restrict_violation';
END $$;
-- Whoever a mail goes to is not pointed to one that was sent to somebody else, and not taken out of those who wait. Whoever was left
-- out comes to the mail of their address, also where that has left already: two people may have one address.
CREATE OR REPLACE FUNCTION control.keep_notice_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.message IS NULL OR NEW.message IS NOT DISTINCT FROM OLD.message THEN
        RETURN NEW;
    ELSIF NEW.message IS NULL THEN
        IF EXISTS (SELECT FROM control.notice_message WHERE id = OLD.message AND sent_at IS NULL AND ended <> '') THEN
            RETURN NEW;
        END IF;
    ELSIF NOT EXISTS (SELECT FROM control.notice_message WHERE id = NEW.message AND sent_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'who was told of a version is only what the outbox has sent' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER notice_person_is_true BEFORE UPDATE ON control.notice_person
    FOR EACH ROW EXECUTE FUNCTION control.keep_notice_person();
CREATE OR REPLACE TRIGGER notice_decision_stays BEFORE UPDATE OR DELETE ON control.notice_decision
    FOR EACH ROW EXECUTE FUNCTION control.refuse_untelling();
CREATE OR REPLACE TRIGGER notice_message_is_true BEFORE INSERT OR UPDATE OR DELETE ON control.notice_message
    FOR EACH ROW EXECUTE FUNCTION control.refuse_untelling();
CREATE OR REPLACE TRIGGER notice_person_stays BEFORE DELETE ON control.notice_person
    FOR EACH ROW EXECUTE FUNCTION control.refuse_untelling();
CREATE OR REPLACE TRIGGER notice_acknowledged_stays BEFORE UPDATE ON control.notice_acknowledged
    FOR EACH ROW EXECUTE FUNCTION control.refuse_untelling();

-- What became of a message, in the statement that changes the outbox: nothing can be sent and not be noted. Whoever puts messages in
-- has no right to these tables, so it runs as their owner.
CREATE OR REPLACE FUNCTION control.note_outcome() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    UPDATE control.notice_message SET sent_at = NEW.sent_at,
        ended = CASE WHEN NEW.state = 'sent' THEN '' WHEN NEW.state = 'expired' OR NEW.error = '' THEN NEW.state ELSE NEW.error END
    WHERE id = NEW.id;
    IF NEW.state = 'sent' THEN
        UPDATE control.disclosure_notice n SET told_at = NEW.sent_at FROM control.disclosure_notice_mail m
        WHERE m.message = NEW.id AND n.id = m.notice AND n.told_at IS NULL;
        UPDATE control.verdict_alarm_mail SET told_at = NEW.sent_at WHERE message = NEW.id AND told_at IS NULL;
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION control.note_outcome() FROM PUBLIC;
CREATE OR REPLACE TRIGGER outbox_outcome AFTER INSERT OR UPDATE OF state ON control.outbox
    FOR EACH ROW WHEN (NEW.state IN ('sent', 'refused', 'expired')) EXECUTE FUNCTION control.note_outcome();
