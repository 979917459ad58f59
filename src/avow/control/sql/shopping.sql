-- What the mystery shopper did and saw, and the synthetic rows that belong to it. Every statement may run again.

CREATE TABLE IF NOT EXISTS control.shopper_run (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    policy_version text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    stopped boolean NOT NULL DEFAULT false     -- somebody said stop: nothing new is begun, everything is cleaned up
);
CREATE TABLE IF NOT EXISTS control.shopper_finding (
    run uuid NOT NULL REFERENCES control.shopper_run,
    "right" text NOT NULL,
    aspect text NOT NULL,
    result text NOT NULL,                      -- held, broke, could_not
    seen text NOT NULL,                        -- a sentence without a value of anybody, the synthetic person's excepted
    at timestamptz NOT NULL,
    ms real NOT NULL,
    PRIMARY KEY (run, "right", aspect)
);
CREATE INDEX IF NOT EXISTS shopper_finding_newest ON control.shopper_finding ("right", aspect, at DESC);
