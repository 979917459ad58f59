-- The vault: documents that vouch for something, each sealed under a key of its own, with an owner and an end.
-- Every statement may run again.
CREATE TABLE IF NOT EXISTS control.vault_document (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    kind text NOT NULL,                 -- checked by the registry in code
    name text NOT NULL,                 -- what it is, with its version: "acceptable use policy 2025-03"; never a person
    owner text NOT NULL CHECK (owner <> ''),
    media text NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL,
    key_id uuid NOT NULL REFERENCES control.seal_key,
    content_sealed bytea NOT NULL,
    valid_from date NOT NULL,
    valid_until date NOT NULL,
    remind_days int NOT NULL,
    reminded_at timestamptz,
    put_by text NOT NULL,
    put_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    synthetic boolean NOT NULL DEFAULT false,
    CONSTRAINT vault_document_ends_later CHECK (valid_until >= valid_from)
);
CREATE INDEX IF NOT EXISTS vault_document_until ON control.vault_document (company, valid_until) WHERE withdrawn_at IS NULL;

-- What was put into the vault is not exchanged: a new paper is a new document.
CREATE OR REPLACE FUNCTION control.vault_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.sha256, NEW.content_sealed, NEW.kind, NEW.name, NEW.valid_from, NEW.valid_until)
            IS DISTINCT FROM (OLD.sha256, OLD.content_sealed, OLD.kind, OLD.name, OLD.valid_from, OLD.valid_until) THEN
        RAISE EXCEPTION 'a document in the vault is not exchanged' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER vault_document_stays BEFORE UPDATE ON control.vault_document
    FOR EACH ROW EXECUTE FUNCTION control.vault_document_stays();
