-- The values in the own subject rows of the people.
SELECT k.n, v.kind, v.form
FROM avow_key k JOIN {table} t ON t.{column} = k.key::{kind}
CROSS JOIN LATERAL (VALUES {values}) v (kind, form)
WHERE k.subject = {subject} AND v.form <> ''
