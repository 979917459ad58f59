-- The keys of people whom the ledger knows; none is made for those whom it does not.
SELECT reference, nonce FROM ledger.subject_nonce WHERE reference = ANY(%(references)s)
