-- Whom the rows of one kind of record lead to by one path, with the categories that held something.
INSERT INTO avow_affected
SELECT DISTINCT {n}, {subject}, found.key, {organisation}, held.category
FROM (SELECT {key} AS key, ARRAY[{categories}] AS categories FROM {table} t WHERE {where}) found,
    unnest(found.categories) AS held (category)
WHERE found.key IS NOT NULL AND held.category IS NOT NULL
