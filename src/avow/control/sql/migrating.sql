-- What was done to this database: the numbered changes, and which releases' schemas it has. May run again.
CREATE SCHEMA IF NOT EXISTS control;
CREATE TABLE IF NOT EXISTS control.migration (
    number int PRIMARY KEY,
    name text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS control.schema_made (
    digest text PRIMARY KEY,            -- SHA-256 over all statements of a release
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
