-- Takes a pair for the session and gives back what was set before. The old path is put behind the pair's views.
WITH before AS MATERIALIZED (
    SELECT current_setting('role') AS role,
           current_setting('search_path') AS path,
           coalesce(current_setting('avow.handling', true), '') AS handling
), path AS MATERIALIZED (
    SELECT string_agg(part, ', ' ORDER BY place) AS rest
    FROM before, unnest(string_to_array(path, ',')) WITH ORDINALITY AS x(raw, place), trim(raw) AS part
    WHERE trim('"' FROM part) <> ALL (%(schemas)s)
), handling AS MATERIALIZED (
    SELECT coalesce((SELECT id::text FROM avow.handling WHERE source = %(source)s ORDER BY id LIMIT 1), '') AS id
)
SELECT before.role, before.path, before.handling, handling.id,
       set_config('search_path', concat_ws(', ', quote_ident(%(schema)s), path.rest), false),
       CASE WHEN %(source)s = '' THEN before.handling ELSE set_config('avow.handling', handling.id, false) END,
       set_config('role', %(role)s, false)
FROM before, path, handling
