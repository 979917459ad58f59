-- (a condition) The row c of the referring table goes too, or loses its link: nobody holds it.
EXISTS (SELECT FROM avow_row x
        WHERE x.t = {child} AND x.part = c.tableoid AND x.at = c.ctid AND x.fate = ANY ({fates})
          AND (x.fate = 'd' OR NOT EXISTS (SELECT FROM avow_hit y
                                           WHERE y.t = x.t AND y.part = x.part AND y.at = x.at AND y.held)))
