-- After many rows: gives their space back.
TRUNCATE avow_item, avow_key, avow_ident, avow_form, avow_hold, avow_hit, avow_row, avow_person, avow_count, avow_doomed
