-- name: tables
SELECT n.nspname, c.relname,
    (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
    (SELECT coalesce(array_agg(DISTINCT fn.nspname || '.' || f.relname), '{}') FROM pg_constraint k
     JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
     WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS after
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY (%(schemas)s)
ORDER BY 1, 2

-- name: sequences
SELECT n.nspname, c.relname, a.attname, pg_get_serial_sequence(format('%%I.%%I', n.nspname, c.relname), a.attname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND n.nspname = ANY (%(schemas)s) AND a.attnum > 0 AND NOT a.attisdropped
    AND pg_get_serial_sequence(format('%%I.%%I', n.nspname, c.relname), a.attname) IS NOT NULL

-- name: erased
SELECT jsonb_build_object('at', now(),
    'seal_key', (SELECT coalesce(jsonb_agg(to_jsonb(k)), '[]') FROM control.seal_key k WHERE k.wrapped IS NULL),
    'subject', (SELECT coalesce(jsonb_agg(to_jsonb(s) - 'merged_into'), '[]') FROM control.subject s WHERE s.erased_at IS NOT NULL),
    'request', (SELECT coalesce(jsonb_agg(to_jsonb(r) - 'merged_into'), '[]') FROM control.request r
        WHERE r.closed_at IS NOT NULL AND EXISTS (SELECT FROM control.seal_key k WHERE k.id = r.key_id AND k.wrapped IS NULL)
            AND (r.subject IS NULL OR EXISTS (SELECT FROM control.subject s WHERE s.id = r.subject AND s.erased_at IS NOT NULL))
            AND (EXISTS (SELECT FROM control.erasure_replay e WHERE e.request = r.id)
                OR EXISTS (SELECT FROM control.certificate c WHERE c.request = r.id))),
    'certificate', (SELECT coalesce(jsonb_agg(to_jsonb(c)), '[]') FROM control.certificate c),
    'erasure_replay', (SELECT coalesce(jsonb_agg(to_jsonb(e)), '[]') FROM control.erasure_replay e),
    'suppression', (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]') FROM control.suppression p))

-- name: erased_mark
SELECT (SELECT count(*) FROM control.seal_key WHERE wrapped IS NULL), (SELECT count(*) FROM control.erasure_replay),
    (SELECT count(*) FROM control.suppression), (SELECT count(*) FROM control.certificate),
    (SELECT coalesce((extract(epoch FROM max(since)) * 1000000)::bigint, 0) FROM control.suppression)

-- name: not_yet_erased
SELECT s.id FROM control.subject s JOIN jsonb_populate_recordset(NULL::control.subject, %(rows)s) g USING (id)
WHERE s.erased_at IS NULL

-- name: again_seal_key
INSERT INTO control.seal_key SELECT * FROM jsonb_populate_recordset(NULL::control.seal_key, %(rows)s)
ON CONFLICT (id) DO UPDATE SET wrapped = NULL, dropped_at = EXCLUDED.dropped_at

-- name: again_subject
INSERT INTO control.subject SELECT * FROM jsonb_populate_recordset(NULL::control.subject, %(rows)s)
ON CONFLICT (id) DO UPDATE SET erased_at = EXCLUDED.erased_at

-- name: again_request
INSERT INTO control.request SELECT * FROM jsonb_populate_recordset(NULL::control.request, %(rows)s)
ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state, closed_at = EXCLUDED.closed_at, step_run = EXCLUDED.step_run,
    reason = EXCLUDED.reason, changed_at = EXCLUDED.changed_at

-- name: again_certificate
INSERT INTO control.certificate SELECT g.* FROM jsonb_populate_recordset(NULL::control.certificate, %(rows)s) g
WHERE EXISTS (SELECT FROM control.request r WHERE r.id = g.request) ON CONFLICT DO NOTHING

-- name: again_erasure_replay
INSERT INTO control.erasure_replay SELECT g.* FROM jsonb_populate_recordset(NULL::control.erasure_replay, %(rows)s) g
WHERE EXISTS (SELECT FROM control.request r WHERE r.id = g.request) ON CONFLICT DO NOTHING

-- name: again_suppression
INSERT INTO control.suppression SELECT * FROM jsonb_populate_recordset(NULL::control.suppression, %(rows)s) ON CONFLICT DO NOTHING
