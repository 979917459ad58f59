-- A block, the subtrees that it completes, and the new state of the tree: all of it or nothing.
WITH made AS (
    INSERT INTO ledger.block (number, header, body) VALUES (%s, %s, %s)
), completed AS (
    INSERT INTO ledger.node (level, index, hash)
    SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
)
UPDATE ledger.tree SET size = %s, root = %s, peaks = %s
