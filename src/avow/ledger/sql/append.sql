-- The new state of the tree, blocks, and the subtrees that they complete: all of it, or nothing where the tree is another one.
-- Headers have one length; bodies and hashes come one after another: cutting them apart here is faster than sending arrays.
WITH mine AS (
    UPDATE ledger.tree SET size = $1::bigint, root = $2::bytea, peaks = $3::bytea WHERE size = $4::bigint AND root = $5::bytea
    RETURNING 1
), body AS (
    SELECT n, length, 1 + sum(length) OVER (ORDER BY n) - length AS start
    FROM mine, unnest($9::int[]) WITH ORDINALITY x (length, n)
), made AS (
    INSERT INTO ledger.block (number, header, body)
    SELECT $4 + n - 1, substr($6::bytea, (1 + (n - 1) * $7::int)::int, $7), substr($8::bytea, start::int, length) FROM body
), completed AS (
    INSERT INTO ledger.node (level, index, hash)
    SELECT level, index, substr($12::bytea, (1 + (n - 1) * 32)::int, 32)
    FROM mine, unnest($10::smallint[], $11::bigint[]) WITH ORDINALITY x (level, index, n)
)
SELECT * FROM mine
