-- What the privacy centre may do with Avow's records. First everything is taken away, so that a right dropped here is gone.
REVOKE ALL ON ALL TABLES IN SCHEMA control FROM {role};
REVOKE ALL ON SCHEMA control FROM {role};
GRANT USAGE ON SCHEMA control TO {role};
GRANT SELECT ON control.policy_version, control.check_run TO {role};
GRANT SELECT, INSERT ON control.seal_key TO {role};
GRANT SELECT, INSERT ON control.subject, control.subject_key TO {role};
GRANT SELECT, INSERT, UPDATE ON control.subject_identifier TO {role};
GRANT SELECT ON control.subject_state, control.subject_state_effect TO {role};
GRANT SELECT, INSERT, UPDATE ON control.request TO {role};
GRANT SELECT, INSERT ON control.request_event, control.request_message TO {role};
GRANT SELECT ON control.request_store, control.request_hold TO {role};
GRANT SELECT, INSERT, UPDATE ON control.identity_challenge TO {role};
GRANT SELECT ON control.answer, control.answer_file, control.answer_chunk, control.certificate TO {role};
GRANT UPDATE (opened_at) ON control.answer TO {role};
GRANT SELECT ON control.staff_look, control.holding TO {role};
GRANT SELECT ON control.outbox_binding TO {role};
GRANT SELECT, INSERT ON control.outbox TO {role};
