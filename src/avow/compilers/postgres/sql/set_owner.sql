
DECLARE held bigint;
BEGIN
{share}  held := {mask};
  IF NEW.avow_mask = held THEN RETURN NULL; END IF;
  NEW.avow_mask := held;
  IF {refused} THEN
    RAISE EXCEPTION 'new row violates row-level security policy for table "%"', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  {rewrite}
  RETURN NULL;
END $body$