-- Avow's own schema as it was before rights: what a database of that time holds.
CREATE SCHEMA control;

CREATE FUNCTION control.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a registered policy version is immutable' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TABLE control.canary (
    id uuid NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    key_column text NOT NULL,
    key_value text NOT NULL,
    planted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone
);

CREATE TABLE control.check_run (
    id bigint NOT NULL,
    company text NOT NULL,
    policy_version text NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    report jsonb NOT NULL
);

ALTER TABLE control.check_run ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME control.check_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE control.policy_version (
    company text NOT NULL,
    version text NOT NULL,
    digest text NOT NULL,
    published date NOT NULL,
    reason text NOT NULL,
    text text NOT NULL,
    registered_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY control.canary
    ADD CONSTRAINT canary_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.check_run
    ADD CONSTRAINT check_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.policy_version
    ADD CONSTRAINT policy_version_pkey PRIMARY KEY (company, version);

CREATE TRIGGER policy_version_is_immutable BEFORE DELETE OR UPDATE ON control.policy_version FOR EACH ROW EXECUTE FUNCTION control.refuse_change();

CREATE TRIGGER policy_version_is_never_emptied BEFORE TRUNCATE ON control.policy_version FOR EACH STATEMENT EXECUTE FUNCTION control.refuse_change();
