-- The ledger's tables. Every column of log, block, node, tree and head is recomputed by `avow ledger verify`.
CREATE SCHEMA IF NOT EXISTS ledger;
REVOKE ALL ON SCHEMA ledger FROM PUBLIC;

-- Which ledger this is: 16 random bytes that every block and every signed head carries.
CREATE TABLE IF NOT EXISTS ledger.log (
    id bytea NOT NULL CHECK (length(id) = 16),
    format smallint NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS log_is_one_row ON ledger.log ((true));

-- A block is a leaf of the tree: the leaf hash is over `header`, which binds `body`.
CREATE TABLE IF NOT EXISTS ledger.block (
    number bigint PRIMARY KEY CHECK (number >= 0),
    header bytea NOT NULL,
    body bytea NOT NULL
);
-- The body is compressed already: a second attempt by the server is time lost under the lock.
ALTER TABLE ledger.block ALTER COLUMN body SET STORAGE EXTERNAL;

-- The hash of every complete subtree, so that proofs are a handful of look-ups.
CREATE TABLE IF NOT EXISTS ledger.node (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, index)
);

CREATE TABLE IF NOT EXISTS ledger.tree (
    size bigint NOT NULL,
    root bytea NOT NULL,
    peaks bytea NOT NULL
) WITH (fillfactor = 20);
CREATE UNIQUE INDEX IF NOT EXISTS tree_is_one_row ON ledger.tree ((true));

CREATE TABLE IF NOT EXISTS ledger.head (
    size bigint NOT NULL,
    at bigint NOT NULL,
    root bytea NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (size, at)
);

-- Not evidence: without the nonce the digests of a person can never be recomputed. Dropped when the person is erased.
CREATE TABLE IF NOT EXISTS ledger.subject_nonce (
    reference bytea PRIMARY KEY,
    nonce bytea NOT NULL
);
