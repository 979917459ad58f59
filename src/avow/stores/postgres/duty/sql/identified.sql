-- Rows in which an own identifier of a person is the whole value of a column, and to which no path leads.
SELECT {number}, t.tableoid, t.ctid, f.n, 'i'::"char", false
FROM avow_form f
JOIN avow_ident i ON i.n = f.n AND i.i = f.i AND i.own
JOIN {table} t ON {value} = f.form
WHERE f.kind = {kind}{clock}{near} AND {unknown}
