-- (an expression) What identifies the person at the end of a path, unless it is one of the batch.
ARRAY(SELECT v.v FROM {tables}, unnest(ARRAY[{values}]::text[]) v (v)
      WHERE {where} AND v.v IS NOT NULL AND {key} NOT IN (SELECT k.key FROM avow_key k WHERE k.subject = {subject}))
