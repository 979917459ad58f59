CREATE OR REPLACE PROCEDURE avow.recall_choices() LANGUAGE plpgsql AS $body$
DECLARE counted int; refused text[];
BEGIN  -- answers from before the trigger, or from while it was gone: those that differ from the newest that is on record
{recall}END $body$;
REVOKE ALL ON PROCEDURE avow.recall_choices() FROM PUBLIC
