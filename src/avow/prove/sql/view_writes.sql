-- Views that write with their owner's rights: who may insert, update or delete through them, and which column of the named tables
-- each of their columns stands for, through any number of views between. The origin of a column stands in the view's rule.
WITH RECURSIVE origin AS MATERIALIZED (
    SELECT w.ev_class AS view, m[1]::int2 AS number, m[2]::oid AS relation, m[3]::int2 AS attnum
      FROM pg_rewrite w
     CROSS JOIN LATERAL regexp_matches(
        w.ev_action::text,
        ':resno ([0-9]+) :resname [^{}]*? :ressortgroupref [0-9]+ :resorigtbl ([0-9]+) :resorigcol ([0-9]+)', 'g') AS m
     WHERE w.oid >= 16384 AND w.ev_type = '1' AND m[2] <> '0'
), relation AS (
    SELECT c.oid, c.relowner,
           coalesce((SELECT bool_or(o.option_value::boolean) FROM pg_options_to_table(c.reloptions) o
                      WHERE o.option_name = 'security_invoker'), false) AS invoker
      FROM pg_class c
     WHERE c.relkind = 'v' AND c.oid >= 16384
), stands AS (
    SELECT r.oid AS view, origin.number, r.relowner AS actor, origin.relation, origin.attnum
      FROM relation r
      JOIN origin ON origin.view = r.oid
     WHERE NOT r.invoker
    UNION
    SELECT stands.view, stands.number, CASE WHEN r.invoker THEN stands.actor ELSE r.relowner END, origin.relation, origin.attnum
      FROM stands
      JOIN relation r ON r.oid = stands.relation
      JOIN origin ON origin.view = r.oid AND origin.number = stands.attnum
), writable AS MATERIALIZED (
    SELECT r.oid AS view, privilege.word
      FROM relation r
     CROSS JOIN (VALUES ('UPDATE', 4), ('INSERT', 8), ('DELETE', 16)) AS privilege (word, bit)
     WHERE NOT r.invoker AND pg_relation_is_updatable(r.oid, false) & privilege.bit <> 0
), role AS (
    SELECT oid, rolname::text AS name FROM pg_roles WHERE NOT rolsuper
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
)
SELECT DISTINCT role.name AS role, vn.nspname || '.' || v.relname AS view, pg_get_userbyid(v.relowner)::text AS owner,
       n.nspname || '.' || base.relname AS table_name, a.attname::text AS column_name, privilege.word AS privilege
  FROM stands
  JOIN pg_class v ON v.oid = stands.view
  JOIN pg_namespace vn ON vn.oid = v.relnamespace
  JOIN pg_class base ON base.oid = stands.relation
  JOIN pg_namespace n ON n.oid = base.relnamespace
  JOIN pg_attribute a ON a.attrelid = base.oid AND a.attnum = stands.attnum
 CROSS JOIN role
  JOIN writable privilege ON privilege.view = stands.view
 WHERE n.nspname || '.' || base.relname = ANY (%(tables)s)
   AND CASE privilege.word
       WHEN 'DELETE' THEN has_table_privilege(role.oid, v.oid, 'DELETE') AND has_table_privilege(stands.actor, base.oid, 'DELETE')
       ELSE has_column_privilege(role.oid, v.oid, stands.number, privilege.word)
            AND has_column_privilege(stands.actor, base.oid, stands.attnum, privilege.word) END
 ORDER BY 2, 1
