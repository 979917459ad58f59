-- Identifiers of the batch that stand in a subject row of somebody outside it.
SELECT f.n, f.i FROM avow_form f JOIN {table} t ON {value} = f.form
WHERE f.kind = {kind}{near} AND NOT EXISTS (SELECT FROM avow_key k WHERE k.subject = {subject} AND k.key = {key})
