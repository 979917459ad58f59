CREATE SCHEMA IF NOT EXISTS avow;
CREATE TABLE IF NOT EXISTS avow.install (
  id text PRIMARY KEY, database_oid oid NOT NULL, store text NOT NULL, policy_version text NOT NULL
);
CREATE TABLE IF NOT EXISTS avow.object (
  key text PRIMARY KEY, seq bigint GENERATED ALWAYS AS IDENTITY, phase text NOT NULL, wanted text NOT NULL, live text,
  create_sql text NOT NULL, undo_sql text NOT NULL, why text[] NOT NULL, on_table text NOT NULL, on_role text NOT NULL
);
CREATE TABLE IF NOT EXISTS avow.pair (
  number int PRIMARY KEY, purpose text NOT NULL, recipient text NOT NULL, role text NOT NULL, schema text NOT NULL,
  UNIQUE (purpose, recipient)
);
CREATE TABLE IF NOT EXISTS avow.bit (
  number int PRIMARY KEY CHECK (number BETWEEN 0 AND 62), effect text NOT NULL CHECK (effect IN ('deny', 'admit')),
  mark text NOT NULL, UNIQUE (effect, mark)
);
CREATE TABLE IF NOT EXISTS avow.subject_state (
  subject_table text, subject_key text, mask bigint NOT NULL DEFAULT 0, marks text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (subject_table, subject_key)
);
-- The way that every new row about a person takes: one page instead of the levels of a tree.
CREATE INDEX IF NOT EXISTS subject_state_by_key ON avow.subject_state USING hash (subject_key);
CREATE TABLE IF NOT EXISTS avow.handling (
  id int PRIMARY KEY, source text NOT NULL, ground text NOT NULL DEFAULT '', notice text NOT NULL DEFAULT '', UNIQUE (source, ground, notice)
);
CREATE TABLE IF NOT EXISTS avow.case_open (
  case_id text PRIMARY KEY, kind text NOT NULL, subject_table text NOT NULL, subject_key text NOT NULL,
  opened_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, ended_at timestamptz
);
CREATE TABLE IF NOT EXISTS avow.batch (
  id uuid PRIMARY KEY, intake text NOT NULL, facts jsonb NOT NULL, opened_at timestamptz NOT NULL DEFAULT now(), closed_at timestamptz
);
CREATE TABLE IF NOT EXISTS avow.party (login text, attribute text, key text NOT NULL, PRIMARY KEY (login, attribute));
CREATE TABLE IF NOT EXISTS avow.step (run text, item text, PRIMARY KEY (run, item));
-- Figures of groups that stay when their rows go, and the periods of a table that were counted before the first row of them
-- went, under whatever limit that was, with how many figures were written then.
CREATE TABLE IF NOT EXISTS avow.kept_period (
  table_name text, grain text CHECK (grain IN ('month', 'day')), period date, rule text NOT NULL, written bigint NOT NULL,
  PRIMARY KEY (table_name, grain, period)
);
CREATE TABLE IF NOT EXISTS avow.kept_figure (
  rule text, table_name text, aggregate text, period date, groups jsonb, subjects bigint NOT NULL, figures jsonb NOT NULL,
  PRIMARY KEY (rule, table_name, aggregate, period, groups)
);
DO $do$ BEGIN  -- marks from before were of one limit, and did not say what they are of: of days where some begin amid a month
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'avow.kept_period'::regclass AND attname = 'grain') THEN
    RETURN;
  END IF;
  ALTER TABLE avow.kept_period DROP CONSTRAINT kept_period_pkey,
    ADD COLUMN grain text CHECK (grain IN ('month', 'day')), ADD COLUMN written bigint;
  UPDATE avow.kept_period p SET written = (SELECT count(*) FROM avow.kept_figure f
      WHERE (f.rule, f.table_name, f.period) = (p.rule, p.table_name, p.period)),
    grain = CASE WHEN EXISTS (SELECT FROM avow.kept_period d WHERE (d.rule, d.table_name) = (p.rule, p.table_name)
      AND extract(day FROM d.period) <> 1) THEN 'day' ELSE 'month' END;
  DELETE FROM avow.kept_period p USING avow.kept_period o
    WHERE (o.table_name, o.grain, o.period) = (p.table_name, p.grain, p.period) AND o.rule < p.rule;
  ALTER TABLE avow.kept_period ADD PRIMARY KEY (table_name, grain, period),
    ALTER rule SET NOT NULL, ALTER written SET NOT NULL;
END $do$;
CREATE TABLE IF NOT EXISTS avow.suppression_key (ipad bytea NOT NULL, opad bytea NOT NULL, one boolean PRIMARY KEY DEFAULT true CHECK (one));
CREATE TABLE IF NOT EXISTS avow.suppressed (digest bytea, mark text, PRIMARY KEY (digest, mark));
CREATE TABLE IF NOT EXISTS avow.choice (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject_table text NOT NULL, subject_key text NOT NULL, purpose text NOT NULL,
  outcome text NOT NULL, channel text NOT NULL DEFAULT '', at timestamptz NOT NULL DEFAULT clock_timestamp(),
  by_role text NOT NULL DEFAULT session_user, taken boolean NOT NULL DEFAULT false,
  noted timestamptz NOT NULL DEFAULT now()  -- since when a worker may take it in: an answer that is recalled was given long before
);
DO $add$ BEGIN  -- for a table that an earlier version made; nobody is locked out where it is there
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'avow.choice'::regclass AND attname = 'noted') THEN
    ALTER TABLE avow.choice ADD COLUMN noted timestamptz NOT NULL DEFAULT now();
  END IF;
END $add$;
CREATE INDEX IF NOT EXISTS choice_newest ON avow.choice (subject_table, subject_key, purpose, seq DESC);
CREATE INDEX IF NOT EXISTS choice_waiting ON avow.choice (seq) WHERE NOT taken;
