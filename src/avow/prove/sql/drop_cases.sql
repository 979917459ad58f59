-- takes back what was opened about a synthetic subject
DELETE FROM avow.case_open WHERE subject_table = %s AND subject_key = %s
