-- Runs each statement in a subtransaction of its own and leaves what became of it in `avow.tried`: "-" where it worked, else its
-- SQLSTATE. A lock that is not to be had ends it at once.
DECLARE
    statement text;
    states text[] := '{{}}';
BEGIN
    FOREACH statement IN ARRAY {statements}::text[] LOOP
        BEGIN
            EXECUTE statement;
            states := states || '-'::text;
        EXCEPTION
            WHEN lock_not_available THEN RAISE;
            WHEN OTHERS THEN states := states || SQLSTATE;
        END;
    END LOOP;
    PERFORM set_config('avow.tried', array_to_string(states, ' '), true);
END
