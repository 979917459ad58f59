-- (part of a search for few) One of the addresses stands somewhere in the text: told before anything is taken apart.
EXISTS (SELECT FROM avow_form f WHERE f.kind = 'email')
AND lower({text}) LIKE ANY (ARRAY(
  SELECT '%' || regexp_replace(f.form, '([\\%_])', '\\\1', 'g') || '%' FROM avow_form f WHERE f.kind = 'email'
))
