-- The first caller fixes the ledger's identity; a second one changes nothing.
WITH made AS (
    INSERT INTO ledger.log (id, format) VALUES (%(id)s, %(format)s) ON CONFLICT DO NOTHING
)
INSERT INTO ledger.tree (size, root, peaks) VALUES (0, %(root)s, '') ON CONFLICT DO NOTHING
