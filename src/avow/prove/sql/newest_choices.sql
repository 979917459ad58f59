-- What a person said last about each use, as the store wrote it down.
SELECT DISTINCT ON (purpose) purpose, outcome FROM avow.choice WHERE subject_table = %s AND subject_key = %s ORDER BY purpose, seq DESC
