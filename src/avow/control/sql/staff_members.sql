-- Members of a company, those who left last.
SELECT ref, roles, joined_at, invited_by, ended_at, departments
FROM control.staff_member
WHERE company = %(company)s
ORDER BY ended_at IS NOT NULL, joined_at, ref
