-- (part of a search for few) The digits of one of the numbers stand in the text in their order, whatever is between them. The
-- shortest form of a number stands in each of its other forms.
EXISTS (SELECT FROM avow_form f WHERE f.kind = 'phone')
AND {text} LIKE ANY (ARRAY(
  SELECT DISTINCT ON (f.n, f.i) regexp_replace(f.form, '(.)', '%\1', 'g') || '%' FROM avow_form f WHERE f.kind = 'phone'
  ORDER BY f.n, f.i, length(f.form)
))
