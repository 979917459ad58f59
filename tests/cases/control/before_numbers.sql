-- Avow's own schema as it was when changes were not numbered yet.
CREATE SCHEMA control;

CREATE FUNCTION control.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a registered policy version is immutable' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION control.refuse_event_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a timeline is only added to' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TABLE control.answer (
    id uuid NOT NULL,
    request uuid NOT NULL,
    key_id uuid NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    released_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    score smallint NOT NULL,
    opened_at timestamp with time zone
);

CREATE TABLE control.answer_chunk (
    answer uuid NOT NULL,
    name text NOT NULL,
    number integer NOT NULL,
    sealed bytea NOT NULL
);

CREATE TABLE control.answer_file (
    answer uuid NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    bytes bigint NOT NULL,
    sha256 bytea NOT NULL
);

CREATE TABLE control.api_answer (
    client uuid NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    status integer,
    body jsonb,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE control.api_client (
    id uuid NOT NULL,
    company text NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL,
    scopes text[] NOT NULL,
    made_by text DEFAULT ''::text NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone
);

CREATE TABLE control.api_rate (
    client uuid NOT NULL,
    minute timestamp with time zone NOT NULL,
    calls integer NOT NULL
);

CREATE TABLE control.canary (
    id uuid NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    key_column text NOT NULL,
    key_value text NOT NULL,
    planted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    owner text DEFAULT ''::text NOT NULL
);

CREATE TABLE control.certificate (
    id uuid NOT NULL,
    request uuid NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    document jsonb NOT NULL,
    signature bytea NOT NULL
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

CREATE TABLE control.erasure_replay (
    company text NOT NULL,
    request uuid NOT NULL,
    store text NOT NULL,
    system text NOT NULL,
    table_name text NOT NULL,
    key_sealed bytea NOT NULL,
    fades_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE control.erasure_replayed (
    company text NOT NULL,
    store text NOT NULL,
    system text NOT NULL,
    restored text DEFAULT ''::text NOT NULL,
    run text NOT NULL,
    people integer DEFAULT 0 NOT NULL,
    finished_at timestamp with time zone
);

CREATE TABLE control.holding (
    subject uuid NOT NULL,
    sealed bytea,
    asked_at timestamp with time zone,
    counted_at timestamp with time zone
);

CREATE TABLE control.identity_challenge (
    id uuid NOT NULL,
    request uuid NOT NULL,
    step text NOT NULL,
    digest bytea NOT NULL,
    address_digest bytea DEFAULT '\x'::bytea NOT NULL,
    sealed bytea,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    tries_left integer NOT NULL,
    passed_at timestamp with time zone,
    deleted_at timestamp with time zone
);

CREATE TABLE control.import_screening (
    id bigint NOT NULL,
    company text NOT NULL,
    client uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    values_asked integer NOT NULL,
    values_refused integer NOT NULL
);

ALTER TABLE control.import_screening ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME control.import_screening_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE control.outbox (
    id uuid NOT NULL,
    company text NOT NULL,
    kind text NOT NULL,
    template text NOT NULL,
    request uuid,
    batch text DEFAULT ''::text NOT NULL,
    state text NOT NULL,
    key_id uuid NOT NULL,
    to_sealed bytea NOT NULL,
    body_sealed bytea NOT NULL,
    to_domain text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    retry_at timestamp with time zone,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone,
    sent_at timestamp with time zone,
    synthetic boolean DEFAULT false NOT NULL
);

CREATE TABLE control.outbox_approval (
    company text NOT NULL,
    batch text NOT NULL,
    asked_by text NOT NULL,
    recipients integer NOT NULL,
    asked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    decided_by text,
    decided_at timestamp with time zone,
    approved boolean
);

CREATE TABLE control.outbox_binding (
    company text NOT NULL,
    system text NOT NULL,
    bound_by text NOT NULL,
    bound_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
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

CREATE TABLE control.request (
    id uuid NOT NULL,
    company text NOT NULL,
    reference text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    channel text NOT NULL,
    jurisdiction text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    original_received_at timestamp with time zone,
    due_at timestamp with time zone NOT NULL,
    due_source text NOT NULL,
    extended_at timestamp with time zone,
    paused_at timestamp with time zone,
    paused_seconds bigint DEFAULT 0 NOT NULL,
    waits_until timestamp with time zone,
    identity_needed text NOT NULL,
    identity_reached text DEFAULT 'none'::text NOT NULL,
    subject uuid,
    account text DEFAULT ''::text NOT NULL,
    opened_by text DEFAULT ''::text NOT NULL,
    scope text[] DEFAULT '{}'::text[] NOT NULL,
    merged_into uuid,
    owner text DEFAULT ''::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    held boolean,
    fee_cents bigint,
    fee_currency text DEFAULT ''::text NOT NULL,
    fee_basis text DEFAULT ''::text NOT NULL,
    fee_announced_at timestamp with time zone,
    fee_accepted_at timestamp with time zone,
    fee_paid_at timestamp with time zone,
    synthetic boolean DEFAULT false NOT NULL,
    key_id uuid NOT NULL,
    contact_sealed bytea NOT NULL,
    wish_sealed bytea NOT NULL,
    duplicate_digest bytea NOT NULL,
    step_run text DEFAULT ''::text NOT NULL,
    closed_at timestamp with time zone,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE control.request_decision (
    request uuid NOT NULL,
    item text NOT NULL,
    item_sealed bytea,
    decision text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    actor_ref text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE control.request_event (
    id bigint NOT NULL,
    request uuid NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    actor_kind text NOT NULL,
    actor_ref text DEFAULT ''::text NOT NULL,
    name text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE control.request_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME control.request_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE control.request_hold (
    id bigint NOT NULL,
    request uuid NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    row_sealed bytea,
    ground text NOT NULL,
    owner text NOT NULL,
    review_on date NOT NULL,
    released_at timestamp with time zone
);

ALTER TABLE control.request_hold ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME control.request_hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE control.request_match (
    request uuid NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    key_digest bytea NOT NULL,
    key_sealed bytea NOT NULL,
    organisation bytea,
    reason text NOT NULL,
    confidence real NOT NULL,
    card_sealed bytea,
    verdict text NOT NULL
);

CREATE TABLE control.request_message (
    id bigint NOT NULL,
    request uuid NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    direction text NOT NULL,
    template text DEFAULT ''::text NOT NULL,
    actor_kind text NOT NULL,
    actor_ref text DEFAULT ''::text NOT NULL,
    sealed bytea NOT NULL
);

ALTER TABLE control.request_message ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME control.request_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE control.request_store (
    request uuid NOT NULL,
    store text NOT NULL,
    step text NOT NULL,
    covered text NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    cause text DEFAULT ''::text NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    searched text[] DEFAULT '{}'::text[] NOT NULL,
    detail_sealed bytea,
    retry_at timestamp with time zone,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE control.seal_key (
    id uuid NOT NULL,
    wrapped bytea,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    dropped_at timestamp with time zone
);

CREATE TABLE control.shopper_finding (
    run uuid NOT NULL,
    "right" text NOT NULL,
    aspect text NOT NULL,
    result text NOT NULL,
    seen text NOT NULL,
    at timestamp with time zone NOT NULL,
    ms real NOT NULL
);

CREATE TABLE control.shopper_run (
    id uuid NOT NULL,
    company text NOT NULL,
    policy_version text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    stopped boolean DEFAULT false NOT NULL
);

CREATE TABLE control.staff_event (
    id bigint NOT NULL,
    company text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    actor_ref text NOT NULL,
    name text NOT NULL,
    about text NOT NULL,
    roles text[] DEFAULT '{}'::text[] NOT NULL
);

ALTER TABLE control.staff_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME control.staff_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE control.staff_invitation (
    id uuid NOT NULL,
    company text NOT NULL,
    digest bytea NOT NULL,
    roles text[] NOT NULL,
    invited_by text DEFAULT ''::text NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    used_by text DEFAULT ''::text NOT NULL
);

CREATE TABLE control.staff_look (
    id bigint NOT NULL,
    company text NOT NULL,
    subject uuid,
    request uuid,
    staff_ref text NOT NULL,
    role text NOT NULL,
    purpose text NOT NULL,
    what text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE control.staff_look ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME control.staff_look_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE control.staff_member (
    ref text NOT NULL,
    company text NOT NULL,
    roles text[] NOT NULL,
    joined_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    invited_by text DEFAULT ''::text NOT NULL,
    ended_at timestamp with time zone
);

CREATE TABLE control.subject (
    id uuid NOT NULL,
    company text NOT NULL,
    key_id uuid NOT NULL,
    jurisdiction text DEFAULT ''::text NOT NULL,
    merged_into uuid,
    version bigint DEFAULT 0 NOT NULL,
    synthetic boolean DEFAULT false NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    erased_at timestamp with time zone
);

CREATE TABLE control.subject_identifier (
    company text NOT NULL,
    kind text NOT NULL,
    digest bytea NOT NULL,
    normalisation integer DEFAULT 1 NOT NULL,
    subject uuid NOT NULL,
    sealed bytea NOT NULL,
    proven_at timestamp with time zone,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE control.subject_key (
    company text NOT NULL,
    store text NOT NULL,
    table_name text NOT NULL,
    key_digest bytea NOT NULL,
    subject uuid NOT NULL,
    key_sealed bytea NOT NULL,
    reason text NOT NULL,
    confidence real NOT NULL,
    confirmed boolean DEFAULT false NOT NULL,
    found_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT subject_key_confidence_check CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision)))
);

CREATE TABLE control.subject_merge (
    id bigint NOT NULL,
    kept uuid NOT NULL,
    gone uuid NOT NULL,
    undone boolean DEFAULT false NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE control.subject_merge ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME control.subject_merge_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE control.subject_state (
    subject uuid NOT NULL,
    mark text NOT NULL,
    held boolean NOT NULL,
    version bigint NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    request uuid
);

CREATE TABLE control.subject_state_effect (
    subject uuid NOT NULL,
    store text NOT NULL,
    version bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE control.suppression (
    company text NOT NULL,
    kind text NOT NULL,
    digest bytea NOT NULL,
    normalisation integer DEFAULT 1 NOT NULL,
    mark text NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    request uuid
);

CREATE TABLE control.task (
    id uuid NOT NULL,
    company text NOT NULL,
    request uuid NOT NULL,
    store text NOT NULL,
    step text NOT NULL,
    owner text NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    reminded_at timestamp with time zone,
    evidence_sealed bytea,
    outcome text DEFAULT ''::text NOT NULL,
    done_by text DEFAULT ''::text NOT NULL,
    done_at timestamp with time zone
);

CREATE TABLE control.webhook (
    id uuid NOT NULL,
    company text NOT NULL,
    client uuid NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    key_id uuid NOT NULL,
    secret_sealed bytea NOT NULL,
    after_event bigint NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone
);

ALTER TABLE ONLY control.answer_chunk
    ADD CONSTRAINT answer_chunk_pkey PRIMARY KEY (answer, name, number);

ALTER TABLE ONLY control.answer_file
    ADD CONSTRAINT answer_file_pkey PRIMARY KEY (answer, name);

ALTER TABLE ONLY control.answer
    ADD CONSTRAINT answer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.api_answer
    ADD CONSTRAINT api_answer_pkey PRIMARY KEY (client, key);

ALTER TABLE ONLY control.api_client
    ADD CONSTRAINT api_client_digest_key UNIQUE (digest);

ALTER TABLE ONLY control.api_client
    ADD CONSTRAINT api_client_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.api_rate
    ADD CONSTRAINT api_rate_pkey PRIMARY KEY (client, minute);

ALTER TABLE ONLY control.canary
    ADD CONSTRAINT canary_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.certificate
    ADD CONSTRAINT certificate_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.check_run
    ADD CONSTRAINT check_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.erasure_replay
    ADD CONSTRAINT erasure_replay_pkey PRIMARY KEY (company, request, store, table_name, key_sealed);

ALTER TABLE ONLY control.erasure_replayed
    ADD CONSTRAINT erasure_replayed_pkey PRIMARY KEY (company, store, system, restored);

ALTER TABLE ONLY control.holding
    ADD CONSTRAINT holding_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY control.identity_challenge
    ADD CONSTRAINT identity_challenge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.import_screening
    ADD CONSTRAINT import_screening_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.outbox_approval
    ADD CONSTRAINT outbox_approval_pkey PRIMARY KEY (company, batch);

ALTER TABLE ONLY control.outbox_binding
    ADD CONSTRAINT outbox_binding_pkey PRIMARY KEY (company);

ALTER TABLE ONLY control.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.policy_version
    ADD CONSTRAINT policy_version_pkey PRIMARY KEY (company, version);

ALTER TABLE ONLY control.request_decision
    ADD CONSTRAINT request_decision_pkey PRIMARY KEY (request, item, actor_ref);

ALTER TABLE ONLY control.request_event
    ADD CONSTRAINT request_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.request_hold
    ADD CONSTRAINT request_hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.request_match
    ADD CONSTRAINT request_match_pkey PRIMARY KEY (request, store, table_name, key_digest);

ALTER TABLE ONLY control.request_message
    ADD CONSTRAINT request_message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.request
    ADD CONSTRAINT request_reference_key UNIQUE (reference);

ALTER TABLE ONLY control.request_store
    ADD CONSTRAINT request_store_pkey PRIMARY KEY (request, store, step);

ALTER TABLE ONLY control.seal_key
    ADD CONSTRAINT seal_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.shopper_finding
    ADD CONSTRAINT shopper_finding_pkey PRIMARY KEY (run, "right", aspect);

ALTER TABLE ONLY control.shopper_run
    ADD CONSTRAINT shopper_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.staff_event
    ADD CONSTRAINT staff_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.staff_invitation
    ADD CONSTRAINT staff_invitation_digest_key UNIQUE (digest);

ALTER TABLE ONLY control.staff_invitation
    ADD CONSTRAINT staff_invitation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.staff_look
    ADD CONSTRAINT staff_look_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.staff_member
    ADD CONSTRAINT staff_member_pkey PRIMARY KEY (ref);

ALTER TABLE ONLY control.subject_identifier
    ADD CONSTRAINT subject_identifier_pkey PRIMARY KEY (company, kind, digest, subject);

ALTER TABLE ONLY control.subject_key
    ADD CONSTRAINT subject_key_pkey PRIMARY KEY (company, store, table_name, key_digest);

ALTER TABLE ONLY control.subject_merge
    ADD CONSTRAINT subject_merge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.subject
    ADD CONSTRAINT subject_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.subject_state_effect
    ADD CONSTRAINT subject_state_effect_pkey PRIMARY KEY (subject, store);

ALTER TABLE ONLY control.subject_state
    ADD CONSTRAINT subject_state_pkey PRIMARY KEY (subject, mark);

ALTER TABLE ONLY control.suppression
    ADD CONSTRAINT suppression_pkey PRIMARY KEY (company, kind, digest, mark);

ALTER TABLE ONLY control.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (id);

ALTER TABLE ONLY control.webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (id);

CREATE INDEX answer_request ON control.answer USING btree (request);

CREATE INDEX certificate_request ON control.certificate USING btree (request);

CREATE INDEX identity_challenge_address ON control.identity_challenge USING btree (address_digest, made_at) WHERE (step = 'code'::text);

CREATE INDEX identity_challenge_request ON control.identity_challenge USING btree (request);

CREATE INDEX outbox_batch ON control.outbox USING btree (company, batch) WHERE (batch <> ''::text);

CREATE INDEX outbox_request ON control.outbox USING btree (request) WHERE (request IS NOT NULL);

CREATE INDEX outbox_sent ON control.outbox USING btree (company, sent_at) WHERE (sent_at IS NOT NULL);

CREATE INDEX outbox_waiting ON control.outbox USING btree (company, made_at) WHERE (state = ANY (ARRAY['held'::text, 'approval'::text, 'queued'::text, 'sending'::text, 'failed'::text]));

CREATE INDEX request_by_account ON control.request USING btree (account) WHERE (account <> ''::text);

CREATE INDEX request_by_due ON control.request USING btree (company, due_at) WHERE (closed_at IS NULL);

CREATE INDEX request_by_state ON control.request USING btree (state, received_at, id);

CREATE INDEX request_by_subject ON control.request USING btree (subject);

CREATE INDEX request_duplicates ON control.request USING btree (company, duplicate_digest) WHERE (closed_at IS NULL);

CREATE INDEX request_event_request ON control.request_event USING btree (request, id);

CREATE INDEX request_hold_request ON control.request_hold USING btree (request);

CREATE INDEX request_message_request ON control.request_message USING btree (request, id);

CREATE INDEX request_store_open ON control.request_store USING btree (state, retry_at) WHERE (state = ANY (ARRAY['waiting'::text, 'failed'::text]));

CREATE INDEX request_waiting ON control.request USING btree (waits_until) WHERE (state = 'waiting'::text);

CREATE INDEX shopper_finding_newest ON control.shopper_finding USING btree ("right", aspect, at DESC);

CREATE INDEX staff_look_subject ON control.staff_look USING btree (subject, at);

CREATE INDEX subject_identifier_subject ON control.subject_identifier USING btree (subject);

CREATE INDEX subject_key_subject ON control.subject_key USING btree (subject);

CREATE INDEX task_open ON control.task USING btree (company, due_at) WHERE (state = 'open'::text);

CREATE TRIGGER policy_version_is_immutable BEFORE DELETE OR UPDATE ON control.policy_version FOR EACH ROW EXECUTE FUNCTION control.refuse_change();

CREATE TRIGGER policy_version_is_never_emptied BEFORE TRUNCATE ON control.policy_version FOR EACH STATEMENT EXECUTE FUNCTION control.refuse_change();

CREATE TRIGGER request_event_is_only_added_to BEFORE DELETE OR UPDATE ON control.request_event FOR EACH ROW EXECUTE FUNCTION control.refuse_event_change();

ALTER TABLE ONLY control.answer_chunk
    ADD CONSTRAINT answer_chunk_answer_name_fkey FOREIGN KEY (answer, name) REFERENCES control.answer_file(answer, name) ON DELETE CASCADE;

ALTER TABLE ONLY control.answer_file
    ADD CONSTRAINT answer_file_answer_fkey FOREIGN KEY (answer) REFERENCES control.answer(id) ON DELETE CASCADE;

ALTER TABLE ONLY control.answer
    ADD CONSTRAINT answer_key_id_fkey FOREIGN KEY (key_id) REFERENCES control.seal_key(id);

ALTER TABLE ONLY control.answer
    ADD CONSTRAINT answer_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.api_answer
    ADD CONSTRAINT api_answer_client_fkey FOREIGN KEY (client) REFERENCES control.api_client(id) ON DELETE CASCADE;

ALTER TABLE ONLY control.api_rate
    ADD CONSTRAINT api_rate_client_fkey FOREIGN KEY (client) REFERENCES control.api_client(id) ON DELETE CASCADE;

ALTER TABLE ONLY control.certificate
    ADD CONSTRAINT certificate_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.erasure_replay
    ADD CONSTRAINT erasure_replay_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.holding
    ADD CONSTRAINT holding_subject_fkey FOREIGN KEY (subject) REFERENCES control.subject(id);

ALTER TABLE ONLY control.identity_challenge
    ADD CONSTRAINT identity_challenge_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.import_screening
    ADD CONSTRAINT import_screening_client_fkey FOREIGN KEY (client) REFERENCES control.api_client(id);

ALTER TABLE ONLY control.outbox
    ADD CONSTRAINT outbox_key_id_fkey FOREIGN KEY (key_id) REFERENCES control.seal_key(id);

ALTER TABLE ONLY control.request_decision
    ADD CONSTRAINT request_decision_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.request_event
    ADD CONSTRAINT request_event_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.request_hold
    ADD CONSTRAINT request_hold_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.request
    ADD CONSTRAINT request_key_id_fkey FOREIGN KEY (key_id) REFERENCES control.seal_key(id);

ALTER TABLE ONLY control.request_match
    ADD CONSTRAINT request_match_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.request
    ADD CONSTRAINT request_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES control.request(id);

ALTER TABLE ONLY control.request_message
    ADD CONSTRAINT request_message_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.request_store
    ADD CONSTRAINT request_store_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.request
    ADD CONSTRAINT request_subject_fkey FOREIGN KEY (subject) REFERENCES control.subject(id);

ALTER TABLE ONLY control.shopper_finding
    ADD CONSTRAINT shopper_finding_run_fkey FOREIGN KEY (run) REFERENCES control.shopper_run(id);

ALTER TABLE ONLY control.subject_identifier
    ADD CONSTRAINT subject_identifier_subject_fkey FOREIGN KEY (subject) REFERENCES control.subject(id);

ALTER TABLE ONLY control.subject
    ADD CONSTRAINT subject_key_id_fkey FOREIGN KEY (key_id) REFERENCES control.seal_key(id);

ALTER TABLE ONLY control.subject_key
    ADD CONSTRAINT subject_key_subject_fkey FOREIGN KEY (subject) REFERENCES control.subject(id);

ALTER TABLE ONLY control.subject_merge
    ADD CONSTRAINT subject_merge_gone_fkey FOREIGN KEY (gone) REFERENCES control.subject(id);

ALTER TABLE ONLY control.subject_merge
    ADD CONSTRAINT subject_merge_kept_fkey FOREIGN KEY (kept) REFERENCES control.subject(id);

ALTER TABLE ONLY control.subject
    ADD CONSTRAINT subject_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES control.subject(id);

ALTER TABLE ONLY control.subject_state_effect
    ADD CONSTRAINT subject_state_effect_subject_fkey FOREIGN KEY (subject) REFERENCES control.subject(id);

ALTER TABLE ONLY control.subject_state
    ADD CONSTRAINT subject_state_subject_fkey FOREIGN KEY (subject) REFERENCES control.subject(id);

ALTER TABLE ONLY control.task
    ADD CONSTRAINT task_request_fkey FOREIGN KEY (request) REFERENCES control.request(id);

ALTER TABLE ONLY control.webhook
    ADD CONSTRAINT webhook_client_fkey FOREIGN KEY (client) REFERENCES control.api_client(id);

ALTER TABLE ONLY control.webhook
    ADD CONSTRAINT webhook_key_id_fkey FOREIGN KEY (key_id) REFERENCES control.seal_key(id);
