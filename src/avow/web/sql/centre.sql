-- What the privacy centre may do with Avow's records. First everything is taken away, so that a right dropped here is gone.
-- It takes requests in and shows them; binding an account may merge two records of one person. It never deletes a
-- request, never writes a timeline anew, and sees no task, staff decision, suppression or replay list.
REVOKE ALL ON ALL TABLES IN SCHEMA control FROM {role};
REVOKE ALL ON SCHEMA control FROM {role};
GRANT USAGE ON SCHEMA control TO {role};
GRANT SELECT ON control.policy_version, control.check_run, control.publication TO {role};
GRANT SELECT ON control.verdict_switch, control.verdict_alarm, control.verdict_alarm_mail, control.verdict_hold TO {role};
GRANT SELECT ON control.notice_decision TO {role};
GRANT SELECT, INSERT ON control.notice_acknowledged TO {role};
GRANT SELECT, INSERT ON control.seal_key TO {role};
GRANT SELECT, INSERT, UPDATE (merged_into, version) ON control.subject TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON control.subject_key, control.subject_identifier TO {role};
GRANT INSERT ON control.subject_merge TO {role};
GRANT SELECT, INSERT, UPDATE ON control.subject_state TO {role};
GRANT INSERT ON control.suppression TO {role};  -- an objection counts at once; what stands on the list it cannot read
GRANT SELECT, DELETE ON control.subject_state_effect TO {role};
GRANT SELECT, INSERT, UPDATE ON control.request TO {role};
GRANT SELECT, INSERT ON control.request_event, control.request_message TO {role};
GRANT SELECT, UPDATE ON control.request_store TO {role};
GRANT SELECT ON control.request_hold TO {role};
GRANT SELECT, INSERT, UPDATE ON control.identity_challenge TO {role};
GRANT SELECT ON control.answer, control.answer_file, control.answer_chunk, control.certificate TO {role};
GRANT UPDATE (opened_at) ON control.answer TO {role};
GRANT SELECT ON control.staff_look TO {role};
GRANT SELECT, INSERT ON control.holding TO {role};
GRANT UPDATE (asked_at) ON control.holding TO {role};
GRANT SELECT ON control.outbox_binding TO {role};
GRANT INSERT ON control.outbox TO {role};
GRANT SELECT (id) ON control.outbox TO {role};
GRANT SELECT, INSERT ON control.consent TO {role};
GRANT INSERT ON control.consent_waiting TO {role};
-- The register of disclosures, as one person may see it, and its counts: never a file, a reason or who asked.
GRANT SELECT (id, company, at, state, recipient, entity, kind, place, purpose, ground, data, people, synthetic)
    ON control.disclosure TO {role};
GRANT SELECT ON control.disclosure_person TO {role};
GRANT SELECT ON control.consent_receipt, control.campaign, control.campaign_send TO {role};
