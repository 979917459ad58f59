-- In the order in which appending completes them: all nodes that end at leaf 0, then at leaf 1, and so on.
SELECT level, index, hash FROM ledger.node
ORDER BY ((index + 1)::numeric * (2::numeric ^ level)), level
