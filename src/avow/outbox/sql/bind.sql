INSERT INTO control.outbox_binding (company, system, bound_by, bound_at) VALUES (%(company)s, %(system)s, %(by)s, %(now)s)
ON CONFLICT (company) DO UPDATE SET system = EXCLUDED.system, bound_by = EXCLUDED.bound_by, bound_at = EXCLUDED.bound_at
