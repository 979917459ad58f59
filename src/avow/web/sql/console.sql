-- What the console may do with Avow's records. First everything is taken away, so that a right dropped here is gone.
-- It never changes a timeline, a published version, a finished check or a look that was recorded.
REVOKE ALL ON ALL TABLES IN SCHEMA control FROM {role};
REVOKE ALL ON SCHEMA control FROM {role};
GRANT USAGE ON SCHEMA control TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA control TO {role};
GRANT INSERT, UPDATE ON control.seal_key TO {role};
GRANT INSERT, UPDATE ON control.subject TO {role};
GRANT INSERT ON control.subject_merge, control.suppression TO {role};
GRANT INSERT, UPDATE, DELETE ON control.subject_key, control.subject_identifier TO {role};
GRANT INSERT, UPDATE ON control.subject_state TO {role};
GRANT INSERT, DELETE ON control.subject_state_effect, control.holding TO {role};
GRANT INSERT, UPDATE ON control.request, control.request_hold, control.request_match, control.task TO {role};
GRANT INSERT, UPDATE, DELETE ON control.request_decision TO {role};
GRANT INSERT, UPDATE ON control.request_store, control.identity_challenge TO {role};
GRANT INSERT, DELETE ON control.task_file TO {role};
GRANT INSERT ON control.task_chunk TO {role};
GRANT INSERT ON control.request_event, control.request_message, control.staff_look TO {role};
GRANT INSERT, UPDATE ON control.outbox, control.outbox_approval, control.outbox_binding TO {role};
GRANT INSERT, UPDATE ON control.staff_member, control.staff_invitation, control.api_client TO {role};
GRANT INSERT, UPDATE (state, delivered_at, reviewed_at, reviewed_by, review, reviewed_by_cli) ON control.disclosure TO {role};
GRANT UPDATE (told_at, confirmed_at) ON control.disclosure_notice TO {role};
GRANT INSERT ON control.verdict_switch, control.verdict_hold, control.reading_approval TO {role};
GRANT INSERT ON control.staff_event, control.import_screening TO {role};
GRANT INSERT, UPDATE ON control.webhook TO {role};
GRANT INSERT ON control.consent, control.consent_waiting TO {role};
GRANT INSERT ON control.delivery, control.campaign TO {role};
GRANT INSERT, UPDATE (released_at) ON control.legal_hold TO {role};
GRANT INSERT, UPDATE (state, approved_by, opened_at, expires_at, worked_at, owner, outcome, outcome_sealed, ended_at)
    ON control.duty_case TO {role};
GRANT INSERT ON control.duty_case_event, control.breach_told TO {role};
GRANT INSERT, UPDATE (aware_at, risk, risk_by, words_sealed, count_wanted_at) ON control.breach TO {role};
GRANT INSERT, UPDATE (withdrawn_by, withdrawn_at) ON control.breach_extent TO {role};
GRANT INSERT, UPDATE (approved_by, approved_at, refused_by) ON control.breach_letter TO {role};
GRANT UPDATE (signed_by, signed_at, statement) ON control.duty_review TO {role};
GRANT INSERT, UPDATE, DELETE ON control.api_rate, control.api_answer TO {role};
-- The ledger is read to be searched and proven; nobody but those who record in it writes there.
REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM {role};
GRANT USAGE ON SCHEMA ledger TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO {role};
