-- (part of a search) Several words, looked for one by one.
SELECT {n}, w.name, t.ctid FROM ONLY {table} t CROSS JOIN LATERAL (VALUES {values}) w (name, v) WHERE w.v ~* {phrase}
