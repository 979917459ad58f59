-- Avow's own records. Every statement may run again on a database that has it already.
CREATE SCHEMA IF NOT EXISTS control;

CREATE TABLE IF NOT EXISTS control.policy_version (
    company text NOT NULL,
    version text NOT NULL,
    digest text NOT NULL,
    published date NOT NULL,
    reason text NOT NULL,
    text text NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (company, version)
);

-- A published version never changes and never goes away: the policy says "old versions stay readable".
CREATE OR REPLACE FUNCTION control.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a registered policy version is immutable' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER policy_version_is_immutable
    BEFORE UPDATE OR DELETE ON control.policy_version
    FOR EACH ROW EXECUTE FUNCTION control.refuse_change();
CREATE OR REPLACE TRIGGER policy_version_is_never_emptied
    BEFORE TRUNCATE ON control.policy_version
    FOR EACH STATEMENT EXECUTE FUNCTION control.refuse_change();

CREATE TABLE IF NOT EXISTS control.check_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL,
    policy_version text NOT NULL,
    checked_at timestamptz NOT NULL,
    report jsonb NOT NULL
);

CREATE TABLE IF NOT EXISTS control.canary (
    id uuid PRIMARY KEY,
    store text NOT NULL,
    table_name text NOT NULL,
    key_column text NOT NULL,
    key_value text NOT NULL,
    planted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    removed_at timestamptz,
    owner text NOT NULL DEFAULT ''      -- the shopper's run that it belongs to, '' : the store's own
);
