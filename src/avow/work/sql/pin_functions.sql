-- Every function of the queue finds its own tables whatever the caller's search path is.
DO $$
DECLARE routine regprocedure;
BEGIN
    FOR routine IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'work'::regnamespace AND prokind = 'f'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = work, pg_temp', routine);
    END LOOP;
END $$
