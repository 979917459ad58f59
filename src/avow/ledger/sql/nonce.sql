-- Keeps the first nonce of two writers that meet a person at the same moment.
WITH made AS (
    INSERT INTO ledger.subject_nonce (reference, nonce) VALUES (%(reference)s, %(nonce)s)
    ON CONFLICT (reference) DO NOTHING
    RETURNING nonce
)
SELECT nonce FROM made
UNION ALL
SELECT nonce FROM ledger.subject_nonce WHERE reference = %(reference)s
LIMIT 1
