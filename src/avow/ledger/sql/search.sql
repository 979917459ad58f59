-- Blocks before a number, newest first; the seal's time is in the header (bytes 26 to 33, microseconds since 1970 UTC).
SELECT number, header, body FROM ledger.block
WHERE number < %(before)s
ORDER BY number DESC
LIMIT %(blocks)s
