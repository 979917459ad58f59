-- What the console may do with Avow's records. First everything is taken away, so that a right dropped here is gone.
-- It never changes a timeline, a published version, a finished check or a look that was recorded.
REVOKE ALL ON ALL TABLES IN SCHEMA control FROM {role};
REVOKE ALL ON SCHEMA control FROM {role};
GRANT USAGE ON SCHEMA control TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA control TO {role};
GRANT INSERT ON control.seal_key, control.subject, control.subject_key, control.subject_merge TO {role};
GRANT INSERT, UPDATE ON control.subject_identifier TO {role};
GRANT INSERT, UPDATE ON control.request, control.request_hold, control.request_decision, control.task TO {role};
GRANT INSERT ON control.request_event, control.request_message, control.staff_look TO {role};
GRANT UPDATE ON control.request_store TO {role};
GRANT INSERT, UPDATE ON control.identity_challenge, control.outbox, control.outbox_approval, control.outbox_binding TO {role};
