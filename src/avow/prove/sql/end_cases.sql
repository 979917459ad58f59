-- ends the open cases of a kind about one subject, through the door of each
SELECT avow.end_case(case_id) FROM avow.case_open
WHERE kind = %s AND subject_table = %s AND subject_key = %s AND ended_at IS NULL
