-- Looks of staff at people's data, newest first. Names of pages, never values.
SELECT at, staff_ref, role, purpose, what, request,
       coalesce((SELECT reference FROM control.request r WHERE r.id = l.request), ''), subject IS NOT NULL, departments
FROM control.staff_look l
WHERE company = %(company)s
  AND (%(staff)s = '' OR staff_ref = %(staff)s)
  AND (%(request)s::uuid IS NULL OR request = %(request)s)
ORDER BY at DESC, id DESC
LIMIT %(limit)s OFFSET %(skip)s
