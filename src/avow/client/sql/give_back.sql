-- Restores what stood before, and tells which role the session had until now.
WITH until_now AS MATERIALIZED (SELECT current_setting('role') AS role)
SELECT until_now.role,
       set_config('role', %(role)s, false),
       set_config('search_path', %(path)s, false),
       set_config('avow.handling', %(handling)s, false)
FROM until_now
