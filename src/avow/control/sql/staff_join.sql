-- Uses an invitation once: whoever comes second, or late, gets no row.
WITH used AS (
    UPDATE control.staff_invitation SET used_at = %(now)s, used_by = %(ref)s
    WHERE company = %(company)s AND digest = %(digest)s AND used_at IS NULL AND expires_at > %(now)s
    RETURNING roles, invited_by, departments
)
INSERT INTO control.staff_member (ref, company, roles, joined_at, invited_by, departments)
SELECT %(ref)s, %(company)s, roles, %(now)s, invited_by, departments FROM used
RETURNING ref, roles, joined_at, invited_by, ended_at, departments
