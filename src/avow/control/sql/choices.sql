-- What people said about uses of their data: one line for each answer, never changed, newest last. Only ids and words of closed lists:
-- who a subject is stands sealed elsewhere. After ISO/IEC TS 27560 (consent records and receipts).
CREATE TABLE IF NOT EXISTS control.consent (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    subject uuid NOT NULL REFERENCES control.subject,
    purpose text NOT NULL,
    recipient text NOT NULL DEFAULT '', -- for whom, where the answer is about giving data to somebody
    channel text NOT NULL DEFAULT '',   -- '' the use itself; email, phone, post: only by this way
    outcome text NOT NULL,              -- given, refused, withdrawn, unanswered
    explicit boolean NOT NULL,          -- said in so many words; false: deemed
    method text NOT NULL,               -- order form, order phone, centre, one-click, staff, api, import ...
    wording text NOT NULL DEFAULT '',   -- version of the question
    policy_version text NOT NULL,
    said_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    store text NOT NULL DEFAULT '',     -- where it was first written down, and its number there
    store_seq bigint
);
CREATE UNIQUE INDEX IF NOT EXISTS consent_once ON control.consent (company, store, store_seq) WHERE store_seq IS NOT NULL;
CREATE INDEX IF NOT EXISTS consent_subject ON control.consent (subject, purpose, said_at DESC);
CREATE TABLE IF NOT EXISTS control.consent_receipt (
    consent uuid PRIMARY KEY REFERENCES control.consent,
    document jsonb NOT NULL,
    signature bytea NOT NULL,           -- Ed25519 over the canonical form
    made_at timestamptz NOT NULL
);
-- Answers whose addresses no list knows yet, or that have no receipt: work of the next pass.
CREATE TABLE IF NOT EXISTS control.consent_waiting (
    consent uuid PRIMARY KEY REFERENCES control.consent
);
CREATE OR REPLACE FUNCTION control.refuse_consent_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what somebody said is never changed: record what they say now' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER consent_is_immutable BEFORE UPDATE OR DELETE ON control.consent
    FOR EACH ROW EXECUTE FUNCTION control.refuse_consent_change();
CREATE OR REPLACE TRIGGER consent_receipt_is_immutable BEFORE UPDATE OR DELETE ON control.consent_receipt
    FOR EACH ROW EXECUTE FUNCTION control.refuse_consent_change();
CREATE OR REPLACE TRIGGER consent_is_never_emptied BEFORE TRUNCATE ON control.consent
    FOR EACH STATEMENT EXECUTE FUNCTION control.refuse_consent_change();
