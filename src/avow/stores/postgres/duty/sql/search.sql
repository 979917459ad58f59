-- Where the needles of many people stand in one table: by person and column, each row counted once.
SELECT found.n, found.name, count(DISTINCT found.at)
FROM (
  {arms}
) found (n, name, at)
GROUP BY found.n, found.name
