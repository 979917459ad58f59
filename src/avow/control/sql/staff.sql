-- Who of the company's own people may do what, and which programs may call the API. No name and no address stands here:
-- a member is an id whose account lives with the console; tokens and one-time links are kept as digests only.
-- Every statement may run again.

CREATE TABLE IF NOT EXISTS control.staff_member (
    ref text PRIMARY KEY,               -- the user name of the console account
    company text NOT NULL,
    roles text[] NOT NULL,              -- checked by the registry in code
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    invited_by text NOT NULL DEFAULT '',
    ended_at timestamptz,               -- the account stays named in the history, and opens nothing any more
    departments text[] NOT NULL DEFAULT '{}' -- recipient terms below `internal`; none: the privacy office
);

CREATE TABLE IF NOT EXISTS control.staff_invitation (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    digest bytea NOT NULL UNIQUE,       -- SHA-256 of a 256-bit secret
    roles text[] NOT NULL,
    invited_by text NOT NULL DEFAULT '',-- '' : from the command line of the machine itself
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by text NOT NULL DEFAULT '',
    departments text[] NOT NULL DEFAULT '{}'
);

-- Every change of a member's rights, for the auditor.
CREATE TABLE IF NOT EXISTS control.staff_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_ref text NOT NULL,
    name text NOT NULL,                 -- invited, joined, roles, departments, ended, token_made, token_revoked
    about text NOT NULL,                -- ref of the member, id of the token
    roles text[] NOT NULL DEFAULT '{}'  -- what holds from then on: roles, departments, or scopes of a token
);

CREATE TABLE IF NOT EXISTS control.api_client (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    name text NOT NULL,                 -- what the program is: "shop", never a person
    digest bytea NOT NULL UNIQUE,       -- SHA-256 of a 256-bit secret
    scopes text[] NOT NULL,
    made_by text NOT NULL DEFAULT '',
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    used_at timestamptz,
    revoked_at timestamptz
);

-- How often a client called in a minute; rows of past minutes are swept by the next call.
CREATE TABLE IF NOT EXISTS control.api_rate (
    client uuid NOT NULL REFERENCES control.api_client ON DELETE CASCADE,
    minute timestamptz NOT NULL,
    calls int NOT NULL,
    PRIMARY KEY (client, minute)
);

-- What a client was answered under an idempotency key. Answers to changes hold references and states, never values of people.
CREATE TABLE IF NOT EXISTS control.api_answer (
    client uuid NOT NULL REFERENCES control.api_client ON DELETE CASCADE,
    key text NOT NULL,
    digest bytea NOT NULL,              -- SHA-256 of method, path and body: the same key for another call is refused
    status int,                         -- NULL while the call is under way
    body jsonb,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (client, key)
);

-- Where changes of requests are told, signed. The secret is sealed; the address is a company's own endpoint, never a person's.
CREATE TABLE IF NOT EXISTS control.webhook (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    client uuid NOT NULL REFERENCES control.api_client,
    url text NOT NULL,
    events text[] NOT NULL,             -- states of requests, or '*'
    key_id uuid NOT NULL REFERENCES control.seal_key,
    secret_sealed bytea NOT NULL,
    after_event bigint NOT NULL,        -- the timeline event up to which this subscription was told
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
);

-- That an import was screened: who asked, when, how many; never which values.
CREATE TABLE IF NOT EXISTS control.import_screening (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL,
    client uuid NOT NULL REFERENCES control.api_client,
    at timestamptz NOT NULL,
    values_asked int NOT NULL,
    values_refused int NOT NULL
);
